#ifndef TIDEMARK_STORAGE_ENGINE_TOPIC_MAP_H_
#define TIDEMARK_STORAGE_ENGINE_TOPIC_MAP_H_

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/engine/topic_file.h"
#include "storage/log/partition_log.h"
#include "storage/types.h"

namespace tidemark {

struct LivePartition {
  std::shared_ptr<PartitionLog> log;  // Null while the partition is offline.
  absl::Status error;                 // Why it is offline.
  size_t directory = 0;               // The number of the data directory that it is in.
};

using LivePartitions = std::map<PartitionId, LivePartition>;

struct LiveTopic {
  // As on the disk, if `has_file`.
  TopicFile file;
  bool has_file = false;
  LivePartitions partitions;
};

// What a partition that could not be opened answers from then on.
absl::Status OfflineError(const TopicPartition& partition, const absl::Status& error);

// The topics that can be used. Thread-safe: what a reader got stays as it was.
class TopicMap {
 public:
  // Adds the topic, or replaces what it was.
  void Put(const std::string& name, LiveTopic topic);
  void Remove(const std::string& name);

  // Null if there is none.
  std::shared_ptr<const LiveTopic> Find(absl::string_view name) const;

  // Another topic whose name differs only in '.' and '_'; empty if there is none.
  std::string FindColliding(const std::string& name) const;

  std::vector<std::string> Names() const;                                    // Sorted.
  std::vector<std::pair<TopicPartition, LivePartition>> Partitions() const;  // Sorted.

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<const LiveTopic>, std::less<>> topics_
      ABSL_GUARDED_BY(mutex_);
  // Each name behind its form with '_' for '.'.
  std::set<std::pair<std::string, std::string>> by_metric_name_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_TOPIC_MAP_H_
