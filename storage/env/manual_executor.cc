#include <algorithm>

#include "storage/memory_env.h"

namespace tidemark {

ManualExecutor::ManualExecutor(ManualClock* clock, Random* order) : clock_(clock), order_(order) {}

void ManualExecutor::Run(Task task) {
  MutexLock lock(&mutex_);
  ready_.emplace_back(next_handle_++, std::move(task));
}

uint64_t ManualExecutor::RunAfter(absl::Duration delay, Task task) {
  const absl::Duration deadline = clock_->MonotonicNow() + std::max(delay, absl::ZeroDuration());
  MutexLock lock(&mutex_);
  const uint64_t handle = next_handle_++;
  timers_.emplace(TimerKey(deadline, handle), std::move(task));
  deadlines_.emplace(handle, deadline);
  return handle;
}

bool ManualExecutor::Cancel(uint64_t handle) {
  Task cancelled;  // Destroyed outside the lock.
  MutexLock lock(&mutex_);
  const auto deadline = deadlines_.find(handle);
  if (deadline == deadlines_.end()) return false;
  const auto timer = timers_.find(TimerKey(deadline->second, handle));
  if (timer != timers_.end()) {
    cancelled = std::move(timer->second);
    timers_.erase(timer);
  } else {
    const auto ready = std::find_if(ready_.begin(), ready_.end(),
                                    [&](const auto& entry) { return entry.first == handle; });
    cancelled = std::move(ready->second);
    ready_.erase(ready);
  }
  deadlines_.erase(deadline);
  return true;
}

void ManualExecutor::MoveDueTimers() {
  const absl::Duration now = clock_->MonotonicNow();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    const auto timer = timers_.begin();
    ready_.emplace_back(timer->first.second, std::move(timer->second));
    timers_.erase(timer);
  }
}

bool ManualExecutor::RunOne() {
  Task task;
  {
    MutexLock lock(&mutex_);
    MoveDueTimers();
    if (ready_.empty()) return false;
    const size_t index = order_ == nullptr ? 0 : order_->Next() % ready_.size();
    const auto chosen = ready_.begin() + static_cast<std::ptrdiff_t>(index);
    task = std::move(chosen->second);
    deadlines_.erase(chosen->first);
    ready_.erase(chosen);
  }
  task();
  return true;
}

int64_t ManualExecutor::RunUntilIdle() {
  int64_t tasks_run = 0;
  while (RunOne()) ++tasks_run;
  return tasks_run;
}

absl::Duration ManualExecutor::NextDeadline() {
  MutexLock lock(&mutex_);
  return timers_.empty() ? absl::InfiniteDuration() : timers_.begin()->first.first;
}

void ManualExecutor::AdvanceBy(absl::Duration duration) {
  const absl::Duration end = clock_->MonotonicNow() + duration;
  RunUntilIdle();
  for (;;) {
    const absl::Duration next = std::min(NextDeadline(), end);
    // Tasks may have moved the clock themselves.
    clock_->Advance(std::max(next - clock_->MonotonicNow(), absl::ZeroDuration()));
    RunUntilIdle();
    if (next == end && NextDeadline() > end) return;
  }
}

bool ManualExecutor::AdvanceToNextTimer() {
  RunUntilIdle();
  const absl::Duration next = NextDeadline();
  if (next == absl::InfiniteDuration()) return false;
  AdvanceBy(std::max(next - clock_->MonotonicNow(), absl::ZeroDuration()));
  return true;
}

}  // namespace tidemark
