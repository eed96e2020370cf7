#ifndef TIDEMARK_STORAGE_COMPACTION_LOG_CLEANER_H_
#define TIDEMARK_STORAGE_COMPACTION_LOG_CLEANER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/compaction/cleanable_log.h"
#include "storage/compaction/compaction_config.h"
#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/key_offset_map.h"
#include "storage/compaction/segment_walk.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// What one pass over a log did. After an error: what it did before.
struct CleaningPass {
  Offset end;  // Everything below is clean; the plan's first dirty offset after an error.
  int64_t segments_before = 0;
  int64_t segments_after = 0;
  int64_t bytes_before = 0;
  int64_t bytes_after = 0;
  int64_t records_before = 0;
  int64_t records_after = 0;
  int64_t keyless_records = 0;
};

// Cleans one log with a key map of its own. Not thread-safe.
class LogCleaner {
 public:
  // The file system must outlive the cleaner.
  LogCleaner(FileSystem* file_system, KeyOffsetMap map, CleaningLimits limits)
      : file_system_(file_system), map_(std::move(map)), limits_(std::move(limits)) {}

  // One pass, as of `now`: notes the keys of the dirty range, as many as fit, and replaces every
  // segment up to where it got to, group by group. `state` and `plan` are of just now.
  //
  // DATA_LOSS, INVALID_ARGUMENT and OUT_OF_RANGE say that the log cannot be cleaned as it is, with
  // the place. Others are of the moment: the disk's, ABORTED if the log has changed meanwhile, or
  // the limits' own. Whatever it is, the groups that have been replaced stay so, the others are as
  // they were, and nothing is lost.
  absl::Status CleanOnce(CleanableLog* log, const CleanableState& state, const CompactionPlan& plan,
                         const CompactionConfig& config, Timestamp now, CleaningPass* pass);

 private:
  FileSystem* const file_system_;
  KeyOffsetMap map_;
  const CleaningLimits limits_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_LOG_CLEANER_H_
