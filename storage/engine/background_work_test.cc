// Work on the executor's threads is done once, and never after its owner has gone.

#include <atomic>
#include <memory>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "storage/base/mutex.h"
#include "storage/engine/parallel_for.h"
#include "storage/memory_env.h"
#include "storage/periodic_task.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

TEST(ParallelFor, NeedsNobodysHelp) {
  ManualClock clock;
  ManualExecutor executor(&clock);
  std::vector<int64_t> done;
  ParallelFor(&executor, 4, 10, [&](int64_t i) { done.push_back(i); });
  EXPECT_EQ(done.size(), 10u);
  // Helpers that come late find nothing to do, and nothing that is gone.
  executor.RunUntilIdle();
  EXPECT_EQ(done.size(), 10u);
}

TEST(ParallelFor, DoesNothingForNothing) {
  ManualClock clock;
  ManualExecutor executor(&clock);
  ParallelFor(&executor, 4, 0, [&](int64_t) { FAIL(); });
  EXPECT_EQ(executor.RunUntilIdle(), 0);
}

TEST(ParallelFor, DoesEachOnceOnManyThreads) {
  const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(4);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::atomic<int>> calls(100);
    ParallelFor(executor.get(), 5, 100, [&](int64_t i) { ++calls[static_cast<size_t>(i)]; });
    for (const std::atomic<int>& count : calls) EXPECT_EQ(count.load(), 1);
  }
}

TEST(PeriodicTask, RunsOnceAnInterval) {
  ManualClock clock;
  ManualExecutor executor(&clock);
  int runs = 0;
  PeriodicTask task(&executor, absl::Seconds(10), [&] { ++runs; });
  executor.AdvanceBy(absl::Seconds(9));
  EXPECT_EQ(runs, 0);
  executor.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(runs, 1);
  executor.AdvanceBy(absl::Seconds(30));
  EXPECT_EQ(runs, 4);
  task.Stop();
  executor.AdvanceBy(absl::Seconds(30));
  EXPECT_EQ(runs, 4);
}

TEST(PeriodicTask, NeverRunsWithoutAnInterval) {
  ManualClock clock;
  ManualExecutor executor(&clock);
  PeriodicTask task(&executor, absl::InfiniteDuration(), [] { FAIL(); });
  EXPECT_FALSE(executor.AdvanceToNextTimer());
}

TEST(PeriodicTask, MayBeDestroyedWithARunQueued) {
  ManualClock clock;
  ManualExecutor executor(&clock);
  auto task = std::make_unique<PeriodicTask>(&executor, absl::Seconds(1), [] { FAIL(); });
  clock.Advance(absl::Seconds(5));
  task.reset();
  executor.RunUntilIdle();
}

TEST(PeriodicTask, IsNotRunningOnceItIsStopped) {
  const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(2);
  for (int round = 0; round < 50; ++round) {
    Mutex mutex;
    CondVar ran;
    int runs = 0;
    auto alive = std::make_unique<int>(0);
    auto task = std::make_unique<PeriodicTask>(executor.get(), absl::Microseconds(50), [&] {
      ++*alive;
      MutexLock lock(&mutex);
      ++runs;
      ran.NotifyAll();
    });
    {
      MutexLock lock(&mutex);
      while (runs < 3) ran.Wait(&mutex);
    }
    task.reset();
    alive.reset();
  }
}

}  // namespace
}  // namespace tidemark
