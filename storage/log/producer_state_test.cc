#include "storage/log/producer_state.h"

#include <limits>

#include "gtest/gtest.h"
#include "storage/error_code.h"
#include "storage/format/control_record.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

constexpr int32_t kSequenceMax = std::numeric_limits<int32_t>::max();

ProducerBatch Data(int epoch, int32_t sequence, int64_t offset, int32_t last_offset_delta = 0) {
  ProducerBatch batch;
  batch.producer_id = ProducerId(7);
  batch.producer_epoch = ProducerEpoch(static_cast<int16_t>(epoch));
  batch.base_sequence = Sequence(sequence);
  batch.base_offset = Offset(offset);
  batch.last_offset_delta = last_offset_delta;
  batch.timestamp = Timestamp(1000 + offset);
  return batch;
}

ProducerBatch InTransaction(ProducerBatch batch) {
  batch.is_transactional = true;
  return batch;
}

ProducerBatch Marker(int epoch, int64_t offset, int32_t coordinator_epoch, bool is_commit = true) {
  ProducerBatch batch = InTransaction(Data(epoch, -1, offset));
  batch.marker = TransactionMarker{coordinator_epoch, is_commit};
  return batch;
}

absl::optional<ErrorCode> CodeOf(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  return ErrorCodeOf(status);
}

TEST(ProducerState, TakesSequencesThatFollowAndNoOthers) {
  ProducerState state(ProducerId(7));
  ASSERT_TRUE(state.Check(Data(0, 0, 10, 2), AppendOrigin::kClient).ok());
  state.Apply(Data(0, 0, 10, 2));
  EXPECT_EQ(state.last_sequence(), Sequence(2));
  EXPECT_TRUE(state.Check(Data(0, 3, 13), AppendOrigin::kClient).ok());
  for (const int32_t sequence : {0, 2, 4, 100, -1, kSequenceMax}) {
    EXPECT_EQ(CodeOf(state.Check(Data(0, sequence, 13), AppendOrigin::kClient)),
              ErrorCode::kOutOfOrderSequenceNumber)
        << sequence;
  }
}

TEST(ProducerState, OfAnUnknownProducerAnySequenceMayComeFirst) {
  const ProducerState state(ProducerId(7));
  EXPECT_TRUE(state.Check(Data(3, 41, 10), AppendOrigin::kClient).ok());
}

TEST(ProducerState, SequencesWrapToZero) {
  ProducerState state(ProducerId(7));
  state.Apply(Data(0, kSequenceMax - 1, 0, 1));
  EXPECT_EQ(state.last_sequence(), Sequence(kSequenceMax));
  EXPECT_TRUE(state.Check(Data(0, 0, 2), AppendOrigin::kClient).ok());

  ProducerState across(ProducerId(7));
  const ProducerBatch batch = Data(0, kSequenceMax - 1, 0, 4);
  across.Apply(batch);
  EXPECT_EQ(across.last_sequence(), Sequence(2));
  EXPECT_TRUE(across.Check(Data(0, 3, 5), AppendOrigin::kClient).ok());
  ASSERT_NE(across.FindDuplicate(batch), nullptr) << "its first sequence is before the wrap";
  EXPECT_EQ(across.FindDuplicate(batch)->first_offset(), Offset(0));
}

TEST(ProducerState, FindsTheLastFiveBatchesAgainByTheirSequences) {
  ProducerState state(ProducerId(7));
  for (int32_t i = 0; i < 6; ++i) state.Apply(Data(0, i * 2, 100 + i * 10, 1));
  EXPECT_EQ(state.FindDuplicate(Data(0, 0, 0, 1)), nullptr) << "the sixth from the end";
  for (int32_t i = 1; i < 6; ++i) {
    const ProducerState::Batch* const found = state.FindDuplicate(Data(0, i * 2, 0, 1));
    ASSERT_NE(found, nullptr) << i;
    EXPECT_EQ(found->first_offset(), Offset(100 + i * 10));
    EXPECT_EQ(found->last_offset, Offset(101 + i * 10));
  }
  EXPECT_EQ(state.FindDuplicate(Data(0, 10, 0, 0)), nullptr) << "another number of records";
  EXPECT_EQ(state.FindDuplicate(Data(0, 9, 0, 2)), nullptr) << "the same end only";
  EXPECT_EQ(state.FindDuplicate(Data(1, 10, 0, 1)), nullptr) << "another epoch";
}

TEST(ProducerState, ANewEpochBeginsAtZeroAndFencesTheOldOne) {
  ProducerState state(ProducerId(7));
  state.Apply(Data(1, 0, 0));
  EXPECT_EQ(CodeOf(state.Check(Data(2, 1, 1), AppendOrigin::kClient)),
            ErrorCode::kOutOfOrderSequenceNumber);
  ASSERT_TRUE(state.Check(Data(2, 0, 1), AppendOrigin::kClient).ok());
  state.Apply(Data(2, 0, 1));
  EXPECT_EQ(CodeOf(state.Check(Data(1, 1, 2), AppendOrigin::kClient)),
            ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(CodeOf(state.Check(Data(1, -1, 2), AppendOrigin::kCoordinator)),
            ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(state.FindDuplicate(Data(1, 0, 0)), nullptr);
  EXPECT_TRUE(state.Check(Data(2, 1, 2), AppendOrigin::kClient).ok());
}

TEST(ProducerState, ACoordinatorsBatchesHaveNoSequences) {
  ProducerState state(ProducerId(7));
  state.Apply(InTransaction(Data(0, -1, 0)));
  EXPECT_TRUE(state.Check(InTransaction(Data(0, -1, 1)), AppendOrigin::kCoordinator).ok());
  EXPECT_EQ(state.last_sequence(), kNoSequence);
}

TEST(ProducerState, ATransactionBeginsWithItsFirstBatchAndEndsWithItsMarker) {
  ProducerState state(ProducerId(7));
  state.Apply(Data(0, 0, 3));
  EXPECT_FALSE(state.transaction_first_offset().has_value());
  EXPECT_FALSE(state.Apply(InTransaction(Data(0, 1, 4))).has_value());
  EXPECT_FALSE(state.Apply(InTransaction(Data(0, 2, 5))).has_value());
  EXPECT_EQ(state.transaction_first_offset(), Offset(4));
  EXPECT_EQ(CodeOf(state.Check(Data(0, 3, 6), AppendOrigin::kClient)),
            ErrorCode::kInvalidTransactionState);
  ASSERT_TRUE(state.Check(Marker(0, 6, 2), AppendOrigin::kCoordinator).ok());
  EXPECT_EQ(state.Apply(Marker(0, 6, 2)), Offset(4));
  EXPECT_FALSE(state.transaction_first_offset().has_value());
  EXPECT_TRUE(state.Check(Data(0, 3, 7), AppendOrigin::kClient).ok());
  EXPECT_NE(state.FindDuplicate(InTransaction(Data(0, 2, 0))), nullptr)
      << "a marker of the same epoch leaves the batches known";
  EXPECT_FALSE(state.Apply(Marker(0, 7, 2)).has_value()) << "no transaction was open";
}

TEST(ProducerState, MarkersOfAReplacedCoordinatorAndOfOldEpochsAreFenced) {
  ProducerState state(ProducerId(7));
  state.Apply(Marker(3, 0, 5));
  EXPECT_EQ(CodeOf(state.Check(Marker(3, 1, 4), AppendOrigin::kCoordinator)),
            ErrorCode::kTransactionCoordinatorFenced);
  EXPECT_TRUE(state.Check(Marker(3, 1, 5), AppendOrigin::kCoordinator).ok());
  EXPECT_TRUE(state.Check(Marker(3, 1, 6), AppendOrigin::kCoordinator).ok());
  EXPECT_EQ(CodeOf(state.Check(Marker(2, 1, 6), AppendOrigin::kCoordinator)),
            ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(CodeOf(state.Check(Data(3, 1, 1), AppendOrigin::kClient)),
            ErrorCode::kOutOfOrderSequenceNumber)
      << "of this epoch there is a marker only, so 0 is due";
  EXPECT_TRUE(state.Check(Data(3, 0, 1), AppendOrigin::kClient).ok());
}

TEST(ProducerState, AMarkerWithANewEpochForgetsTheBatchesOfTheOldOne) {
  ProducerState state(ProducerId(7));
  state.Apply(InTransaction(Data(0, 0, 0, 4)));
  EXPECT_EQ(state.Apply(Marker(1, 5, 0)), Offset(0));
  const ProducerSnapshotEntry entry = state.ToEntry();
  EXPECT_EQ(entry.producer_epoch, ProducerEpoch(1));
  EXPECT_EQ(entry.last_sequence, kNoSequence);
  EXPECT_EQ(entry.last_offset, Offset(-1));
  EXPECT_EQ(entry.last_offset_delta, 0);
}

TEST(ProducerState, ASnapshotHasTheLastBatchOnly) {
  ProducerState state(ProducerId(7));
  state.Apply(Data(4, 0, 20));
  state.Apply(InTransaction(Data(4, 1, 30, 2)));
  const ProducerSnapshotEntry entry = state.ToEntry();
  const ProducerSnapshotEntry expected{.producer_id = ProducerId(7),
                                       .producer_epoch = ProducerEpoch(4),
                                       .last_sequence = Sequence(3),
                                       .last_offset = Offset(32),
                                       .last_offset_delta = 2,
                                       .last_timestamp = Timestamp(1030),
                                       .coordinator_epoch = -1,
                                       .open_transaction_first_offset = Offset(30)};
  EXPECT_EQ(entry, expected);
  const ProducerState restored(entry);
  EXPECT_EQ(restored.ToEntry(), expected);
  EXPECT_NE(restored.FindDuplicate(Data(4, 1, 0, 2)), nullptr);
  EXPECT_EQ(restored.FindDuplicate(Data(4, 0, 0)), nullptr);
  EXPECT_TRUE(restored.Check(InTransaction(Data(4, 4, 33)), AppendOrigin::kClient).ok());
}

std::string ControlBatch(absl::string_view key, absl::string_view value) {
  RecordBatchOptions options;
  options.producer_id = ProducerId(7);
  options.producer_epoch = ProducerEpoch(1);
  options.is_transactional = true;
  options.is_control = true;
  RecordBatchBuilder builder(options);
  Record record;
  record.timestamp = Timestamp(55);
  record.key = key;
  record.value = value;
  EXPECT_TRUE(builder.Add(record).ok());
  const absl::StatusOr<absl::Span<char>> batch = builder.Finish();
  return std::string(batch->data(), batch->size());
}

absl::StatusOr<absl::optional<ProducerBatch>> ReadFrom(absl::string_view bytes) {
  return ReadProducerBatch(*RecordBatchView::Parse(bytes));
}

TEST(ReadProducerBatch, ReadsMarkersAndPassesOtherControlRecordsOver) {
  const auto value = EndTransactionMarker{0, 9}.Encode();
  const absl::string_view value_bytes(value.data(), value.size());
  for (const auto type : {ControlRecordType::kAbort, ControlRecordType::kCommit}) {
    const auto key = ControlRecordKey{0, type}.Encode();
    const std::string bytes = ControlBatch(absl::string_view(key.data(), key.size()), value_bytes);
    const auto batch = ReadFrom(bytes);
    ASSERT_TRUE(batch.ok() && batch->has_value()) << batch.status();
    ASSERT_TRUE((*batch)->marker.has_value());
    EXPECT_EQ((*batch)->marker->coordinator_epoch, 9);
    EXPECT_EQ((*batch)->marker->is_commit, type == ControlRecordType::kCommit);
    EXPECT_EQ((*batch)->timestamp, Timestamp(55));
  }
  const auto other = ControlRecordKey{0, ControlRecordType::kLeaderChange}.Encode();
  const std::string bytes = ControlBatch(absl::string_view(other.data(), other.size()), "x");
  EXPECT_FALSE(ReadFrom(bytes)->has_value());
  const std::string broken_key = ControlBatch("abc", value_bytes);
  EXPECT_EQ(ReadFrom(broken_key).status().code(), absl::StatusCode::kDataLoss);
  const auto abort = ControlRecordKey{0, ControlRecordType::kAbort}.Encode();
  const std::string broken_value =
      ControlBatch(absl::string_view(abort.data(), abort.size()), "short");
  EXPECT_EQ(ReadFrom(broken_value).status().code(), absl::StatusCode::kDataLoss);
}

TEST(ReadProducerBatch, OfABatchWithoutAProducerThereIsNothing) {
  RecordBatchBuilder builder;
  ASSERT_TRUE(builder.Add(Record{}).ok());
  const absl::Span<char> bytes = *builder.Finish();
  EXPECT_FALSE(ReadFrom(absl::string_view(bytes.data(), bytes.size()))->has_value());
}

}  // namespace
}  // namespace tidemark
