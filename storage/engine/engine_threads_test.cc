// Many threads use one engine while topics come and go, and nobody sees anything half done.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "storage/base/mutex.h"
#include "storage/engine.h"
#include "storage/engine/engine_harness.h"
#include "storage/memory_env.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

class EngineThreadsTest : public ::testing::Test {
 protected:
  void Open(const std::string& journal_bytes = "0") {
    engine_.reset();
    EngineOptions options;
    options.checkpoint_interval = absl::Milliseconds(1);
    options.config = {{"num.recovery.threads.per.data.dir", "4"},
                      {"tidemark.journal.bytes", journal_bytes}};
    auto opened = StorageEngine::Open(
        "/data", {&file_system_, clock_.get(), executor_.get(), random_.get()}, options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    engine_ = *std::move(opened);
  }

  // Runs the tasks at once, on threads of their own, and waits for all.
  void RunAll(const std::vector<std::function<void()>>& tasks) {
    const std::unique_ptr<Executor> threads = NewThreadPoolExecutor(static_cast<int>(tasks.size()));
    Mutex mutex;
    CondVar ended;
    size_t left = tasks.size();
    for (const std::function<void()>& task : tasks) {
      threads->Run([&, task] {
        task();
        MutexLock lock(&mutex);
        if (--left == 0) ended.NotifyAll();
      });
    }
    MutexLock lock(&mutex);
    while (left > 0) ended.Wait(&mutex);
  }

  MemoryFileSystem file_system_;
  const std::unique_ptr<Clock> clock_ = NewSystemClock();
  const std::unique_ptr<Executor> executor_ = NewThreadPoolExecutor(3);
  const std::unique_ptr<Random> random_ = NewSystemRandom();
  std::unique_ptr<StorageEngine> engine_;
};

// The halves of the journal are filled many times while logs are rolled, truncated and made.
TEST_F(EngineThreadsTest, DurableAppendsOfManyLogsShareAJournal) {
  constexpr int kAppends = 300;
  Open("32768");
  ASSERT_TRUE(engine_->CreateTopic("t", 3, {{"segment.bytes", "4000"}}).ok());
  ASSERT_TRUE(engine_->CreateTopic("cut", 1, {{"segment.bytes", "1000"}}).ok());
  const auto append = [&](int32_t partition) {
    for (int i = 0; i < kAppends; ++i) {
      EXPECT_TRUE(AppendRecord(engine_.get(), "t", partition, "x", true).ok());
    }
  };
  std::atomic<int> told{0};
  RunAll({
      [&] { append(0); },
      [&] { append(0); },
      [&] { append(1); },
      [&] {
        const std::shared_ptr<ReplicaLog> log = *engine_->GetLog({"t", PartitionId(2)});
        for (int i = 0; i < kAppends; ++i) {
          EXPECT_TRUE(AppendRecord(engine_.get(), "t", 2, "z", false).ok());
          log->AwaitDurable(log->offsets().log_end, [&](const absl::Status& status) {
            EXPECT_TRUE(status.ok()) << status;
            ++told;
          });
        }
      },
      [&] {
        const std::shared_ptr<ReplicaLog> log = *engine_->GetLog({"cut", PartitionId(0)});
        for (int i = 0; i < 30; ++i) {
          for (int j = 0; j < 4; ++j) {
            EXPECT_TRUE(AppendRecord(engine_.get(), "cut", 0, "y", true).ok());
          }
          EXPECT_TRUE(log->TruncateTo(Offset(i)).ok());
          EXPECT_TRUE(AppendRecord(engine_.get(), "cut", 0, "y", true).ok());
        }
      },
  });
  EXPECT_TRUE(engine_->Close().ok());
  EXPECT_EQ(told, kAppends);
  // What is not synced goes.
  SeededRandom choices(1);
  file_system_.PowerLoss(PowerLossMode::kDropAll, &choices);
  Open();
  EXPECT_EQ(ReadRecords(*engine_, "t", 0)->size(), 2u * kAppends);
  EXPECT_EQ(ReadRecords(*engine_, "t", 1)->size(), 1u * kAppends);
  EXPECT_EQ(ReadRecords(*engine_, "t", 2)->size(), 1u * kAppends);
  EXPECT_EQ(ReadRecords(*engine_, "cut", 0)->size(), 30u);
}

TEST_F(EngineThreadsTest, AppendsGoOnWhileTopicsComeAndGo) {
  constexpr int kRounds = 20;
  Open();
  ASSERT_TRUE(engine_->CreateTopic("steady", 2, {}).ok());
  std::atomic<bool> stop{false};
  std::atomic<int> appended{0};
  RunAll({
      [&] {
        for (int i = 0; i < kRounds; ++i) {
          const std::string name = absl::StrCat("t", i % 3);
          EXPECT_TRUE(engine_->CreateTopic(name, 2, {}).ok());
          EXPECT_TRUE(AppendRecord(engine_.get(), name, 1, "x", true).ok());
          EXPECT_TRUE(engine_->AddPartitions(name, 3).ok());
          EXPECT_TRUE(engine_->AlterTopicConfig(name, {{"segment.bytes", "100"}}, {}).ok());
          EXPECT_TRUE(engine_->DeleteTopic(name).ok());
        }
        stop = true;
      },
      [&] {
        do {
          EXPECT_TRUE(AppendRecord(engine_.get(), "steady", 0, "y", true).ok());
          ++appended;
        } while (!stop);
      },
      [&] {
        do {
          for (const std::string& name : engine_->ListTopics()) {
            const auto described = engine_->DescribeTopic(name);
            if (!described.ok()) continue;
            EXPECT_TRUE(described->partition_count == 2 || described->partition_count == 3);
            // It may go meanwhile; a topic that is there serves.
            const absl::Status status = AppendRecord(engine_.get(), name, 0, "z", false);
            const bool is_gone = name != "steady" &&
                                 (absl::IsNotFound(status) || absl::IsFailedPrecondition(status));
            EXPECT_TRUE(status.ok() || is_gone) << status;
          }
          EXPECT_TRUE(engine_->Checkpoint().ok());
        } while (!stop);
      },
  });
  ASSERT_TRUE(engine_->Close().ok());
  Open();
  EXPECT_TRUE(engine_->recovery_report().was_clean);
  EXPECT_EQ(engine_->ListTopics(), std::vector<std::string>{"steady"});
  EXPECT_GE(ReadRecords(*engine_, "steady", 0)->size(), static_cast<size_t>(appended.load()));
}

TEST_F(EngineThreadsTest, CloseEndsWhatOthersAreDoing) {
  for (int round = 0; round < 10; ++round) {
    Open();
    const std::string name = absl::StrCat("t", round);
    ASSERT_TRUE(engine_->CreateTopic(name, 4, {}).ok());
    int appended = 0;
    RunAll({
        [&] {
          while (AppendRecord(engine_.get(), name, 0, "x", false).ok()) ++appended;
        },
        [&] {
          for (int i = 0; engine_->CreateTopic(absl::StrCat(name, "-", i), 1, {}).ok(); ++i) {
          }
        },
        [&] { EXPECT_TRUE(engine_->Close().ok()); },
        [&] { EXPECT_TRUE(engine_->Close().ok()); },
    });
    Open();
    EXPECT_TRUE(engine_->recovery_report().was_clean);
    EXPECT_EQ(ReadRecords(*engine_, name, 0)->size(), static_cast<size_t>(appended));
  }
}

}  // namespace
}  // namespace tidemark
