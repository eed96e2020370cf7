#include "storage/log/producer_table.h"

#include <limits>

#include "gtest/gtest.h"
#include "storage/error_code.h"
#include "storage/log/snapshot_policy.h"

namespace tidemark {
namespace {

ProducerBatch Data(int64_t id, int32_t sequence, int64_t offset, bool is_transactional = false) {
  ProducerBatch batch;
  batch.producer_id = ProducerId(id);
  batch.producer_epoch = ProducerEpoch(0);
  batch.base_sequence = Sequence(sequence);
  batch.base_offset = Offset(offset);
  batch.timestamp = Timestamp(offset);
  batch.is_transactional = is_transactional;
  return batch;
}

ProducerBatch End(int64_t id, int64_t offset, bool is_commit) {
  ProducerBatch batch = Data(id, -1, offset, true);
  batch.marker = TransactionMarker{0, is_commit};
  return batch;
}

TEST(ProducerTable, AnswersAClientsRepetitionWithTheFirstOffsets) {
  ProducerTable table;
  EXPECT_FALSE((*table.Check(Data(1, 0, 0), AppendOrigin::kClient)).has_value());
  table.Apply(Data(1, 0, 40));
  const auto again = table.Check(Data(1, 0, 50), AppendOrigin::kClient);
  ASSERT_TRUE(again.ok() && again->has_value());
  EXPECT_EQ((*again)->first_offset(), Offset(40));
  EXPECT_FALSE((*table.Check(Data(1, 0, 50), AppendOrigin::kReplication)).has_value());
  EXPECT_EQ(ErrorCodeOf(table.Check(Data(1, 2, 50), AppendOrigin::kClient).status()),
            ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_TRUE(table.Check(Data(1, 2, 50), AppendOrigin::kReplication).ok());
  EXPECT_TRUE(table.Check(Data(2, 7, 50), AppendOrigin::kClient).ok()) << "another producer";
}

TEST(ProducerTable, TheOldestTransactionThatIsNotBelowTheHighWatermarkHoldsTheStableOffset) {
  ProducerTable table;
  table.Apply(Data(1, 0, 10, true));
  table.Apply(Data(2, 0, 20, true));
  EXPECT_EQ(table.transactions().first_unstable(), Offset(10));

  const auto aborted = table.Apply(End(1, 30, /*is_commit=*/false));
  ASSERT_TRUE(aborted.has_value());
  const TransactionIndexEntry expected{.producer_id = ProducerId(1),
                                       .first_offset = Offset(10),
                                       .last_offset = Offset(30),
                                       .last_stable_offset = Offset(20)};
  EXPECT_EQ(*aborted, expected);
  EXPECT_EQ(table.transactions().first_unstable(), Offset(10)) << "its marker is not replicated";
  EXPECT_EQ(table.transactions().first_undecided(), Offset(20));
  table.ReleaseBelow(Offset(30));
  EXPECT_EQ(table.transactions().first_unstable(), Offset(10)) << "the marker itself is not below";
  table.ReleaseBelow(Offset(31));
  EXPECT_EQ(table.transactions().first_unstable(), Offset(20));

  EXPECT_FALSE(table.Apply(End(2, 40, /*is_commit=*/true)).has_value());
  table.ReleaseBelow(Offset(41));
  EXPECT_FALSE(table.transactions().first_unstable().has_value());
  table.Apply(Data(2, 1, 50, true));
  EXPECT_EQ(table.Apply(End(2, 51, false))->last_stable_offset, Offset(52))
      << "none is open then: behind the marker";
  EXPECT_FALSE(table.Apply(End(2, 52, false)).has_value()) << "an empty transaction";
}

TEST(ProducerTable, ExpiresTheSilentButNotTheOneInATransaction) {
  ProducerTable table;
  table.Apply(Data(1, 0, 100));
  table.Apply(Data(2, 0, 101));
  table.Apply(Data(3, 0, 50, true));
  table.Expire(Timestamp(1099), absl::Milliseconds(1000));
  EXPECT_EQ(table.size(), 3u);
  table.Expire(Timestamp(1100), absl::Milliseconds(1000));
  EXPECT_EQ(table.Find(ProducerId(1)), nullptr);
  EXPECT_NE(table.Find(ProducerId(2)), nullptr);
  EXPECT_NE(table.Find(ProducerId(3)), nullptr);
}

TEST(ProducerTable, HoldsABoundedNumberOfProducersAndKeepsTransactions) {
  ProducerTable table(/*producers_max=*/64);
  table.Apply(Data(1000, 0, 0, true));
  for (int64_t id = 0; id < 500; ++id) table.Apply(Data(id, 0, id + 1));
  EXPECT_LE(table.size(), 64u);
  EXPECT_GE(table.size(), 50u);
  EXPECT_NE(table.Find(ProducerId(1000)), nullptr);
  EXPECT_NE(table.Find(ProducerId(499)), nullptr);
  EXPECT_EQ(table.Find(ProducerId(0)), nullptr);
}

TEST(ProducerTable, ASnapshotBringsBackProducersAndOpenTransactions) {
  ProducerTable table;
  table.Apply(Data(9, 0, 10, true));
  table.Apply(Data(2, 0, 11));
  const std::vector<ProducerSnapshotEntry> entries = table.Snapshot();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].producer_id, ProducerId(2));
  ProducerTable restored;
  ASSERT_TRUE(restored.Restore(entries).ok());
  EXPECT_EQ(restored.Snapshot(), entries);
  EXPECT_EQ(restored.transactions().first_unstable(), Offset(10));
  restored.Clear();
  EXPECT_TRUE(restored.empty());
}

TEST(ProducerTable, RefusesASnapshotThatCannotBe) {
  ProducerSnapshotEntry good;
  good.producer_id = ProducerId(1);
  good.producer_epoch = ProducerEpoch(0);
  good.last_sequence = Sequence(4);
  good.last_offset = Offset(4);
  ProducerTable table;
  for (int what = 0; what < 6; ++what) {
    ProducerSnapshotEntry bad = good;
    if (what == 0) bad.producer_id = ProducerId(-1);
    if (what == 1) bad.producer_epoch = ProducerEpoch(-2);
    if (what == 2) bad.last_sequence = Sequence(-2);
    if (what == 3) bad.last_offset_delta = 5;
    if (what == 4) bad.open_transaction_first_offset = Offset(-2);
    if (what == 5) bad.last_offset_delta = -1;
    const ProducerSnapshotEntry entries[] = {good, bad};
    EXPECT_EQ(table.Restore(entries).code(), absl::StatusCode::kDataLoss) << what;
    EXPECT_TRUE(table.empty()) << what;
  }
  EXPECT_TRUE(table.Restore({good}).ok());
}

TEST(ProducerTable, ExpiresByAnyTimestamp) {
  for (const int64_t timestamp : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{400}}) {
    ProducerTable table;
    ProducerBatch batch = Data(1, 0, 0);
    batch.timestamp = Timestamp(timestamp);
    table.Apply(batch);
    table.Expire(Timestamp(1000), absl::Milliseconds(600));
    EXPECT_TRUE(table.empty()) << timestamp;
  }
  ProducerTable table;
  ProducerBatch batch = Data(1, 0, 0);
  batch.timestamp = Timestamp(std::numeric_limits<int64_t>::max());
  table.Apply(batch);
  table.Expire(Timestamp(-1), absl::Hours(24));
  EXPECT_FALSE(table.empty());
}

TEST(SnapshotPolicy, AtOpeningThoseOfNoSegmentGoButForOneBehindThemAll) {
  const Offset segments[] = {Offset(0), Offset(100), Offset(200)};
  const Offset with_close[] = {Offset(50), Offset(100), Offset(150), Offset(200), Offset(230)};
  EXPECT_EQ(StraySnapshots(with_close, segments), (std::vector<Offset>{Offset(50), Offset(150)}));
  const Offset several[] = {Offset(100), Offset(210), Offset(220)};
  EXPECT_EQ(StraySnapshots(several, segments), std::vector<Offset>{Offset(210)});
  const Offset all_belong[] = {Offset(100), Offset(200)};
  EXPECT_TRUE(StraySnapshots(all_belong, segments).empty());
  EXPECT_TRUE(StraySnapshots({}, segments).empty());
  EXPECT_TRUE(StraySnapshots({Offset(4)}, {}).empty());
}

TEST(SnapshotPolicy, AfterARecoveryThoseOfNoSegmentGo) {
  const Offset segments[] = {Offset(0), Offset(100), Offset(200)};
  const Offset with_close[] = {Offset(50), Offset(100), Offset(150), Offset(200), Offset(230)};
  EXPECT_EQ(OtherSnapshots(with_close, segments),
            (std::vector<Offset>{Offset(50), Offset(150), Offset(230)}));
  EXPECT_TRUE(OtherSnapshots({}, segments).empty());
}

TEST(SnapshotPolicy, OutsideTheLogNoneIsKept) {
  const Offset snapshots[] = {Offset(5), Offset(10), Offset(11), Offset(20), Offset(21)};
  EXPECT_EQ(SnapshotsOutside(snapshots, Offset(10), Offset(20)),
            (std::vector<Offset>{Offset(5), Offset(10), Offset(21)}));
}

}  // namespace
}  // namespace tidemark
