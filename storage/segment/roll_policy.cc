#include "storage/segment/roll_policy.h"

#include <algorithm>
#include <limits>

namespace tidemark {
namespace {

// The segment's age as its batches' timestamps tell it.
absl::Duration AgeAt(const RollInput& input) {
  const int64_t first = input.first_timestamp.value();
  const int64_t latest = input.batch_max_timestamp.value();
  int64_t age_ms = 0;
  if (!__builtin_sub_overflow(latest, first, &age_ms)) [[likely]]
    return absl::Milliseconds(age_ms);
  // Hostile timestamps.
  return latest > first ? absl::InfiniteDuration() : -absl::InfiniteDuration();
}

}  // namespace

RollReason DecideRoll(const RollInput& input, const LogConfig& config) {
  if (input.batch_last_offset - input.base_offset > std::numeric_limits<int32_t>::max()) {
    return RollReason::kOffsetOverflow;
  }
  if (input.size_bytes == 0) return RollReason::kNone;
  const int64_t size_bytes_max = std::min(config.segment_bytes_max, input.capacity_bytes);
  if (input.size_bytes > size_bytes_max - input.batch_bytes) return RollReason::kSize;
  if (input.first_timestamp != kNoTimestamp && input.batch_max_timestamp != kNoTimestamp) {
    const bool has_jitter = input.jitter != absl::ZeroDuration();
    const absl::Duration age_max =
        has_jitter ? config.segment_age_max - input.jitter : config.segment_age_max;
    if (AgeAt(input) > age_max) return RollReason::kAge;
  }
  if (input.index_is_full) return RollReason::kIndexFull;
  return RollReason::kNone;
}

}  // namespace tidemark
