#ifndef TIDEMARK_STORAGE_COMPACTION_SEGMENT_WALK_H_
#define TIDEMARK_STORAGE_COMPACTION_SEGMENT_WALK_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/compaction/cleanable_log.h"
#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/io_throttle.h"
#include "storage/record_batch.h"

namespace tidemark {

// What a cleaning may use while it runs, and what may end it.
struct CleaningLimits {
  std::vector<IoThrottle*> throttles;   // It keeps to the rates of all of them.
  std::function<absl::Status()> check;  // Asked again and again; an error ends it all.

  // After that many bytes were read or written: waits for the throttles, and returns what `check`
  // says.
  absl::Status Spend(int64_t bytes) const;
};

// Gives each batch of a sealed segment to `visit`, in order, until that returns false or fails.
// `end` is where the next segment begins. DATA_LOSS, naming file and position, if the segment is
// not a row of sound batches with rising offsets below `end` and epochs that do not fall: what is
// damaged must not be written again with a fresh CRC. Errors of `visit` come back with the place.
absl::Status WalkSegment(const CleanableLog& log, const CompactionSegment& segment, Offset end,
                         const CleaningLimits& limits,
                         absl::FunctionRef<absl::StatusOr<bool>(const RecordBatchView&)> visit);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_SEGMENT_WALK_H_
