#include "storage/periodic_task.h"

#include <cstdint>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "storage/base/mutex.h"

namespace tidemark {

// Shared with the executor, which may keep a cancelled or stopped task for as long as it likes.
class PeriodicTask::Schedule : public std::enable_shared_from_this<Schedule> {
 public:
  Schedule(Executor* executor, std::function<void()> task)
      : executor_(executor), task_(std::move(task)) {}

  void SetInterval(absl::Duration interval) {
    MutexLock lock(&mutex_);
    interval_ = interval;
    if (stopped_ || running_) return;
    // A run that has begun plans the next one itself.
    if (planned_ && !executor_->Cancel(handle_)) return;
    PlanNext();
  }

  void Stop() {
    MutexLock lock(&mutex_);
    stopped_ = true;
    if (planned_) executor_->Cancel(handle_);
    planned_ = false;
    while (running_) ended_.Wait(&mutex_);
  }

 private:
  void PlanNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    planned_ = interval_ < absl::InfiniteDuration();
    if (!planned_) return;
    handle_ = executor_->RunAfter(interval_, [self = shared_from_this()] { self->Run(); });
  }

  void Run() {
    {
      MutexLock lock(&mutex_);
      planned_ = false;
      if (stopped_) return;
      running_ = true;
    }
    task_();
    MutexLock lock(&mutex_);
    running_ = false;
    ended_.NotifyAll();
    if (!stopped_) PlanNext();
  }

  Executor* const executor_;
  const std::function<void()> task_;
  Mutex mutex_;
  CondVar ended_;
  absl::Duration interval_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool planned_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t handle_ ABSL_GUARDED_BY(mutex_) = 0;
};

PeriodicTask::PeriodicTask(Executor* executor, absl::Duration interval, std::function<void()> task)
    : schedule_(std::make_shared<Schedule>(executor, std::move(task))) {
  schedule_->SetInterval(interval);
}

PeriodicTask::~PeriodicTask() { Stop(); }

void PeriodicTask::SetInterval(absl::Duration interval) { schedule_->SetInterval(interval); }

void PeriodicTask::Stop() { schedule_->Stop(); }

}  // namespace tidemark
