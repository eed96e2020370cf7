#ifndef TIDEMARK_STORAGE_ENGINE_BACKGROUND_TASKS_H_
#define TIDEMARK_STORAGE_ENGINE_BACKGROUND_TASKS_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "storage/base/mutex.h"
#include "storage/engine.h"
#include "storage/env.h"
#include "storage/periodic_task.h"

namespace tidemark {

// What an engine does by itself, on its executor, when its settings say.
class BackgroundTasks {
 public:
  struct Work {
    std::function<void()> checkpoint;
    std::function<void()> retain;
    std::function<void()> clean;  // By several at once.
    std::function<void()> expire_producers;
    std::function<absl::Duration()> scrub;  // A part; returns when the next is due.
  };

  // `checkpoint_interval` holds where the settings say none.
  BackgroundTasks(Executor* executor, absl::Duration checkpoint_interval, Work work,
                  const ConfigMap& settings);

  // From now on, as these settings say.
  void Apply(const ConfigMap& settings);

  // When this returns, nothing of it runs, and nothing ever will.
  void Stop();

 private:
  const absl::Duration checkpoint_interval_;
  Mutex mutex_;
  absl::Duration retention_interval_ ABSL_GUARDED_BY(mutex_);
  PeriodicTask checkpoint_;
  PeriodicTask retention_;
  PeriodicTask producer_expiry_;
  PeriodicTask scrub_;
  std::vector<std::unique_ptr<PeriodicTask>> cleaners_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_BACKGROUND_TASKS_H_
