#ifndef TIDEMARK_API_CATALOG_SHARED_TOPIC_H_
#define TIDEMARK_API_CATALOG_SHARED_TOPIC_H_

#include <string>
#include <utility>

#include "api/partitions/partition_set.h"
#include "api/producer/topic_producer.h"
#include "replication/replicator.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// What all handles on one topic share.
class SharedTopic {
 public:
  // Not owned: the factory and the seams.
  SharedTopic(std::string name, TopicId id, ReplicatorFactory* factory,
              const Environment& environment)
      : id_(id),
        environment_(environment),
        partitions_(std::move(name), factory),
        producer_(&partitions_, environment) {}

  TopicId id() const { return id_; }  // Zero for a topic of a broker that knew none.
  const Environment& environment() const { return environment_; }
  PartitionSet& partitions() { return partitions_; }
  TopicProducer& producer() { return producer_; }

 private:
  const TopicId id_;
  const Environment environment_;
  PartitionSet partitions_;
  TopicProducer producer_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CATALOG_SHARED_TOPIC_H_
