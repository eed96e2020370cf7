#include "storage/log/flush_timer.h"

namespace tidemark {

void FlushTimer::Arm(absl::Duration interval, absl::FunctionRef<Executor::Task()> sync) {
  // The timer that runs does, unless the interval has become shorter since.
  const int64_t wanted_ns = absl::ToInt64Nanoseconds(interval);
  int64_t armed_ns = armed_ns_->load();
  do {
    if (armed_ns <= wanted_ns) return;
  } while (!armed_ns_->compare_exchange_weak(armed_ns, wanted_ns));
  executor_->RunAfter(interval, [armed = armed_ns_, sync = sync()] {
    // Whoever appends from now on may come too late for this sync.
    armed->store(kNone);
    sync();
  });
}

}  // namespace tidemark
