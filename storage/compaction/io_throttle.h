#ifndef TIDEMARK_STORAGE_COMPACTION_IO_THROTTLE_H_
#define TIDEMARK_STORAGE_COMPACTION_IO_THROTTLE_H_

#include <cstdint>
#include <functional>
#include <limits>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "storage/base/mutex.h"
#include "storage/env.h"

namespace tidemark {

// Bounds the bytes a second that all who share it read and write together; Kafka's
// log.cleaner.io.max.bytes.per.second. Thread-safe.
class IoThrottle {
 public:
  using Wait = std::function<void(absl::Duration)>;

  static constexpr double kUnlimited = std::numeric_limits<double>::max();

  // `wait` blocks its caller for about that long, or for less when there is a reason to hurry. The
  // clock must outlive this.
  IoThrottle(Clock* clock, double bytes_per_second_max, Wait wait);

  // After that many bytes: waits until the rate allows more.
  void Spend(int64_t bytes);

  void SetRate(double bytes_per_second_max);

 private:
  Clock* const clock_;
  const Wait wait_;
  Mutex mutex_;  // Never held while waiting.
  double bytes_per_second_max_ ABSL_GUARDED_BY(mutex_);
  // The monotonic time at which the bytes so far are paid for.
  absl::Duration paid_at_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_IO_THROTTLE_H_
