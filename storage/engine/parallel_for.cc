#include "storage/engine/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "storage/base/mutex.h"

namespace tidemark {
namespace {

// Shared with the helpers, which may begin long after the caller has left. `work` is the caller's:
// only to be touched by a helper that entered before the caller closed the door.
class Shift {
 public:
  Shift(int64_t count, absl::FunctionRef<void(int64_t)> work) : count_(count), work_(work) {}

  void Work() {
    for (int64_t i = next_.fetch_add(1); i < count_; i = next_.fetch_add(1)) work_(i);
  }

  void Help() {
    {
      MutexLock lock(&mutex_);
      if (closed_) return;
      ++helpers_;
    }
    Work();
    MutexLock lock(&mutex_);
    if (--helpers_ == 0) left_.NotifyAll();
  }

  // Keeps new helpers out and waits for those inside.
  void Close() {
    MutexLock lock(&mutex_);
    closed_ = true;
    while (helpers_ > 0) left_.Wait(&mutex_);
  }

 private:
  const int64_t count_;
  const absl::FunctionRef<void(int64_t)> work_;
  std::atomic<int64_t> next_{0};
  Mutex mutex_;
  CondVar left_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t helpers_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

void ParallelFor(Executor* executor, int64_t parallelism, int64_t count,
                 absl::FunctionRef<void(int64_t)> work) {
  const auto shift = std::make_shared<Shift>(count, work);
  const int64_t helpers = std::min(parallelism, count) - 1;
  for (int64_t i = 0; i < helpers; ++i) executor->Run([shift] { shift->Help(); });
  shift->Work();
  shift->Close();
}

}  // namespace tidemark
