#ifndef TIDEMARK_STORAGE_LOG_FLUSH_TIMER_H_
#define TIDEMARK_STORAGE_LOG_FLUSH_TIMER_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "storage/env.h"

namespace tidemark {

// Sees to it that what was appended is synced in time, with one timer for many appends.
// Thread-safe.
class FlushTimer {
 public:
  explicit FlushTimer(Executor* executor) : executor_(executor) {}

  // Within `interval` from now the executor begins what `sync` returns, or what it returned for a
  // timer that runs already. It may outlive the FlushTimer.
  void Arm(absl::Duration interval, absl::FunctionRef<Executor::Task()> sync);

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

  Executor* const executor_;
  // The shortest interval that a timer runs with; kNone without one. Shared with the timers.
  const std::shared_ptr<std::atomic<int64_t>> armed_ns_ =
      std::make_shared<std::atomic<int64_t>>(kNone);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_FLUSH_TIMER_H_
