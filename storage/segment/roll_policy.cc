#include "storage/segment/roll_policy.h"

#include <algorithm>
#include <limits>

namespace tidemark {
namespace {

// What has passed from one time to another; hostile timestamps may be any.
absl::Duration AgeAt(Timestamp first, Timestamp latest) {
  int64_t age_ms = 0;
  if (!__builtin_sub_overflow(latest.value(), first.value(), &age_ms)) [[likely]]
    return absl::Milliseconds(age_ms);
  return latest > first ? absl::InfiniteDuration() : -absl::InfiniteDuration();
}

absl::Duration AgeMax(absl::Duration jitter, const LogConfig& config) {
  const bool has_jitter = jitter != absl::ZeroDuration();
  return has_jitter ? config.segment_age_max - jitter : config.segment_age_max;
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
    if (AgeAt(input.first_timestamp, input.batch_max_timestamp) > AgeMax(input.jitter, config)) {
      return RollReason::kAge;
    }
  }
  if (input.index_is_full) return RollReason::kIndexFull;
  return RollReason::kNone;
}

bool IsRollDue(Timestamp first_timestamp, absl::Duration jitter, Timestamp now,
               const LogConfig& config) {
  return first_timestamp != kNoTimestamp && AgeAt(first_timestamp, now) > AgeMax(jitter, config);
}

}  // namespace tidemark
