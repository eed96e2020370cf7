#include "storage/segment/roll_policy.h"

#include <algorithm>
#include <limits>

namespace tidemark {

RollReason DecideRoll(const RollInput& input, const LogConfig& config) {
  if (input.batch_last_offset - input.base_offset > std::numeric_limits<int32_t>::max()) {
    return RollReason::kOffsetOverflow;
  }
  if (input.size_bytes == 0) return RollReason::kNone;
  const int64_t size_bytes_max = std::min(config.segment_bytes_max, input.capacity_bytes);
  if (input.size_bytes > size_bytes_max - input.batch_bytes) return RollReason::kSize;
  if (input.first_timestamp != kNoTimestamp && input.batch_max_timestamp != kNoTimestamp) {
    // Durations saturate where the difference of hostile timestamps would overflow.
    const absl::Duration age = absl::Milliseconds(input.batch_max_timestamp.value()) -
                               absl::Milliseconds(input.first_timestamp.value());
    if (age > config.segment_age_max - input.jitter) return RollReason::kAge;
  }
  if (input.index_is_full) return RollReason::kIndexFull;
  return RollReason::kNone;
}

}  // namespace tidemark
