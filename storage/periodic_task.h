#ifndef TIDEMARK_STORAGE_PERIODIC_TASK_H_
#define TIDEMARK_STORAGE_PERIODIC_TASK_H_

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "storage/env.h"

namespace tidemark {

// Runs a task every so often on an executor until stopped.
class PeriodicTask {
 public:
  // First after `interval`, then `interval` after each run has ended. Never if it is infinite.
  PeriodicTask(Executor* executor, absl::Duration interval, std::function<void()> task);
  // Stops.
  ~PeriodicTask();
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

  // For the next run, counted from now if none is under way.
  void SetInterval(absl::Duration interval);

  // When this returns, the task is not running and never will again. Not to be called by the task.
  void Stop();

 private:
  class Schedule;

  const std::shared_ptr<Schedule> schedule_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_PERIODIC_TASK_H_
