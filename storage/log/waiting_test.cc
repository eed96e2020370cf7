// Goal: whoever waits for data or durability is told once, the truth, and holding no lock: a
// callback may use the log as it likes, also while the log is cut, fenced or closed.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;
using Strings = std::vector<std::string>;

class WaitingTest : public ::testing::Test, public LogHarness {
 protected:
  std::function<void(absl::Status)> Note(const std::string& name) {
    return [this, name](const absl::Status& status) {
      heard_.push_back(absl::StrCat(name, ":", absl::StatusCodeToString(status.code())));
      if (!status.ok()) {
        EXPECT_TRUE(absl::StartsWith(status.message(), "t-0: ")) << status;
        EXPECT_FALSE(absl::StartsWith(status.message(), "t-0: t-0: ")) << status;
      }
    };
  }
  void AppendSome(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(Append({"x"}).ok());
  }
  void FailCalls(Kind kind) {
    file_system.SetFaultHook([kind](const FileOperation& operation) {
      return operation.kind == kind ? FileFault(absl::UnavailableError("I/O error")) : FileFault();
    });
  }

  Strings heard_;
};

TEST_F(WaitingTest, DurabilityOfWhatIsCutIsNeverReportedAndNeverWaitedForAgain) {
  ASSERT_TRUE(Open().ok());
  ASSERT_NO_FATAL_FAILURE(AppendSome(10));
  log->AwaitDurable(Offset(4), Note("kept"));
  log->AwaitDurable(Offset(10), Note("cut"));
  ASSERT_TRUE(log->TruncateTo(Offset(5)).ok());
  EXPECT_EQ(heard_, Strings{"cut:OUT_OF_RANGE"});
  // Other records in their place make no difference.
  ASSERT_NO_FATAL_FAILURE(AppendSome(10));
  executor.RunUntilIdle();
  EXPECT_EQ(heard_, (Strings{"cut:OUT_OF_RANGE", "kept:OK"}));
  EXPECT_LE(log->stats().sync_count, 2);
}

TEST_F(WaitingTest, DurabilityOfALogThatStartsAnewIsNotReportedEither) {
  ASSERT_TRUE(Open().ok());
  ASSERT_NO_FATAL_FAILURE(AppendSome(10));
  log->AwaitDurable(Offset(10), Note("cut"));
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(100)).ok());
  EXPECT_EQ(heard_, Strings{"cut:OUT_OF_RANGE"});
  executor.RunUntilIdle();
  EXPECT_EQ(log->offsets().flushed, Offset(100));
}

TEST_F(WaitingTest, ALogThatStartsAnewFurtherOnWakesWhoWaitedForDataBelow) {
  ASSERT_TRUE(Open().ok());
  log->AwaitAppend(Offset(7), absl::InfiniteDuration(), Note("below"));
  log->AwaitAppend(Offset(100), absl::InfiniteDuration(), Note("at"));
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(100)).ok());
  EXPECT_EQ(heard_, Strings{"below:OK"});
  ASSERT_TRUE(Append({"x"}).ok());
  EXPECT_EQ(heard_, (Strings{"below:OK", "at:OK"}));
}

TEST_F(WaitingTest, CallbacksOfATruncationMayUseTheLog) {
  ASSERT_TRUE(Open().ok());
  ASSERT_NO_FATAL_FAILURE(AppendSome(10));
  log->AwaitDurable(Offset(10), [this](const absl::Status& status) {
    Note("durable")(status);
    EXPECT_TRUE(Append({std::string(100'000, 'y')}, Timestamp(1), LeaderEpoch(3)).ok());
    EXPECT_TRUE(log->TruncateTo(Offset(2)).ok());
    EXPECT_TRUE(log->Sync(Offset(2)).ok());
  });
  log->AwaitAppend(Offset(20), absl::InfiniteDuration(), [this](const absl::Status& status) {
    Note("data")(status);
    EXPECT_TRUE(log->AssignLeaderEpoch(LeaderEpoch(5)).ok());
  });
  ASSERT_TRUE(log->TruncateTo(Offset(5)).ok());
  EXPECT_EQ(log->offsets().log_end, Offset(2));
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(100)).ok());
  EXPECT_EQ(heard_, (Strings{"durable:OUT_OF_RANGE", "data:OK"}));
  EXPECT_EQ(log->latest_leader_epoch(), LeaderEpoch(5));
}

TEST_F(WaitingTest, CallbacksOfAFailedTruncationMayUseTheLog) {
  parameters.config.segment_bytes_max = 200;
  ASSERT_TRUE(Open().ok());
  ASSERT_NO_FATAL_FAILURE(AppendSome(10));
  const auto use = [this](const std::string& name) {
    return [this, name](const absl::Status& status) {
      Note(name)(status);
      EXPECT_TRUE(absl::IsFailedPrecondition(log->TruncateTo(Offset(1))));
      EXPECT_TRUE(absl::IsFailedPrecondition(log->AssignLeaderEpoch(LeaderEpoch(9))));
      EXPECT_TRUE(absl::IsFailedPrecondition(log->Sync(Offset(4))));
    };
  };
  log->AwaitDurable(Offset(10), use("durable"));
  log->AwaitAppend(Offset(10), absl::InfiniteDuration(), use("data"));
  FailCalls(Kind::kRemove);
  EXPECT_FALSE(log->TruncateTo(Offset(1)).ok());
  EXPECT_EQ(heard_.size(), 2u);
  const LogOffsets offsets = log->offsets();
  EXPECT_LE(offsets.log_start, offsets.flushed);
  EXPECT_LE(offsets.flushed, offsets.log_end);
}

TEST_F(WaitingTest, CallbacksOfCloseMayUseTheLog) {
  ASSERT_TRUE(Open().ok());
  ASSERT_NO_FATAL_FAILURE(AppendSome(3));
  const auto use = [this](const std::string& name) {
    return [this, name](const absl::Status& status) {
      Note(name)(status);
      EXPECT_TRUE(absl::IsFailedPrecondition(Append({"y"}).status()));
      EXPECT_TRUE(absl::IsFailedPrecondition(log->TruncateTo(Offset(1))));
      EXPECT_TRUE(absl::IsFailedPrecondition(log->AssignLeaderEpoch(LeaderEpoch(9))));
    };
  };
  log->AwaitDurable(Offset(3), use("durable"));
  log->AwaitAppend(Offset(3), absl::InfiniteDuration(), use("data"));
  ASSERT_TRUE(log->Close().ok());
  EXPECT_EQ(heard_, (Strings{"data:FAILED_PRECONDITION", "durable:OK"}));
  ASSERT_TRUE(Open(true, Offset(3)).ok());
  EXPECT_TRUE(report.was_clean);
  EXPECT_EQ(ReadAll().size(), 3u);
}

TEST_F(WaitingTest, AFailedSyncIsDataLossForWhoWaitedAndRefusesAllLater) {
  ASSERT_TRUE(Open().ok());
  ASSERT_NO_FATAL_FAILURE(AppendSome(3));
  log->AwaitDurable(Offset(2), Note("waited"));
  FailCalls(Kind::kSync);
  const absl::Status failed = log->Sync(Offset(3));
  EXPECT_TRUE(absl::IsDataLoss(failed)) << failed;
  file_system.SetFaultHook(nullptr);
  const absl::Status later = log->Sync(Offset(3));
  EXPECT_TRUE(absl::IsFailedPrecondition(later)) << later;
  log->AwaitDurable(Offset(3), Note("later"));
  log->AwaitAppend(Offset(3), absl::InfiniteDuration(), Note("data"));
  EXPECT_EQ(heard_,
            (Strings{"waited:DATA_LOSS", "later:FAILED_PRECONDITION", "data:FAILED_PRECONDITION"}));
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"y"}).status()));
  EXPECT_EQ(ReadAll().size(), 3u);
}

TEST_F(WaitingTest, AnEmptyLogThatCouldNotStartAnewIsClosedWithAnError) {
  ASSERT_TRUE(Open().ok());
  FailCalls(Kind::kCreate);
  EXPECT_FALSE(log->TruncateFullyAndStartAt(Offset(100)).ok());
  file_system.SetFaultHook(nullptr);
  EXPECT_FALSE(log->Close().ok());
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_TRUE(Append({"x"}).ok());
}

TEST_F(WaitingTest, ATimeOutMayBeOverBeforeItBegins) {
  ASSERT_TRUE(Open().ok());
  for (const absl::Duration timeout :
       {absl::ZeroDuration(), absl::Seconds(-5), -absl::InfiniteDuration()}) {
    heard_.clear();
    log->AwaitAppend(Offset(0), timeout, Note("a"));
    executor.RunUntilIdle();
    EXPECT_EQ(heard_, Strings{"a:DEADLINE_EXCEEDED"}) << timeout;
  }
  log->AwaitAppend(Offset(-1), absl::ZeroDuration(), Note("b"));
  EXPECT_EQ(heard_.back(), "b:OK") << "the log end is above it";
}

TEST_F(WaitingTest, ATaskThatOutlivesTheLogsUsersKeepsWhatItNeeds) {
  struct Shared {
    explicit Shared(FileSystem* file_system) : open_files(file_system, 10) {}
    OpenFileCache open_files;
    IndexCache index_cache{1 << 20};
  };
  auto shared = std::make_shared<Shared>(&file_system);
  const std::weak_ptr<Shared> watch = shared;
  LogEnvironment environment;
  environment.file_system = &file_system;
  environment.open_files = &shared->open_files;
  environment.index_cache = &shared->index_cache;
  environment.clock = &clock;
  environment.executor = &executor;
  environment.random = &random;
  environment.owner = shared;
  std::shared_ptr<PartitionLog> users = *PartitionLog::Open(environment, parameters, &report);
  environment.owner.reset();
  std::string batch = MakeBatch({"x"});
  ASSERT_TRUE(users->Append(absl::MakeSpan(batch), {}).ok());
  users->AwaitDurable(Offset(1), Note("durable"));
  file_system.SetFaultHook([&](const FileOperation& operation) {
    if (operation.kind == Kind::kSync) {
      users.reset();
      shared.reset();
      EXPECT_FALSE(watch.expired());
    }
    return FileFault();
  });
  executor.RunUntilIdle();
  EXPECT_EQ(heard_, Strings{"durable:OK"});
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace tidemark
