#include "storage/base/check.h"
#include "storage/memory_env.h"

namespace tidemark {

ManualClock::ManualClock(absl::Time now) : now_(now) {}

absl::Time ManualClock::Now() {
  MutexLock lock(&mutex_);
  return now_;
}

absl::Duration ManualClock::MonotonicNow() {
  MutexLock lock(&mutex_);
  return monotonic_now_;
}

void ManualClock::Advance(absl::Duration duration) {
  TM_CHECK(duration >= absl::ZeroDuration());
  MutexLock lock(&mutex_);
  now_ += duration;
  monotonic_now_ += duration;
}

void ManualClock::SetNow(absl::Time now) {
  MutexLock lock(&mutex_);
  now_ = now;
}

}  // namespace tidemark
