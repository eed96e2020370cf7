#ifndef TIDEMARK_STORAGE_COMPACTION_IO_THROTTLE_H_
#define TIDEMARK_STORAGE_COMPACTION_IO_THROTTLE_H_

#include <cstdint>
#include <functional>
#include <limits>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "storage/base/mutex.h"
#include "storage/env.h"

namespace tidemark {

// Bounds the bytes a second that all who share it read and write together; of all cleanings Kafka's
// log.cleaner.io.max.bytes.per.second, of those of one topic
// tidemark.compaction.bytes.per.second. Thread-safe.
class IoThrottle {
 public:
  using Wait = std::function<void(absl::Duration)>;
  using GoesOn = absl::FunctionRef<bool()>;

  // Nobody waits longer than this without a look at what has changed.
  static constexpr absl::Duration kWaitMax = absl::Milliseconds(100);
  static constexpr double kUnlimited = std::numeric_limits<double>::max();

  // `wait` blocks its caller for about that long, or for less when there is a reason to hurry. The
  // clock must outlive this.
  IoThrottle(Clock* clock, double bytes_per_second_max, Wait wait);

  // What has been spent, and is to be paid for by waiting.
  struct Debt {
    absl::Duration paid_at;    // On the monotonic clock.
    int64_t rate_changes = 0;  // When the rate was that.
  };

  // After that many bytes. Who owes to several throttles pays when he has spent with all of them,
  // so that he waits for the slowest only.
  Debt Spend(int64_t bytes);
  // Waits until the rate allows more, `goes_on` returns false, or the rate changes.
  void Pay(const Debt& debt, GoesOn goes_on);

  // What was spent before is paid for. No effect if that is the rate already.
  void SetRate(double bytes_per_second_max);

 private:
  Clock* const clock_;
  const Wait wait_;
  Mutex mutex_;  // Never held while waiting.
  double bytes_per_second_max_ ABSL_GUARDED_BY(mutex_);
  int64_t rate_changes_ ABSL_GUARDED_BY(mutex_) = 0;
  // The monotonic time at which the bytes so far are paid for.
  absl::Duration paid_at_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_IO_THROTTLE_H_
