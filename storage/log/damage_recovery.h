#ifndef TIDEMARK_STORAGE_LOG_DAMAGE_RECOVERY_H_
#define TIDEMARK_STORAGE_LOG_DAMAGE_RECOVERY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/record_batch.h"
#include "storage/recovery_report.h"
#include "storage/segment/segment.h"
#include "storage/segment/segment_recovery.h"
#include "storage/types.h"

namespace tidemark {

// What recovery knows of the log around a segment that it scans.
struct SettledLog {
  Offset recovery_point;                // Everything below was on stable storage.
  absl::optional<Offset> next_segment;  // Where the next segment begins, if there is one.
  bool is_gap_believed = false;         // See PassDamage.
};

// DATA_LOSS for a batch that leaves out offsets up to the recovery point, unless such a gap is
// believed: where gaps are allowed, a flipped bit of a base offset would otherwise move the log
// past it, and what follows would be cut as if it had not been synced.
absl::Status CheckSettled(const SettledLog& log, const Continuity& continuity,
                          const RecordBatchView& batch);

// Bytes below the recovery point at `position` are not what they were. Finds out how far that goes,
// lets the segment and the report know, and moves `continuity` behind it. Returns where in the file
// to go on: at its end if nothing good follows.
//
// Nothing is damaged, and the scan goes on at `position`, if it was just CheckSettled that refused
// a batch there, and what comes next, in the file or as a segment, does not begin in front of it:
// compaction leaves such gaps, too, where it has come further than the recovery point.
absl::StatusOr<int64_t> PassDamage(File* file, int64_t file_bytes, int64_t position,
                                   absl::string_view reason, SettledLog* log, Segment* segment,
                                   Continuity* continuity, LogRecoveryReport* report);

// After a scan of `segment`, which the next one, null if there is none, does not continue:
// DATA_LOSS if something synced is missing between the two. Where it is missing from the log's end,
// the report says so.
absl::Status CheckNothingIsMissing(const Segment& segment, const Segment* next,
                                   const Continuity& continuity, Offset recovery_point,
                                   LogRecoveryReport* report);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_DAMAGE_RECOVERY_H_
