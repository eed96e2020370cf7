#ifndef TIDEMARK_STORAGE_ENGINE_CHECKPOINTS_H_
#define TIDEMARK_STORAGE_ENGINE_CHECKPOINTS_H_

// The files at the root of a data directory that say how far its logs are on stable storage:
// docs/format/checkpoints.md, docs/format/data_directory.md.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

struct CheckpointedOffsets {
  TopicPartition partition;
  LogOffsets offsets;
};

// The offset checkpoints. Thread-safe, except that only one thread loads and writes.
//
// What is written must not be staler than a truncation: begin with BeginWrite, then ask the logs
// how far they are, then Write. Truncations that lower a recovery point in between are heeded, and
// so are log starts that are stored.
class Checkpoints {
 public:
  Checkpoints(FileSystem* file_system, std::string root);

  // Reads the files. One that is absent or damaged counts as empty: every log then starts where its
  // first segment does and is recovered from there. An error is the disk's, and names the file:
  // what that one says may still be there.
  absl::Status Load();

  // What the files hold; 0 where nothing is known.
  Offset recovery_point(const TopicPartition& partition) const;
  Offset log_start(const TopicPartition& partition) const;

  // True if a file may hold an entry for a partition of `topic` numbered `first` or above.
  bool Mentions(absl::string_view topic, PartitionId first) const;

  // Replaces the files by what `partitions` say: recovery points (what is flushed), log starts
  // other than 0, and high watermarks. What the files hold of the partitions in `kept` stays. On
  // stable storage on return.
  void BeginWrite();
  absl::Status Write(absl::Span<const CheckpointedOffsets> partitions,
                     absl::Span<const TopicPartition> kept);

  // Makes the recovery point in the file at most `offset`, on stable storage on return. The
  // partition's log must not say any more that it is flushed beyond.
  absl::Status LowerRecoveryPoint(const TopicPartition& partition, Offset offset);

  // Makes the log start in the file `offset`, on stable storage on return. The partition's log must
  // not say any more that it starts elsewhere.
  absl::Status StoreLogStart(const TopicPartition& partition, Offset offset);

 private:
  using OffsetMap = std::map<TopicPartition, Offset>;

  absl::Status WriteFile(absl::string_view name, const OffsetMap& offsets);
  absl::Status WriteRecoveryPoints(OffsetMap recovery_points) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FileSystem* const file_system_;
  const std::string root_;

  mutable Mutex mutex_;
  OffsetMap recovery_points_ ABSL_GUARDED_BY(mutex_);
  OffsetMap log_starts_ ABSL_GUARDED_BY(mutex_);
  OffsetMap high_watermarks_ ABSL_GUARDED_BY(mutex_);
  // A write failed: the file may hold what is above, or what was to take its place.
  bool recovery_points_uncertain_ ABSL_GUARDED_BY(mutex_) = false;
  // Since BeginWrite.
  OffsetMap lowered_ ABSL_GUARDED_BY(mutex_);
  OffsetMap stored_starts_ ABSL_GUARDED_BY(mutex_);
  // Partitions that a file may hold.
  std::set<TopicPartition> mentioned_ ABSL_GUARDED_BY(mutex_);
  // A file was damaged, so it may mention anything.
  bool may_mention_all_ ABSL_GUARDED_BY(mutex_) = false;
};

// Removes the marker of a clean shutdown; true if it was there. On return all names in `root` are
// on stable storage.
absl::StatusOr<bool> TakeCleanShutdownMarker(FileSystem* file_system, const std::string& root);
// On stable storage on return.
absl::Status WriteCleanShutdownMarker(FileSystem* file_system, const std::string& root);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_CHECKPOINTS_H_
