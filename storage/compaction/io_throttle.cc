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

IoThrottle::Debt IoThrottle::Spend(int64_t bytes) {
  MutexLock lock(&mutex_);
  if (bytes_per_second_max_ < kUnlimited) {
    paid_at_ = std::max(paid_at_, clock_->MonotonicNow()) +
               absl::Seconds(static_cast<double>(bytes) / bytes_per_second_max_);
  }
  return {paid_at_, rate_changes_};
}

void IoThrottle::Pay(const Debt& debt, GoesOn goes_on) {
  absl::Duration left = debt.paid_at - clock_->MonotonicNow();
  if (left < kWaitMin) return;
  for (; left > absl::ZeroDuration() && goes_on(); left -= kWaitMax) {
    {
      MutexLock lock(&mutex_);
      if (rate_changes_ != debt.rate_changes) return;
    }
    wait_(std::min(left, kWaitMax));
  }
}

void IoThrottle::SetRate(double bytes_per_second_max) {
  MutexLock lock(&mutex_);
  if (bytes_per_second_max == bytes_per_second_max_) return;
  bytes_per_second_max_ = bytes_per_second_max;
  paid_at_ = -absl::InfiniteDuration();
  ++rate_changes_;
}

}  // namespace tidemark
