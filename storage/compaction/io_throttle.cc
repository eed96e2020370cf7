#include "storage/compaction/io_throttle.h"

#include <algorithm>
#include <utility>

namespace tidemark {
namespace {

// Waits shorter than this add up first.
constexpr absl::Duration kWaitMin = absl::Milliseconds(50);

}  // namespace

IoThrottle::IoThrottle(Clock* clock, double bytes_per_second_max, Wait wait)
    : clock_(clock), wait_(std::move(wait)), bytes_per_second_max_(bytes_per_second_max) {}

void IoThrottle::Spend(int64_t bytes) {
  absl::Duration wait;
  {
    MutexLock lock(&mutex_);
    if (bytes_per_second_max_ >= kUnlimited) return;
    const absl::Duration now = clock_->MonotonicNow();
    paid_at_ =
        std::max(paid_at_, now) + absl::Seconds(static_cast<double>(bytes) / bytes_per_second_max_);
    wait = paid_at_ - now;
  }
  if (wait >= kWaitMin) wait_(wait);
}

void IoThrottle::SetRate(double bytes_per_second_max) {
  MutexLock lock(&mutex_);
  bytes_per_second_max_ = bytes_per_second_max;
  paid_at_ = -absl::InfiniteDuration();
}

}  // namespace tidemark
