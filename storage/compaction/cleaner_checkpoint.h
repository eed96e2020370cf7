#ifndef TIDEMARK_STORAGE_COMPACTION_CLEANER_CHECKPOINT_H_
#define TIDEMARK_STORAGE_COMPACTION_CLEANER_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// The file `cleaner-offset-checkpoint` of one data directory (docs/format/checkpoints.md): up to
// where each log has been cleaned. Changes are on stable storage on return; after an error neither
// the file nor what is known here has changed, except that a failed sync leaves open which of the
// two the file will be. Thread-safe.
class CleanerCheckpoint {
 public:
  // Knows nothing until Load. The file system must outlive it.
  CleanerCheckpoint(FileSystem* file_system, absl::string_view data_directory)
      : file_system_(file_system), data_directory_(data_directory) {}

  // Reads the file. Without one nothing is known, nor after an error: DATA_LOSS for a file that is
  // none, or the disk's. Logs are then cleaned from their start, which costs time and nothing else.
  absl::Status Load();

  absl::optional<Offset> Find(const TopicPartition& topic_partition) const;

  // How often Lower has been called.
  int64_t lowered_count() const;

  // ABORTED, and nothing has changed, if Lower has been called since `lowered_count` was asked for:
  // what was cleaned since may have been truncated.
  absl::Status Set(const TopicPartition& topic_partition, Offset offset, int64_t lowered_count);

  // To be called before a log loses what is at and above `offset`: no later record may be taken for
  // clean.
  absl::Status Lower(const TopicPartition& topic_partition, Offset offset);

  // For a log that is being deleted.
  absl::Status Remove(const TopicPartition& topic_partition);

 private:
  using Offsets = std::map<TopicPartition, Offset>;

  absl::Status Store(Offsets offsets) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FileSystem* const file_system_;
  const std::string data_directory_;
  mutable Mutex mutex_;  // Held over writing the file; a leaf.
  Offsets offsets_ ABSL_GUARDED_BY(mutex_);
  int64_t lowered_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_CLEANER_CHECKPOINT_H_
