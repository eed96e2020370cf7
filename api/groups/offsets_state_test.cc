#include "api/groups/offsets_state.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/types/optional.h"
#include "storage/format/control_record.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

const TopicPartition kOrders{"orders", PartitionId{0}};
const TopicPartition kClicks{"clicks", PartitionId{3}};
constexpr absl::Duration kDay = absl::Hours(24);

std::string Value(int64_t offset, int64_t commit_time = 0) {
  OffsetCommitValue value;
  value.offset = Offset(offset);
  value.commit_time = Timestamp(commit_time);
  return value.Encode();
}

// A state, and the log that it comes from.
class OffsetsStateTest : public testing::Test {
 protected:
  absl::Status Replay(const std::string& key, const absl::optional<std::string>& value,
                      RecordBatchOptions options = {}) {
    options.base_offset = Offset(next_offset_++);
    RecordBatchBuilder builder(options);
    Record record;
    record.key = key;
    if (value.has_value()) record.value = *value;
    EXPECT_TRUE(builder.Add(record).ok());
    const absl::Span<char> batch = builder.Finish().value();
    return state_.Replay(RecordBatchView::Parse({batch.data(), batch.size()}).value());
  }

  void Commit(const std::string& group, const TopicPartition& topic_partition, int64_t offset,
              int64_t commit_time = 0) {
    ASSERT_TRUE(
        Replay(EncodeOffsetCommitKey(group, topic_partition), Value(offset, commit_time)).ok());
  }

  void CommitIn(int64_t producer_id, const TopicPartition& topic_partition, int64_t offset) {
    RecordBatchOptions options;
    options.producer_id = ProducerId(producer_id);
    options.producer_epoch = ProducerEpoch(0);
    options.base_sequence = Sequence(0);
    options.is_transactional = true;
    ASSERT_TRUE(Replay(EncodeOffsetCommitKey("g", topic_partition), Value(offset), options).ok());
  }

  void End(int64_t producer_id, ControlRecordType type) {
    RecordBatchOptions options;
    options.producer_id = ProducerId(producer_id);
    options.producer_epoch = ProducerEpoch(0);
    options.is_transactional = true;
    options.is_control = true;
    const auto key = ControlRecordKey{.type = type}.Encode();
    const auto value = EndTransactionMarker{}.Encode();
    ASSERT_TRUE(Replay(std::string(key.begin(), key.end()), std::string(value.begin(), value.end()),
                       options)
                    .ok());
  }

  void Bury(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) ASSERT_TRUE(Replay(key, absl::nullopt).ok());
  }

  // -1 if there is none.
  int64_t Find(const TopicPartition& topic_partition, absl::string_view group = "g") const {
    const CommittedOffset* found = state_.FindOffset(group, topic_partition);
    return found == nullptr ? -1 : found->value.offset.value();
  }

  OffsetsState state_;
  int64_t next_offset_ = 0;
};

TEST_F(OffsetsStateTest, TheLastRecordOfAKeyHolds) {
  Commit("g", kOrders, 5);
  Commit("g", kOrders, 7);
  Commit("g", kClicks, 1);
  Commit("h", kOrders, 9);
  EXPECT_EQ(Find(kOrders), 7);
  EXPECT_EQ(Find(kClicks), 1);
  EXPECT_EQ(Find(kOrders, "h"), 9);
  EXPECT_EQ(Find(kOrders, "none"), -1);
  EXPECT_EQ(state_.FindOffsets("g")->size(), 2u);
  EXPECT_EQ(state_.Groups(), (std::vector<std::string>{"g", "h"}));
}

TEST_F(OffsetsStateTest, TombstonesForget) {
  Commit("g", kOrders, 5);
  Commit("g", kClicks, 5);
  Bury(state_.KeysOfOffset("g", kOrders));
  EXPECT_EQ(Find(kOrders), -1);
  EXPECT_EQ(Find(kClicks), 5);
  EXPECT_TRUE(state_.KeysOfOffset("g", kOrders).empty());
  Bury(state_.KeysOfGroup("g"));
  EXPECT_FALSE(state_.HasGroup("g"));
  EXPECT_TRUE(state_.Groups().empty());
}

TEST_F(OffsetsStateTest, ATransactionHoldsFromItsCommitOn) {
  Commit("g", kOrders, 5);
  CommitIn(1, kOrders, 10);
  CommitIn(1, kClicks, 20);
  EXPECT_EQ(Find(kOrders), 5);
  EXPECT_EQ(Find(kClicks), -1);
  End(2, ControlRecordType::kCommit);
  EXPECT_EQ(Find(kOrders), 5);
  End(1, ControlRecordType::kCommit);
  EXPECT_EQ(Find(kOrders), 10);
  EXPECT_EQ(Find(kClicks), 20);
}

TEST_F(OffsetsStateTest, AnAbortedTransactionNeverHolds) {
  CommitIn(1, kOrders, 10);
  EXPECT_TRUE(state_.HasGroup("g"));
  EXPECT_TRUE(state_.Groups().empty());
  End(1, ControlRecordType::kAbort);
  EXPECT_FALSE(state_.HasGroup("g"));
  CommitIn(1, kClicks, 20);
  End(1, ControlRecordType::kCommit);
  EXPECT_EQ(Find(kOrders), -1);
  EXPECT_EQ(Find(kClicks), 20);
}

TEST_F(OffsetsStateTest, ALaterOrdinaryCommitWinsOverAnEarlierTransactionalOne) {
  CommitIn(1, kOrders, 10);
  Commit("g", kOrders, 11);
  End(1, ControlRecordType::kCommit);
  EXPECT_EQ(Find(kOrders), 11);
}

TEST_F(OffsetsStateTest, ATombstoneCancelsWhatIsOpen) {
  CommitIn(1, kOrders, 10);
  EXPECT_EQ(state_.KeysOfOffset("g", kOrders).size(), 1u);
  EXPECT_EQ(state_.KeysOfTopic("orders").size(), 1u);
  Bury(state_.KeysOfGroup("g"));
  End(1, ControlRecordType::kCommit);
  EXPECT_EQ(Find(kOrders), -1);
}

TEST_F(OffsetsStateTest, ATopicsOffsetsAreFoundInAllGroups) {
  Commit("g", kOrders, 5);
  Commit("g", kClicks, 5);
  Commit("h", kOrders, 5);
  EXPECT_EQ(state_.KeysOfTopic("orders").size(), 2u);
  Bury(state_.KeysOfTopic("orders"));
  EXPECT_EQ(state_.Groups(), std::vector<std::string>{"g"});
}

TEST_F(OffsetsStateTest, OffsetsExpireByTheirCommitTime) {
  const int64_t day = absl::ToInt64Milliseconds(kDay);
  Commit("g", kOrders, 5, day);
  Commit("g", kClicks, 5, day + 1);
  EXPECT_TRUE(state_.ExpiredKeys(Timestamp(2 * day - 1), kDay).empty());
  Bury(state_.ExpiredKeys(Timestamp(2 * day), kDay));
  EXPECT_EQ(Find(kOrders), -1);
  EXPECT_EQ(Find(kClicks), 5);
  Commit("g", kOrders, 5, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(state_.ExpiredKeys(Timestamp(2 * day), kDay).size(), 1u);
}

TEST_F(OffsetsStateTest, AnExpiryTimeOfItsOwnWins) {
  // Version 1: offset 5, no metadata, committed at 0, expiring at 1000.
  ASSERT_TRUE(Replay(EncodeOffsetCommitKey("g", kOrders),
                     absl::HexStringToBytes("00010000000000000005000000000000000000000000"
                                            "0000000003e8"))
                  .ok());
  EXPECT_TRUE(state_.ExpiredKeys(Timestamp(999), absl::ZeroDuration()).empty());
  EXPECT_EQ(state_.ExpiredKeys(Timestamp(1000), kDay).size(), 1u);
}

TEST_F(OffsetsStateTest, WhatIsInAnOpenTransactionDoesNotExpire) {
  Commit("g", kOrders, 5);
  CommitIn(1, kOrders, 10);
  EXPECT_TRUE(state_.ExpiredKeys(Timestamp(1000), absl::ZeroDuration()).empty());
}

TEST_F(OffsetsStateTest, AnEmptyClassicGroupGoesWithItsLastOffset) {
  // Without members, last changed at 9.
  const std::string empty =
      absl::HexStringToBytes("0003000000000000ffffffff000000000000000900000000");
  ASSERT_TRUE(Replay(EncodeGroupMetadataKey("g"), empty).ok());
  Commit("g", kOrders, 5, 1);
  const absl::Duration retention = absl::Milliseconds(100);
  EXPECT_TRUE(state_.ExpiredKeys(Timestamp(108), retention).empty());
  EXPECT_EQ(state_.ExpiredKeys(Timestamp(109), retention).size(), 2u);
  // A member of a consumer group: only the offset may go.
  ASSERT_TRUE(Replay(absl::HexStringToBytes("000500016700016d"), "any").ok());
  EXPECT_EQ(state_.ExpiredKeys(Timestamp(109), retention).size(), 1u);
  EXPECT_EQ(state_.KeysOfGroup("g").size(), 3u);
  Bury(state_.KeysOfGroup("g"));
  EXPECT_FALSE(state_.HasGroup("g"));
}

TEST_F(OffsetsStateTest, RecordsThatCannotBeUnderstoodAreErrors) {
  EXPECT_TRUE(absl::IsDataLoss(Replay("x", Value(1))));
  EXPECT_TRUE(absl::IsDataLoss(Replay(EncodeOffsetCommitKey("g", kOrders), "x")));
  EXPECT_TRUE(absl::IsDataLoss(Replay(EncodeGroupMetadataKey("g"), "x")));
  const absl::Status newer =
      Replay(EncodeOffsetCommitKey("g", kOrders), absl::HexStringToBytes("0005"));
  EXPECT_TRUE(absl::IsUnimplemented(newer)) << newer;
  EXPECT_NE(newer.message().find("the record at offset 3"), absl::string_view::npos) << newer;
}

}  // namespace
}  // namespace tidemark
