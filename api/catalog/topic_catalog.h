#ifndef TIDEMARK_API_CATALOG_TOPIC_CATALOG_H_
#define TIDEMARK_API_CATALOG_TOPIC_CATALOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "api/catalog/shared_topic.h"
#include "replication/replicator.h"
#include "storage/base/mutex.h"
#include "storage/engine.h"
#include "storage/env.h"

namespace tidemark {

// The topics of an engine with what the api keeps for each. Thread-safe.
class TopicCatalog {
 public:
  // Not owned: the engine, the factory and the seams.
  TopicCatalog(StorageEngine* engine, ReplicatorFactory* factory, const Environment& environment)
      : engine_(engine), factory_(factory), environment_(environment) {}

  // Opens what the engine has; once, before the other calls.
  absl::Status OpenAll();

  // NOT_FOUND; FAILED_PRECONDITION after Close, as in all calls below.
  absl::StatusOr<std::shared_ptr<SharedTopic>> Find(absl::string_view topic) const;

  // As StorageEngine's, with what belongs to the topic here.
  absl::StatusOr<std::shared_ptr<SharedTopic>> Create(absl::string_view topic,
                                                      int32_t partition_count,
                                                      const ConfigMap& config);
  absl::Status Delete(absl::string_view topic);
  absl::Status AddPartitions(absl::string_view topic, int32_t partition_count);

  // Closes the replicators, then the engine. The same result again when called again.
  absl::Status Close();

 private:
  absl::Status CheckOpen() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<SharedTopic>> OpenTopic(const std::string& topic)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  absl::Status OpenPartitions(int32_t partition_count, SharedTopic* state)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);

  StorageEngine* const engine_;
  ReplicatorFactory* const factory_;
  const Environment environment_;

  // Taken first, and held through changes of topics, which wait for the disk.
  Mutex change_mutex_;
  mutable Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status close_status_ ABSL_GUARDED_BY(change_mutex_);
  std::map<std::string, std::shared_ptr<SharedTopic>> topics_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CATALOG_TOPIC_CATALOG_H_
