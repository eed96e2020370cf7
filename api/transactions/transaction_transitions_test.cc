// The life of a transactional id, step by step.

#include "api/transactions/transaction_transitions.h"

#include <gtest/gtest.h>

#include <limits>

#include "storage/error_code.h"

namespace tidemark {
namespace {

const TopicPartition kOrders0{"orders", PartitionId{0}};
const TopicPartition kOrders1{"orders", PartitionId{1}};
constexpr ProducerId kId{77};
constexpr ProducerId kNewId{88};

TransactionValue NewProducer() {
  return BeginProducer(absl::nullopt, kId, absl::Seconds(60), Timestamp{1000});
}

TransactionValue WithEpoch(TransactionValue value, int epoch) {
  value.producer_epoch = ProducerEpoch(static_cast<int16_t>(epoch));
  return value;
}

ProducerIdentity IdentityOf(const TransactionValue& value) {
  return {value.producer_id, value.producer_epoch};
}

TEST(TransactionTransitions, ANewIdBeginsAtEpochZeroWithoutATransaction) {
  const TransactionValue value = NewProducer();
  EXPECT_EQ(IdentityOf(value), (ProducerIdentity{kId, ProducerEpoch{0}}));
  EXPECT_EQ(value.status, TransactionStatus::kEmpty);
  EXPECT_EQ(value.timeout, absl::Seconds(60));
  EXPECT_EQ(value.start_time, kNoTimestamp);
  EXPECT_FALSE(IsOverdue(value, Timestamp{1'000'000'000}));
}

TEST(TransactionTransitions, TheNextProducerFencesTheOneBefore) {
  const TransactionValue first = NewProducer();
  const TransactionValue second =
      BeginProducer(first, absl::nullopt, absl::Seconds(5), Timestamp{2000});
  EXPECT_EQ(IdentityOf(second), (ProducerIdentity{kId, ProducerEpoch{1}}));
  EXPECT_EQ(second.timeout, absl::Seconds(5));
  EXPECT_TRUE(CheckIdentity(second, IdentityOf(second)).ok());
  const absl::Status fenced = CheckIdentity(second, IdentityOf(first));
  EXPECT_TRUE(absl::IsFailedPrecondition(fenced));
  EXPECT_EQ(ErrorCodeOf(fenced), ErrorCode::kInvalidProducerEpoch);
}

TEST(TransactionTransitions, PartitionsJoinOneAfterAnother) {
  const TransactionValue one = JoinPartitions(NewProducer(), {kOrders0}, Timestamp{2000});
  EXPECT_EQ(one.status, TransactionStatus::kOngoing);
  EXPECT_EQ(one.start_time, Timestamp{2000});
  const TransactionValue two = JoinPartitions(one, {kOrders1, kOrders0}, Timestamp{3000});
  EXPECT_EQ(two.partitions, (std::set<TopicPartition>{kOrders0, kOrders1}));
  EXPECT_EQ(two.start_time, Timestamp{2000});
  EXPECT_EQ(two.last_update_time, Timestamp{3000});
  EXPECT_EQ(IdentityOf(two), IdentityOf(one));
}

TEST(TransactionTransitions, AnEndRaisesTheEpochAndTheNextTransactionKeepsIt) {
  for (const bool is_commit : {true, false}) {
    const TransactionValue open = JoinPartitions(NewProducer(), {kOrders0}, Timestamp{2000});
    const TransactionValue decided = DecideOutcome(open, is_commit, absl::nullopt, Timestamp{3000});
    EXPECT_TRUE(IsEnding(decided));
    EXPECT_EQ(IsCommit(decided), is_commit);
    EXPECT_EQ(IdentityOf(decided), (ProducerIdentity{kId, ProducerEpoch{1}}));
    EXPECT_EQ(decided.partitions, open.partitions);
    const TransactionValue complete = CompleteOutcome(decided, Timestamp{4000});
    EXPECT_FALSE(IsEnding(complete));
    EXPECT_EQ(IsCommit(complete), is_commit);
    EXPECT_TRUE(complete.partitions.empty());
    EXPECT_EQ(IdentityOf(complete), IdentityOf(decided));
    const TransactionValue next = JoinPartitions(complete, {kOrders1}, Timestamp{5000});
    EXPECT_EQ(next.partitions, std::set<TopicPartition>{kOrders1});
    EXPECT_EQ(next.start_time, Timestamp{5000});
    EXPECT_EQ(IdentityOf(next), IdentityOf(complete));
  }
}

TEST(TransactionTransitions, TheLastEpochIsForMarkersAloneAndANewIdFollows) {
  constexpr int kMax = std::numeric_limits<int16_t>::max();
  EXPECT_FALSE(NeedsNewProducerId(WithEpoch(NewProducer(), kMax - 2)));
  const TransactionValue open =
      JoinPartitions(WithEpoch(NewProducer(), kMax - 1), {kOrders0}, Timestamp{1});
  EXPECT_TRUE(NeedsNewProducerId(open));
  const TransactionValue decided = DecideOutcome(open, true, kNewId, Timestamp{2});
  EXPECT_EQ(decided.producer_id, kId);
  EXPECT_EQ(decided.producer_epoch.value(), kMax);
  EXPECT_EQ(decided.next_producer_id, kNewId);
  const TransactionValue complete = CompleteOutcome(decided, Timestamp{3});
  EXPECT_EQ(IdentityOf(complete), (ProducerIdentity{kNewId, ProducerEpoch{0}}));
  EXPECT_EQ(complete.previous_producer_id, kId);
  EXPECT_EQ(complete.next_producer_id, kNoProducerId);
}

TEST(TransactionTransitions, AProducerWhoseIdIsUsedUpGetsANewOne) {
  const TransactionValue used_up = WithEpoch(NewProducer(), std::numeric_limits<int16_t>::max());
  const TransactionValue value = BeginProducer(used_up, kNewId, absl::Seconds(1), Timestamp{2});
  EXPECT_EQ(IdentityOf(value), (ProducerIdentity{kNewId, ProducerEpoch{0}}));
  EXPECT_EQ(value.previous_producer_id, kId);
}

TEST(TransactionTransitions, OnlyAnOpenTransactionIsOverdue) {
  const TransactionValue open = JoinPartitions(NewProducer(), {kOrders0}, Timestamp{2000});
  EXPECT_FALSE(IsOverdue(open, Timestamp{61'999}));
  EXPECT_TRUE(IsOverdue(open, Timestamp{62'000}));
  EXPECT_FALSE(
      IsOverdue(DecideOutcome(open, true, absl::nullopt, Timestamp{3000}), Timestamp{62'000}));
}

TEST(TransactionTransitions, OnlyAnIdWithoutATransactionIsForgotten) {
  const absl::Duration day = absl::Hours(24);
  const Timestamp later{1000 + absl::ToInt64Milliseconds(day)};
  const TransactionValue empty = NewProducer();
  EXPECT_FALSE(IsForgotten(empty, Timestamp{later.value() - 1}, day));
  EXPECT_TRUE(IsForgotten(empty, later, day));
  const TransactionValue open = JoinPartitions(empty, {kOrders0}, Timestamp{1000});
  EXPECT_FALSE(IsForgotten(open, later, day));
  const TransactionValue decided = DecideOutcome(open, false, absl::nullopt, Timestamp{1000});
  EXPECT_FALSE(IsForgotten(decided, later, day));
  EXPECT_TRUE(IsForgotten(CompleteOutcome(decided, Timestamp{1000}), later, day));
}

}  // namespace
}  // namespace tidemark
