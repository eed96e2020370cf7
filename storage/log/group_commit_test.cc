#include "storage/log/group_commit.h"

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

// A log end that moves by hand and syncs that succeed or not.
struct Fixture {
  Offset log_end{0};
  absl::Status sync_status;
  int syncs = 0;
  int scheduled = 0;
  std::vector<std::string> heard;
  GroupCommit commit{Offset(0), [this] { return SyncAll(); }, [this] { return SyncAll(); },
                     [this] { ++scheduled; }};

  absl::StatusOr<Offset> SyncAll() {
    ++syncs;
    if (!sync_status.ok()) return sync_status;
    return log_end;
  }

  GroupCommit::Done Note(const std::string& name) {
    return [this, name](const absl::Status& status) {
      heard.push_back(name + ":" +
                      (status.ok() ? "durable" : absl::StatusCodeToString(status.code())));
    };
  }
};

using Strings = std::vector<std::string>;

TEST(GroupCommit, OneSyncServesAllWhoGathered) {
  Fixture f;
  f.log_end = Offset(3);
  f.commit.Await(Offset(1), f.Note("a"));
  f.commit.Await(Offset(2), f.Note("b"));
  f.commit.Await(Offset(3), f.Note("c"));
  EXPECT_EQ(f.scheduled, 1);
  EXPECT_TRUE(f.heard.empty());
  f.commit.Lead();
  EXPECT_EQ(f.heard, (Strings{"a:durable", "b:durable", "c:durable"}));
  EXPECT_EQ(f.syncs, 1);
  EXPECT_EQ(f.commit.durable_end(), Offset(3));
  f.commit.Await(Offset(2), f.Note("d"));
  EXPECT_EQ(f.heard.back(), "d:durable") << "at once";
  EXPECT_TRUE(f.commit.Sync(Offset(3)).ok());
  EXPECT_EQ(f.syncs, 1);
}

TEST(GroupCommit, ABlockedCallerServesTheOthersToo) {
  Fixture f;
  f.log_end = Offset(5);
  f.commit.Await(Offset(5), f.Note("a"));
  EXPECT_TRUE(f.commit.Sync(Offset(2)).ok());
  EXPECT_EQ(f.heard, (Strings{"a:durable"}));
  f.commit.Lead();
  EXPECT_EQ(f.syncs, 1) << "nobody was left to sync for";
}

TEST(GroupCommit, OneMoreSyncCanBeAskedForAndItsFailureIsAsFinal) {
  Fixture f;
  f.log_end = Offset(1);
  ASSERT_TRUE(f.commit.Sync(Offset(1)).ok());
  f.log_end = Offset(2);
  f.commit.Await(Offset(2), f.Note("a"));
  EXPECT_TRUE(f.commit.SyncOnce().ok());
  EXPECT_TRUE(f.commit.SyncOnce().ok());
  EXPECT_EQ(f.syncs, 3);
  EXPECT_EQ(f.heard, (Strings{"a:durable"}));
  f.sync_status = absl::DataLossError("sync failed");
  EXPECT_FALSE(f.commit.SyncOnce().ok());
  f.sync_status = absl::OkStatus();
  EXPECT_FALSE(f.commit.SyncOnce().ok());
  EXPECT_EQ(f.syncs, 4);
  f.log_end = Offset(3);
  EXPECT_TRUE(absl::IsFailedPrecondition(f.commit.Sync(Offset(3))));
}

TEST(GroupCommit, AQuietSyncLeavesTheCallingBackToLead) {
  Fixture f;
  f.log_end = Offset(5);
  f.commit.Await(Offset(5), f.Note("a"));
  EXPECT_TRUE(f.commit.SyncQuietly(Offset(5)).ok());
  EXPECT_TRUE(f.heard.empty());
  EXPECT_EQ(f.scheduled, 1) << "when the waiting began";
  f.commit.Lead();
  EXPECT_EQ(f.heard, (Strings{"a:durable"}));
  EXPECT_EQ(f.syncs, 1);
}

TEST(GroupCommit, CallsEverybodyBackBeforeItIsShutDown) {
  Fixture f;
  f.log_end = Offset(5);
  f.commit.Await(Offset(5), f.Note("a"));
  EXPECT_TRUE(f.commit.SyncQuietly(Offset(5)).ok());
  f.commit.Shutdown(absl::CancelledError("closed"));
  EXPECT_EQ(f.heard, (Strings{"a:durable"}));
  f.commit.Lead();
  EXPECT_EQ(f.heard.size(), 1u);
}

TEST(GroupCommit, AFailureIsFinalForAllWhoWaitNowAndLater) {
  Fixture f;
  f.log_end = Offset(1);
  ASSERT_TRUE(f.commit.Sync(Offset(1)).ok());
  f.log_end = Offset(2);
  f.sync_status = absl::DataLossError("sync failed");
  f.commit.Await(Offset(2), f.Note("a"));
  f.commit.Lead();
  f.sync_status = absl::OkStatus();
  f.commit.Await(Offset(2), f.Note("b"));
  EXPECT_TRUE(absl::IsFailedPrecondition(f.commit.Sync(Offset(2))));
  EXPECT_EQ(f.heard, (Strings{"a:DATA_LOSS", "b:FAILED_PRECONDITION"}));
  EXPECT_EQ(f.syncs, 2) << "no second try";
  EXPECT_TRUE(f.commit.Sync(Offset(1)).ok()) << "what was durable is";
}

TEST(GroupCommit, APauseKeepsSyncsOutUntilItIsOver) {
  Fixture f;
  f.commit.Pause();
  f.log_end = Offset(6);
  f.commit.Await(Offset(6), f.Note("a"));
  f.commit.Lead();
  EXPECT_EQ(f.syncs, 0);
  EXPECT_EQ(f.scheduled, 0);
  f.commit.Resume();
  EXPECT_EQ(f.scheduled, 1) << "for the one who came during the pause";
  f.commit.Lead();
  EXPECT_EQ(f.heard, (Strings{"a:durable"}));
}

TEST(GroupCommit, ACutTellsThoseWhoWaitForWhatItTookAndTheOthersGoOnWaiting) {
  Fixture f;
  f.log_end = Offset(4);
  ASSERT_TRUE(f.commit.Sync(Offset(4)).ok());
  f.log_end = Offset(9);
  f.commit.Await(Offset(6), f.Note("kept"));
  f.commit.Await(Offset(9), f.Note("cut"));
  f.commit.Pause();
  f.log_end = Offset(6);
  f.commit.Cut(Offset(6), Offset(4), absl::OutOfRangeError("cut"));
  EXPECT_TRUE(f.heard.empty()) << "not yet";
  f.commit.Resume();
  EXPECT_EQ(f.heard, (Strings{"cut:OUT_OF_RANGE"}));
  f.commit.Pause();
  f.commit.Cut(Offset(2), Offset(2), absl::OutOfRangeError("cut"));
  f.commit.Resume();
  EXPECT_EQ(f.heard.back(), "kept:OUT_OF_RANGE");
  EXPECT_EQ(f.commit.durable_end(), Offset(2));
}

TEST(GroupCommit, AFenceInAPauseFailsAllOnceItIsOver) {
  Fixture f;
  f.log_end = Offset(4);
  ASSERT_TRUE(f.commit.Sync(Offset(3)).ok());
  f.commit.Await(Offset(5), f.Note("a"));
  f.commit.Pause();
  f.commit.Fence(absl::FailedPreconditionError("fenced"));
  EXPECT_TRUE(absl::IsFailedPrecondition(f.commit.status()));
  EXPECT_TRUE(f.heard.empty()) << "not yet";
  f.commit.Resume();
  EXPECT_EQ(f.heard, (Strings{"a:FAILED_PRECONDITION"}));
  EXPECT_TRUE(absl::IsFailedPrecondition(f.commit.Sync(Offset(3))));
  EXPECT_EQ(f.commit.durable_end(), Offset(0));
}

TEST(GroupCommit, AnOffsetThatTheLogDoesNotReachIsNotWaitedForForEver) {
  Fixture f;
  f.log_end = Offset(3);
  EXPECT_TRUE(absl::IsOutOfRange(f.commit.Sync(Offset(4))));
  f.commit.Await(Offset(4), f.Note("a"));
  f.commit.Lead();
  EXPECT_EQ(f.heard, (Strings{"a:OUT_OF_RANGE"}));
  EXPECT_EQ(f.syncs, 2);
  EXPECT_EQ(f.scheduled, 1);
}

TEST(GroupCommit, ShutdownFailsThoseWhoWaitAndKeepsAnEarlierError) {
  Fixture f;
  f.log_end = Offset(1);
  f.commit.Await(Offset(1), f.Note("a"));
  f.commit.Shutdown(absl::FailedPreconditionError("closed"));
  EXPECT_EQ(f.heard, (Strings{"a:FAILED_PRECONDITION"}));
  f.commit.Shutdown(absl::DataLossError("later"));
  EXPECT_TRUE(absl::IsFailedPrecondition(f.commit.Sync(Offset(1))));
}

TEST(GroupCommit, ManyThreadsAreToldOnlyWhatASyncHasCovered) {
  constexpr int kThreads = 6;
  constexpr int64_t kAppendsEach = 300;
  std::atomic<int64_t> log_end{0};
  std::atomic<int64_t> synced{0};
  std::atomic<int> running{0};
  std::atomic<int64_t> wrong{0};
  std::atomic<int> done_threads{0};
  std::unique_ptr<Executor> executor = NewThreadPoolExecutor(kThreads + 1);
  std::unique_ptr<GroupCommit> commit;
  const auto sync_all = [&]() -> absl::StatusOr<Offset> {
    if (running.fetch_add(1) != 0) ++wrong;
    const int64_t end = log_end.load();
    synced.store(end);
    running.fetch_sub(1);
    return Offset(end);
  };
  commit = std::make_unique<GroupCommit>(Offset(0), sync_all, sync_all,
                                         [&] { executor->Run([&] { commit->Lead(); }); });
  std::atomic<int64_t> callbacks{0};
  for (int t = 0; t < kThreads; ++t) {
    executor->Run([&, t] {
      for (int64_t i = 0; i < kAppendsEach; ++i) {
        const int64_t end = log_end.fetch_add(1) + 1;
        if (t % 2 == 0) {
          if (!commit->Sync(Offset(end)).ok() || synced.load() < end) ++wrong;
          ++callbacks;
        } else {
          commit->Await(Offset(end), [&, end](const absl::Status& status) {
            if (!status.ok() || synced.load() < end) ++wrong;
            ++callbacks;
          });
        }
      }
      ++done_threads;
    });
  }
  while (done_threads.load() < kThreads) {
    ASSERT_TRUE(commit->Sync(Offset(log_end.load())).ok());
  }
  ASSERT_TRUE(commit->Sync(Offset(log_end.load())).ok());
  executor.reset();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(callbacks.load(), kThreads * kAppendsEach);
}

}  // namespace
}  // namespace tidemark
