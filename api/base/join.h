#ifndef TIDEMARK_API_BASE_JOIN_H_
#define TIDEMARK_API_BASE_JOIN_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "storage/base/mutex.h"

namespace tidemark {

// Several waits that end as one. Thread-safe.
class Join {
 public:
  using Done = std::function<void(absl::Status)>;

  // `done` is called once, when all `count` callbacks of `join` have been called: with the first
  // error there was. It is called on the thread of the last of them, or at once for a count of 0.
  static std::shared_ptr<Join> Make(size_t count, Done done) {
    auto join = std::shared_ptr<Join>(new Join(count, std::move(done)));
    if (count == 0) join->done_(absl::OkStatus());
    return join;
  }

  // One of the callbacks; each is called once.
  static Done Part(std::shared_ptr<Join> join) {
    return [join = std::move(join)](const absl::Status& status) { join->Arrive(status); };
  }

 private:
  Join(size_t count, Done done) : done_(std::move(done)), left_(count) {}

  void Arrive(const absl::Status& status) {
    absl::Status all;
    {
      MutexLock lock(&mutex_);
      status_.Update(status);
      if (--left_ > 0) return;
      all = status_;
    }
    done_(all);
  }

  const Done done_;
  Mutex mutex_;
  size_t left_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_API_BASE_JOIN_H_
