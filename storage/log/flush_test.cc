// Goal: flush.messages and flush.ms hold for all that gets into a log: a leader's batches, a
// follower's, and what a recovery found.

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

class FlushTest : public ::testing::Test, public LogHarness {
 protected:
  void Set(int64_t records, absl::Duration interval) {
    parameters.config.flush_interval_records = records;
    parameters.config.flush_interval = interval;
    if (log != nullptr) log->SetConfig(parameters.config);
  }
  absl::StatusOr<AppendResult> Follow(int64_t first, int count) {
    std::string batches;
    for (int i = 0; i < count; ++i) {
      std::string batch = MakeBatch({"value"});
      StampBatch(Offset(first + i), LeaderEpoch(0), absl::MakeSpan(batch));
      batches += batch;
    }
    return log->AppendAsFollower(batches);
  }
  Offset flushed() { return log->offsets().flushed; }

  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
};

TEST_F(FlushTest, AnAppendThatLeavesSoManyRecordsUnsyncedIsDurable) {
  Set(3, absl::InfiniteDuration());
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Append({"a", "b"})->durability, Durability::kBuffered);
  EXPECT_EQ(flushed(), Offset(0));
  EXPECT_EQ(Append({"c"})->durability, Durability::kDurable);
  EXPECT_EQ(flushed(), Offset(3));
  EXPECT_EQ(Append({"d"})->durability, Durability::kBuffered);
  EXPECT_FALSE(executor.AdvanceToNextTimer());
}

TEST_F(FlushTest, CountsAFollowersRecords) {
  Set(3, absl::InfiniteDuration());
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Follow(0, 2)->durability, Durability::kBuffered);
  EXPECT_EQ(Follow(2, 2)->durability, Durability::kDurable);
  EXPECT_EQ(flushed(), Offset(4));
}

TEST_F(FlushTest, CountsFromWhereALogStartsAnew) {
  Set(3, absl::InfiniteDuration());
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(1000)).ok());
  EXPECT_EQ(Append({"a"})->durability, Durability::kBuffered);
  EXPECT_EQ(Append({"b", "c"})->durability, Durability::kDurable);
}

TEST_F(FlushTest, AFailedSyncIsDataLossAndTheRecordsAreThere) {
  Set(1, absl::InfiniteDuration());
  ASSERT_TRUE(Open().ok());
  file_system.SetFaultHook([](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kSync && operation.length_bytes > 0
               ? FileFault(absl::UnavailableError("I/O error"))
               : FileFault();
  });
  const absl::Status status = Append({"a"}).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_EQ(ReadAll().size(), 1u);
}

TEST_F(FlushTest, NothingStaysUnsyncedLongerThanTheInterval) {
  Set(kNever, absl::Seconds(10));
  ASSERT_TRUE(Open().ok());
  for (int round = 0; round < 3; ++round) {
    const Offset before = log->offsets().log_end;
    ASSERT_TRUE(Append({"a"}).ok());
    executor.AdvanceBy(absl::Seconds(6));
    ASSERT_TRUE(Follow(before.value() + 1, 1).ok());
    EXPECT_EQ(flushed(), before);
    executor.AdvanceBy(absl::Seconds(4));
    EXPECT_EQ(flushed(), before + 2) << "the first append's time is over";
    executor.AdvanceBy(absl::Seconds(100));
  }
}

TEST_F(FlushTest, AFollowersRecordsAreSyncedInTime) {
  Set(kNever, absl::Seconds(10));
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Follow(0, 2).ok());
  executor.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(flushed(), Offset(2));
}

TEST_F(FlushTest, AShorterIntervalHoldsForTheNextAppend) {
  Set(kNever, absl::Hours(24));
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  Set(kNever, absl::Seconds(1));
  ASSERT_TRUE(Append({"b"}).ok());
  executor.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(flushed(), Offset(2));
  Set(kNever, absl::Hours(24));
  ASSERT_TRUE(Append({"c"}).ok());
  executor.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(flushed(), Offset(2));
  executor.AdvanceBy(absl::Hours(24));
  EXPECT_EQ(flushed(), Offset(3));
}

TEST_F(FlushTest, WhatARecoveryFoundIsSyncedInTimeToo) {
  Set(kNever, absl::Seconds(10));
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(flushed(), Offset(0));
  executor.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(flushed(), Offset(1));
}

TEST_F(FlushTest, ATimerThatOutlivesItsLogDoesNothing) {
  Set(kNever, absl::Seconds(10));
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  ASSERT_TRUE(log->Close().ok());
  const int64_t changes = file_system.changes();
  log.reset();
  executor.AdvanceBy(absl::Seconds(20));
  EXPECT_EQ(file_system.changes(), changes);
}

}  // namespace
}  // namespace tidemark
