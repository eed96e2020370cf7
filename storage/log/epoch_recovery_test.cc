#include "storage/log/epoch_recovery.h"

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

// Epoch 1 from offset 0 on, 3 from 10 on.
LeaderEpochCache TheFile() {
  LeaderEpochCache cache;
  cache.Assign(LeaderEpoch(1), Offset(0));
  cache.Assign(LeaderEpoch(3), Offset(10));
  return cache;
}

class EpochRecoveryTest : public ::testing::Test {
 protected:
  RecordBatchView Batch(int64_t offset, int32_t epoch) {
    RecordBatchBuilder builder(RecordBatchOptions{});
    EXPECT_TRUE(builder.Add(Record()).ok());
    const absl::Span<char> made = *builder.Finish();
    bytes_.assign(made.data(), made.size());
    StampBatch(Offset(offset), LeaderEpoch(epoch), absl::MakeSpan(bytes_));
    return *RecordBatchView::Parse(bytes_);
  }
  LeaderEpoch Take(int64_t offset, int32_t epoch) { return recovery_.Take(Batch(offset, epoch)); }

  std::string bytes_;
  LeaderEpochCache cache_ = TheFile();
  EpochRecovery recovery_{&cache_, Offset(20)};
};

TEST_F(EpochRecoveryTest, WhatAgreesIsTakenAndChangesNothing) {
  EXPECT_TRUE(recovery_.Check(Batch(9, 1)).ok());
  EXPECT_TRUE(recovery_.Check(Batch(9, -1)).ok());
  EXPECT_EQ(Take(9, 1), LeaderEpoch(1));
  EXPECT_EQ(Take(10, 3), LeaderEpoch(3));
  EXPECT_EQ(Take(11, -1), LeaderEpoch(3));
  EXPECT_TRUE(recovery_.TakeFindings().empty());
  EXPECT_FALSE(recovery_.has_changed());
  EXPECT_FALSE(recovery_.must_rebuild());
}

TEST_F(EpochRecoveryTest, AnEarlierEpochThanTheOffsetHasIsDamageWhereItWasSynced) {
  const absl::Status status = recovery_.Check(Batch(10, 2));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(status.message().find("leader epoch 2 at offset 10"), std::string::npos) << status;
  EXPECT_TRUE(recovery_.Check(Batch(20, 2)).ok());
}

TEST_F(EpochRecoveryTest, ALaterEpochOfOneBatchIsNotBelieved) {
  Take(3, 1);
  EXPECT_EQ(Take(4, 5), LeaderEpoch(1));
  Take(5, 1);
  Take(10, 3);
  EXPECT_EQ(Take(19, 7), LeaderEpoch(3)) << "nor of the last one";
  const std::vector<std::string> findings = recovery_.TakeFindings();
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_NE(findings[0].find("offsets 4 to 4 says leader epoch 5"), std::string::npos);
  EXPECT_NE(findings[1].find("has 3"), std::string::npos) << findings[1];
  EXPECT_FALSE(recovery_.must_rebuild());
  EXPECT_EQ(cache_.latest_epoch(), LeaderEpoch(3));
}

TEST_F(EpochRecoveryTest, TheNextEpochsFirstBatchConfirmsNothing) {
  Take(8, 1);
  EXPECT_EQ(Take(9, 3), LeaderEpoch(1));
  EXPECT_EQ(Take(10, 3), LeaderEpoch(3));
  EXPECT_FALSE(recovery_.must_rebuild());
  EXPECT_EQ(recovery_.TakeFindings().size(), 1u);
}

TEST_F(EpochRecoveryTest, ALaterEpochOfTwoBatchesSaysThatTheFileIsWrong) {
  Take(4, 2);
  EXPECT_EQ(Take(5, 2), LeaderEpoch(2));
  EXPECT_TRUE(recovery_.must_rebuild());
  EXPECT_TRUE(recovery_.TakeFindings().empty());
}

TEST_F(EpochRecoveryTest, BatchesThatWereNotSyncedTellEpochsThatTheFileLacks) {
  EXPECT_EQ(Take(20, 6), LeaderEpoch(6));
  EXPECT_TRUE(recovery_.has_changed());
  EXPECT_EQ(cache_.EpochAt(Offset(20)), LeaderEpoch(6));
  EXPECT_TRUE(recovery_.TakeFindings().empty());
}

TEST_F(EpochRecoveryTest, WithoutAFileAllBatchesTell) {
  LeaderEpochCache cache;
  EpochRecovery recovery(&cache, Offset(0));
  recovery.Take(Batch(0, 2));
  recovery.Take(Batch(1, 4));
  EXPECT_EQ(cache.EpochAt(Offset(0)), LeaderEpoch(2));
  EXPECT_EQ(cache.EpochAt(Offset(1)), LeaderEpoch(4));
  EXPECT_FALSE(recovery.must_rebuild());
}

}  // namespace
}  // namespace tidemark
