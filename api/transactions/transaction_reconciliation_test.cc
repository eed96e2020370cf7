#include "api/transactions/transaction_reconciliation.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace tidemark {
namespace {

const TopicPartition kOrders0{"orders", PartitionId{0}};
const TopicPartition kOrders1{"orders", PartitionId{1}};
constexpr ProducerId kId{7};

constexpr ProducerEpoch kNow{12};  // The largest of all logs.

TransactionValue Value(TransactionStatus status, int16_t epoch) {
  TransactionValue value;
  value.client_transaction_version = 2;
  value.producer_id = kId;
  value.previous_producer_id = ProducerId{6};
  value.producer_epoch = ProducerEpoch{epoch};
  value.status = status;
  return value;
}

ProducerSummary Open(ProducerId id, int16_t epoch) { return {id, ProducerEpoch{epoch}, Offset{3}}; }

TEST(TransactionReconciliation, TheEpochIsNeverBelowThatOfALog) {
  const TransactionValue value = Value(TransactionStatus::kEmpty, 4);
  EXPECT_EQ(ReconciledEpoch(value, {kId, ProducerEpoch{9}, absl::nullopt}), ProducerEpoch{9});
  EXPECT_EQ(ReconciledEpoch(value, {kId, ProducerEpoch{3}, absl::nullopt}), ProducerEpoch{4});
  EXPECT_EQ(ReconciledEpoch(value, {ProducerId{8}, ProducerEpoch{9}, absl::nullopt}),
            ProducerEpoch{4});
}

TEST(TransactionReconciliation, WhatTheIdKnowsOfItEndsItself) {
  TransactionValue open = Value(TransactionStatus::kOngoing, 4);
  open.partitions = {kOrders0};
  EXPECT_FALSE(OrphanMarker(open, kOrders0, Open(kId, 4), kNow).has_value());
  EXPECT_TRUE(OrphanMarker(open, kOrders1, Open(kId, 4), kNow).has_value());
  for (const TransactionStatus status :
       {TransactionStatus::kPrepareCommit, TransactionStatus::kPrepareAbort}) {
    TransactionValue decided = Value(status, 5);
    decided.partitions = {kOrders0};
    EXPECT_FALSE(OrphanMarker(decided, kOrders0, Open(kId, 4), kNow).has_value());
    decided.client_transaction_version = 1;
    EXPECT_FALSE(OrphanMarker(decided, kOrders0, Open(kId, 5), kNow).has_value());
  }
}

TEST(TransactionReconciliation, ALaterTransactionIsNotEndedByWhatWasDecidedOfAnEarlierOne) {
  TransactionValue decided = Value(TransactionStatus::kPrepareCommit, 5);
  decided.partitions = {kOrders0};
  for (const int16_t epoch : {5, 6}) {
    const auto orphan = OrphanMarker(decided, kOrders0, Open(kId, epoch), kNow);
    ASSERT_TRUE(orphan.has_value());
    EXPECT_FALSE(orphan->is_commit);
  }
}

TEST(TransactionReconciliation, ATransactionThatNobodyKnowsOfIsAborted) {
  const auto orphan =
      OrphanMarker(Value(TransactionStatus::kEmpty, 4), kOrders0, Open(kId, 5), kNow);
  ASSERT_TRUE(orphan.has_value());
  EXPECT_EQ(orphan->producer_id, kId);
  EXPECT_EQ(orphan->producer_epoch, kNow);
  EXPECT_FALSE(orphan->is_commit);
}

TEST(TransactionReconciliation, TheOneThatWasCommittedLastIsCommittedAndNoOther) {
  const TransactionValue committed = Value(TransactionStatus::kCompleteCommit, 5);
  EXPECT_TRUE(OrphanMarker(committed, kOrders0, Open(kId, 4), kNow)->is_commit);
  EXPECT_FALSE(OrphanMarker(committed, kOrders0, Open(kId, 5), kNow)->is_commit);
  EXPECT_FALSE(OrphanMarker(committed, kOrders0, Open(kId, 3), kNow)->is_commit);
  const TransactionValue aborted = Value(TransactionStatus::kCompleteAbort, 5);
  EXPECT_FALSE(OrphanMarker(aborted, kOrders0, Open(kId, 4), kNow)->is_commit);
}

TEST(TransactionReconciliation, WithoutEpochsOfTheirOwnNoneIsTakenForTheOneThatWasCommitted) {
  TransactionValue committed = Value(TransactionStatus::kCompleteCommit, 5);
  committed.client_transaction_version = 1;
  EXPECT_FALSE(OrphanMarker(committed, kOrders0, Open(kId, 5), kNow)->is_commit);
}

TEST(TransactionReconciliation, OfTheProducerIdBeforeNothingStaysOpen) {
  const auto orphan = OrphanMarker(Value(TransactionStatus::kOngoing, 0), kOrders0,
                                   Open(ProducerId{6}, 32766), kNow);
  ASSERT_TRUE(orphan.has_value());
  EXPECT_EQ(orphan->producer_id, ProducerId{6});
  EXPECT_EQ(orphan->producer_epoch, ProducerEpoch{32766});
}

TEST(TransactionReconciliation, OtherProducersAndEndedTransactionsAreLeftAlone) {
  const TransactionValue value = Value(TransactionStatus::kEmpty, 4);
  EXPECT_FALSE(OrphanMarker(value, kOrders0, Open(ProducerId{8}, 4), kNow).has_value());
  EXPECT_FALSE(
      OrphanMarker(value, kOrders0, {kId, ProducerEpoch{4}, absl::nullopt}, kNow).has_value());
}

TEST(TransactionReconciliation, AllLogsOfAnIdHaveASayInItsEpoch) {
  const std::map<std::string, TransactionValue> values = {
      {"a", Value(TransactionStatus::kCompleteCommit, 5)}};
  const Reconciliation wanted = Reconcile(
      values,
      {{kOrders0, Open(kId, 4)}, {kOrders1, Open(kId, 7)}, {kOrders1, Open(ProducerId{9}, 1)}});
  EXPECT_EQ(wanted.epochs, (std::map<std::string, ProducerEpoch>{{"a", ProducerEpoch{7}}}));
  ASSERT_EQ(wanted.markers.size(), 2u);
  EXPECT_EQ(wanted.markers[0].partition, kOrders0);
  EXPECT_TRUE(wanted.markers[0].end.is_commit);
  EXPECT_EQ(wanted.markers[1].partition, kOrders1);
  EXPECT_FALSE(wanted.markers[1].end.is_commit);
  for (const Reconciliation::Marker& marker : wanted.markers) {
    EXPECT_EQ(marker.transactional_id, "a");
    EXPECT_EQ(marker.end.producer_epoch, ProducerEpoch{7});
  }
}

}  // namespace
}  // namespace tidemark
