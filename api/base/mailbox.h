#ifndef TIDEMARK_API_BASE_MAILBOX_H_
#define TIDEMARK_API_BASE_MAILBOX_H_

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/types/optional.h"
#include "storage/base/mutex.h"

namespace tidemark {

// Where a callback leaves its result for a thread that waits for it.
template <typename T>
class Mailbox {
 public:
  void Put(T result) {
    MutexLock lock(&mutex_);
    result_.emplace(std::move(result));
    // Under the lock: the waiter may destroy the mailbox as soon as it has the result.
    arrived_.NotifyOne();
  }

  T Take() {
    MutexLock lock(&mutex_);
    while (!result_.has_value()) arrived_.Wait(&mutex_);
    return *std::move(result_);
  }

 private:
  Mutex mutex_;
  CondVar arrived_;
  absl::optional<T> result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_API_BASE_MAILBOX_H_
