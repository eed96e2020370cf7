#ifndef TIDEMARK_STORAGE_ENV_THREAD_POOL_EXECUTOR_H_
#define TIDEMARK_STORAGE_ENV_THREAD_POOL_EXECUTOR_H_

#include <cstdint>
#include <deque>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/env/system_clock.h"

namespace tidemark {

// See NewThreadPoolExecutor. Idle threads wait for the next task or the earliest timer.
class ThreadPoolExecutor : public ThreadPool {
 public:
  explicit ThreadPoolExecutor(int threads);
  ThreadPoolExecutor(const ThreadPoolExecutor&) = delete;
  ThreadPoolExecutor& operator=(const ThreadPoolExecutor&) = delete;
  ~ThreadPoolExecutor() override;

  void Run(Task task) override;
  uint64_t RunAfter(absl::Duration delay, Task task) override;
  bool Cancel(uint64_t handle) override;
  void AddThreads(int threads) override;

  int thread_count() const { return static_cast<int>(threads_.size()); }

 private:
  // Timers with equal deadlines run in the order of their handles.
  using TimerKey = std::pair<absl::Duration, uint64_t>;

  void WorkUntilStopped();
  // Takes the next task out, or waits for it. An empty task: the pool has stopped.
  Task WaitForTask() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A due timer's task, or else the longest waiting one, or none.
  Task TakeTask() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  SystemClock clock_;
  Mutex mutex_;
  CondVar work_or_stop_;
  std::deque<Task> ready_ ABSL_GUARDED_BY(mutex_);
  std::map<TimerKey, Task> timers_ ABSL_GUARDED_BY(mutex_);
  // The deadline of each timer in timers_.
  absl::flat_hash_map<uint64_t, absl::Duration> deadlines_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_handle_ ABSL_GUARDED_BY(mutex_) = 1;
  int running_tasks_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_THREAD_POOL_EXECUTOR_H_
