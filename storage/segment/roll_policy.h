#ifndef TIDEMARK_STORAGE_SEGMENT_ROLL_POLICY_H_
#define TIDEMARK_STORAGE_SEGMENT_ROLL_POLICY_H_

#include <cstdint>

#include "absl/time/time.h"
#include "storage/options.h"
#include "storage/types.h"

namespace tidemark {

// What the decision to roll is made from.
struct RollInput {
  // Of the active segment.
  Offset base_offset;
  int64_t size_bytes = 0;
  int64_t capacity_bytes = 0;                // Of its mapping; Kafka has no such bound.
  Timestamp first_timestamp = kNoTimestamp;  // The first batch's largest timestamp.
  absl::Duration jitter;                     // Drawn for this segment; see LogConfig.
  bool index_is_full = false;
  // Of the batch to be appended.
  int64_t batch_bytes = 0;
  Timestamp batch_max_timestamp = kNoTimestamp;
  Offset batch_last_offset;
};

enum class RollReason { kNone, kSize, kAge, kIndexFull, kOffsetOverflow };

// Whether a new segment must begin with this batch: Kafka's LogSegment.shouldRoll, except that an
// empty segment is rolled only when the batch's offsets do not fit it.
RollReason DecideRoll(const RollInput& input, const LogConfig& config);

// Whether a segment is so old by the clock that it is rolled though nothing is appended.
// `first_timestamp` and `jitter` as above.
bool IsRollDue(Timestamp first_timestamp, absl::Duration jitter, Timestamp now,
               const LogConfig& config);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_ROLL_POLICY_H_
