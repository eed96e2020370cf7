#include "storage/env/thread_pool_executor.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <system_error>

namespace tidemark {
namespace {

// Keeps the embedder's signal handlers off the threads that are started in its scope: they inherit
// this mask. Signals that a thread's own faults raise stay open.
class ScopedSignalBlock {
 public:
  ScopedSignalBlock() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
      sigdelset(&blocked, fault);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ScopedSignalBlock(const ScopedSignalBlock&) = delete;
  ScopedSignalBlock& operator=(const ScopedSignalBlock&) = delete;
  ~ScopedSignalBlock() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

ThreadPoolExecutor::ThreadPoolExecutor(int threads) { ThreadPoolExecutor::AddThreads(threads); }

void ThreadPoolExecutor::AddThreads(int threads) {
  const ScopedSignalBlock block;
  threads_.reserve(threads_.size() + static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    try {
      threads_.emplace_back([this] { WorkUntilStopped(); });
    } catch (const std::system_error&) {
      return;  // The system gives no more threads; those that run do the work.
    }
    pthread_setname_np(threads_.back().native_handle(), "tidemark");
  }
}

ThreadPoolExecutor::~ThreadPoolExecutor() {
  std::map<TimerKey, Task> dropped;
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    dropped.swap(timers_);
    deadlines_.clear();
    work_or_stop_.NotifyAll();
  }
  // What a task holds may call back when it is destroyed.
  dropped.clear();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPoolExecutor::Run(Task task) {
  MutexLock lock(&mutex_);
  ready_.push_back(std::move(task));
  work_or_stop_.NotifyOne();
}

uint64_t ThreadPoolExecutor::RunAfter(absl::Duration delay, Task task) {
  const absl::Duration deadline = clock_.MonotonicNow() + std::max(delay, absl::ZeroDuration());
  MutexLock lock(&mutex_);
  const uint64_t handle = next_handle_++;
  if (stopping_) return handle;
  timers_.emplace(TimerKey(deadline, handle), std::move(task));
  deadlines_.emplace(handle, deadline);
  work_or_stop_.NotifyOne();
  return handle;
}

bool ThreadPoolExecutor::Cancel(uint64_t handle) {
  Task cancelled;  // Destroyed outside the lock.
  MutexLock lock(&mutex_);
  const auto deadline = deadlines_.find(handle);
  if (deadline == deadlines_.end()) return false;
  const auto timer = timers_.find(TimerKey(deadline->second, handle));
  cancelled = std::move(timer->second);
  timers_.erase(timer);
  deadlines_.erase(deadline);
  return true;
}

void ThreadPoolExecutor::WorkUntilStopped() {
  MutexLock lock(&mutex_);
  for (;;) {
    Task task = WaitForTask();
    if (task == nullptr) return;
    ++running_tasks_;
    mutex_.Unlock();
    task();
    task = nullptr;
    mutex_.Lock();
    --running_tasks_;
    if (stopping_ && running_tasks_ == 0) work_or_stop_.NotifyAll();
  }
}

ThreadPoolExecutor::Task ThreadPoolExecutor::WaitForTask() {
  for (;;) {
    Task task = TakeTask();
    if (task != nullptr) {
      // This thread no longer watches the clock: one that waits without a timeout may have to.
      if (!timers_.empty()) work_or_stop_.NotifyOne();
      return task;
    }
    // A running task may still add others.
    if (stopping_ && running_tasks_ == 0) return nullptr;
    if (timers_.empty()) {
      work_or_stop_.Wait(&mutex_);
    } else {
      work_or_stop_.WaitWithTimeout(&mutex_, timers_.begin()->first.first - clock_.MonotonicNow());
    }
  }
}

ThreadPoolExecutor::Task ThreadPoolExecutor::TakeTask() {
  Task task;
  if (!timers_.empty() && timers_.begin()->first.first <= clock_.MonotonicNow()) {
    const auto timer = timers_.begin();
    task = std::move(timer->second);
    deadlines_.erase(timer->first.second);
    timers_.erase(timer);
  } else if (!ready_.empty()) {
    task = std::move(ready_.front());
    ready_.pop_front();
  }
  return task;
}

}  // namespace tidemark
