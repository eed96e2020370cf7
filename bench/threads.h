#ifndef TIDEMARK_BENCH_THREADS_H_
#define TIDEMARK_BENCH_THREADS_H_

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "bench/contender.h"
#include "bench/latencies.h"
#include "storage/base/mutex.h"

namespace tidemark {

inline int64_t NowNanoseconds() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// Calls `body(thread)` on as many threads at once, on this one if it is only one. Returns the first
// thread's error that had one.
template <typename Body>
absl::Status RunThreads(int threads, Body body) {
  if (threads == 1) return body(0);
  std::vector<absl::Status> statuses(static_cast<size_t>(threads));
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] { statuses[static_cast<size_t>(i)] = body(i); });
  }
  for (std::thread& thread : running) thread.join();
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// How much of `total` is one thread's: all of it is somebody's.
inline int64_t ShareOf(int64_t total, int thread, int threads) {
  return total / threads + (thread < total % threads ? 1 : 0);
}

// Calls `append_share(batches, latencies)` on each thread of the load with its share of the
// batches; what the threads measure is added to `latencies`.
template <typename AppendShare>
absl::Status AppendOnThreads(const Load& load, AppendShare append_share, Latencies* latencies) {
  std::vector<Latencies> measured(static_cast<size_t>(load.threads));
  const absl::Status status = RunThreads(load.threads, [&](int thread) {
    return append_share(ShareOf(load.batches, thread, load.threads),
                        &measured[static_cast<size_t>(thread)]);
  });
  for (const Latencies& mine : measured) latencies->Merge(mine);
  return status;
}

// Counts what one thread has begun and others end, so that only so many are open at once.
class Outstanding {
 public:
  // Waits until fewer than `count_max` are open.
  void Begin(int64_t count_max) {
    MutexLock lock(&mutex_);
    while (count_ >= count_max) changed_.Wait(&mutex_);
    ++count_;
  }
  void End(const absl::Status& status, int64_t count = 1) {
    MutexLock lock(&mutex_);
    if (status_.ok()) status_ = status;
    count_ -= count;
    changed_.NotifyOne();
  }
  // The first error of all.
  absl::Status AwaitAll() {
    MutexLock lock(&mutex_);
    while (count_ > 0) changed_.Wait(&mutex_);
    return status_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_THREADS_H_
