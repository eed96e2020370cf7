#ifndef TIDEMARK_API_PARTITIONS_PARTITION_SET_H_
#define TIDEMARK_API_PARTITIONS_PARTITION_SET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "replication/replicator.h"
#include "storage/base/mutex.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

// One partition's log and what replicates it. Shared by the calls that use it, some of which end
// after the topic is gone.
struct OpenPartition {
  std::shared_ptr<ReplicaLog> log;
  std::unique_ptr<Replicator> replicator;
};

// The open partitions of one topic, by number. Grows, never shrinks. There may be holes: a
// directory that comes from a Kafka broker has only the partitions that were on it, and damage
// takes a partition offline. Thread-safe.
class PartitionSet {
 public:
  // `factory` is not owned.
  PartitionSet(std::string topic, ReplicatorFactory* factory)
      : topic_(std::move(topic)), factory_(factory) {}

  // Adds the partition with the next number: its log, and a replicator for it.
  absl::Status Add(std::shared_ptr<ReplicaLog> log);

  // Leaves a hole at the next number; `why` is what is answered for it.
  void AddHole(absl::Status why);

  const std::string& topic() const { return topic_; }
  // Holes count.
  int32_t count() const;

  // NOT_FOUND beyond the last one, naming topic and partition; for holes, why.
  absl::StatusOr<std::shared_ptr<OpenPartition>> Find(PartitionId partition) const;

  // Closes the replicators. The logs are the engine's.
  void Close();

 private:
  const std::string topic_;
  ReplicatorFactory* const factory_;
  mutable Mutex mutex_;
  std::vector<absl::StatusOr<std::shared_ptr<OpenPartition>>> partitions_ ABSL_GUARDED_BY(mutex_);
};

// "orders-3".
std::string PartitionName(const TopicPartition& topic_partition);

}  // namespace tidemark

#endif  // TIDEMARK_API_PARTITIONS_PARTITION_SET_H_
