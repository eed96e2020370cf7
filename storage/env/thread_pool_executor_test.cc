// Goal: each task runs exactly once, or never if it was cancelled or dropped. Method: the pool
// itself with several threads; tests wait for events and never for a time.

#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "storage/base/mutex.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

class Event {
 public:
  void Set() {
    MutexLock lock(&mutex_);
    set_ = true;
    changed_.NotifyAll();
  }
  void Wait() {
    MutexLock lock(&mutex_);
    while (!set_) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool set_ = false;
};

TEST(ThreadPoolExecutor, RunsEveryTaskOnceBeforeItsDestructorReturns) {
  std::atomic<int> ran = 0;
  {
    const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(3);
    for (int i = 0; i < 1000; ++i) executor->Run([&] { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST(ThreadPoolExecutor, TheDestructorRunsTasksThatTasksAdd) {
  std::atomic<int> ran = 0;
  {
    const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(2);
    executor->Run([&] { executor->Run([&] { executor->Run([&] { ++ran; }); }); });
  }
  EXPECT_EQ(ran, 1);
}

TEST(ThreadPoolExecutor, OneThreadRunsTasksInTheirOrder) {
  std::vector<int> order;
  {
    const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(1);
    for (int i = 0; i < 100; ++i) executor->Run([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

TEST(ThreadPoolExecutor, FewerThanOneThreadIsOne) {
  for (const int threads : {0, -1}) {
    std::set<std::thread::id> seen;
    {
      const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(threads);
      for (int i = 0; i < 10; ++i) {
        executor->Run([&] { seen.insert(std::this_thread::get_id()); });
      }
    }
    EXPECT_EQ(seen.size(), 1);
  }
}

TEST(ThreadPoolExecutor, TasksRunAtTheSameTimeOnSeveralThreads) {
  const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(2);
  Event first, second;
  executor->Run([&] {
    first.Set();
    second.Wait();
  });
  executor->Run([&] {
    first.Wait();
    second.Set();
  });
  second.Wait();
}

TEST(ThreadPoolExecutor, AddedThreadsTakeTheTasksThatTheOthersAreTooBusyFor) {
  const std::unique_ptr<ThreadPool> executor = NewThreadPoolExecutor(1);
  Event began, second, third;
  executor->Run([&] {
    began.Set();
    third.Wait();
  });
  executor->Run([&] {
    second.Set();
    third.Wait();
  });
  began.Wait();
  executor->Run([&] { third.Set(); });
  executor->AddThreads(2);
  second.Wait();
  third.Wait();
}

TEST(ThreadPoolExecutor, TimersRunInTheOrderOfTheirDeadlines) {
  const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(1);
  std::vector<int> order;
  Event done;
  executor->Run([&] {
    executor->RunAfter(absl::Milliseconds(3), [&] { done.Set(); });
    executor->RunAfter(absl::Milliseconds(2), [&] { order.push_back(2); });
    executor->RunAfter(absl::Milliseconds(1), [&] { order.push_back(1); });
    executor->RunAfter(absl::ZeroDuration(), [&] { order.push_back(0); });
    executor->RunAfter(-absl::InfiniteDuration(), [&] { order.push_back(-1); });
  });
  done.Wait();
  EXPECT_EQ(order.size(), 4);
  EXPECT_EQ(order.back(), 2);
}

TEST(ThreadPoolExecutor, ATimerDoesNotRunEarly) {
  const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(1);
  const std::unique_ptr<Clock> clock = NewSystemClock();
  const absl::Duration begin = clock->MonotonicNow();
  Event done;
  executor->RunAfter(absl::Milliseconds(5), [&] { done.Set(); });
  done.Wait();
  EXPECT_GE(clock->MonotonicNow() - begin, absl::Milliseconds(5));
}

TEST(ThreadPoolExecutor, ATimerThatWaitsDoesNotKeepAnotherFromItsThread) {
  for (int round = 0; round < 20; ++round) {
    const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(2);
    Event second_ran;
    executor->RunAfter(absl::Milliseconds(1), [&] { second_ran.Wait(); });
    executor->RunAfter(absl::Milliseconds(2), [&] { second_ran.Set(); });
    second_ran.Wait();
  }
}

TEST(ThreadPoolExecutor, CancelIsTrueOnlyForATimerThatHasNotBegun) {
  const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(2);
  auto held = std::make_shared<int>();
  const uint64_t never = executor->RunAfter(absl::InfiniteDuration(), [held] { ADD_FAILURE(); });
  EXPECT_NE(never, 0);
  EXPECT_TRUE(executor->Cancel(never));
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(executor->Cancel(never));
  EXPECT_FALSE(executor->Cancel(never + 1000));
  Event began, end;
  const uint64_t running = executor->RunAfter(absl::ZeroDuration(), [&] {
    began.Set();
    end.Wait();
  });
  began.Wait();
  EXPECT_FALSE(executor->Cancel(running));
  end.Set();
}

TEST(ThreadPoolExecutor, TheDestructorDropsTimersAndWhatTheyHold) {
  auto held = std::make_shared<int>();
  std::unique_ptr<Executor> executor = NewThreadPoolExecutor(2);
  executor->RunAfter(absl::Hours(1), [held] { ADD_FAILURE(); });
  executor->RunAfter(absl::InfiniteDuration(), [held] { ADD_FAILURE(); });
  executor->Run(
      [raw = executor.get(), held] { raw->RunAfter(absl::Hours(1), [held] { ADD_FAILURE(); }); });
  executor.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(ThreadPoolExecutor, TheDestructorEndsTimersThatRenewThemselves) {
  std::unique_ptr<Executor> executor = NewThreadPoolExecutor(2);
  Event began;
  std::function<void()> renew = [&began, &renew, raw = executor.get()] {
    began.Set();
    raw->RunAfter(absl::ZeroDuration(), renew);
  };
  executor->RunAfter(absl::ZeroDuration(), renew);
  began.Wait();
  executor.reset();
}

TEST(ThreadPoolExecutor, RacingCancelsAndTimersLoseNoTaskAndRunNoneTwice) {
  constexpr int kTimers = 2000;
  std::atomic<int> ran = 0;
  std::atomic<int> cancelled = 0;
  const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(2);
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kTimers; ++i) {
        const uint64_t handle = executor->RunAfter(absl::Microseconds(i % 50), [&] { ++ran; });
        if (i % 2 == 0 && executor->Cancel(handle)) ++cancelled;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Due after all of them, and one thread may be in the last of them still.
  Event last;
  executor->RunAfter(absl::Milliseconds(1), [&] { last.Set(); });
  last.Wait();
  while (ran + cancelled < 2 * kTimers) std::this_thread::yield();
  EXPECT_EQ(ran + cancelled, 2 * kTimers);
}

TEST(ThreadPoolExecutor, ItsThreadsLeaveTheProcesssSignalsToOthers) {
  const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(1);
  sigset_t mask;
  Event done;
  executor->Run([&] {
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    done.Set();
  });
  done.Wait();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGALRM, SIGPIPE}) {
    EXPECT_EQ(sigismember(&mask, signal), 1) << signal;
  }
  EXPECT_EQ(sigismember(&mask, SIGSEGV), 0);
  EXPECT_EQ(sigismember(&mask, SIGBUS), 0);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
}

}  // namespace
}  // namespace tidemark
