#include "storage/log/producer_state.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/error_code.h"
#include "storage/format/control_record.h"

namespace tidemark {
namespace {

constexpr int64_t kSequenceCount = int64_t{std::numeric_limits<int32_t>::max()} + 1;

// `distance` is less than the number of sequences.
Sequence Move(Sequence sequence, int64_t distance) {
  const int64_t moved = sequence.value() + distance + kSequenceCount;
  return Sequence(static_cast<int32_t>(moved % kSequenceCount));
}

absl::Status Refused(ErrorCode code, const ProducerBatch& batch, absl::string_view why) {
  return WithErrorCode(code, absl::FailedPreconditionError(
                                 absl::StrCat("producer ", batch.producer_id.value(), ": ", why)));
}

}  // namespace

Sequence ProducerBatch::last_sequence() const {
  return base_sequence == kNoSequence ? kNoSequence : Move(base_sequence, last_offset_delta);
}

Sequence ProducerState::Batch::first_sequence() const {
  return Move(last_sequence, -int64_t{offset_delta});
}

absl::StatusOr<absl::optional<ProducerBatch>> ReadProducerBatch(const RecordBatchView& batch) {
  if (batch.producer_id() == kNoProducerId) return absl::optional<ProducerBatch>();
  ProducerBatch read{.producer_id = batch.producer_id(),
                     .producer_epoch = batch.producer_epoch(),
                     .base_sequence = batch.base_sequence(),
                     .base_offset = batch.base_offset(),
                     .last_offset_delta = batch.last_offset_delta(),
                     .timestamp = batch.max_timestamp(),
                     .is_transactional = batch.is_transactional(),
                     .marker = absl::nullopt};
  if (!batch.is_control()) return absl::optional<ProducerBatch>(read);
  TM_ASSIGN_OR_RETURN(RecordReader records, RecordReader::Open(batch));
  RecordView record;
  TM_ASSIGN_OR_RETURN(const bool found, records.Next(&record));
  if (!found) return absl::optional<ProducerBatch>();
  TM_ASSIGN_OR_RETURN(const ControlRecordKey key,
                      ControlRecordKey::Parse(record.key.value_or(absl::string_view())));
  if (key.type != ControlRecordType::kAbort && key.type != ControlRecordType::kCommit) {
    return absl::optional<ProducerBatch>();
  }
  TM_ASSIGN_OR_RETURN(const EndTransactionMarker marker,
                      EndTransactionMarker::Parse(record.value.value_or(absl::string_view())));
  read.timestamp = record.timestamp;
  read.marker = TransactionMarker{marker.coordinator_epoch, key.type == ControlRecordType::kCommit};
  return absl::optional<ProducerBatch>(read);
}

ProducerState::ProducerState(const ProducerSnapshotEntry& entry)
    : producer_id_(entry.producer_id),
      epoch_(entry.producer_epoch),
      coordinator_epoch_(entry.coordinator_epoch),
      last_timestamp_(entry.last_timestamp),
      transaction_first_offset_(entry.open_transaction_first_offset) {
  if (entry.last_offset < Offset(0)) return;
  AddBatch({entry.last_sequence, entry.last_offset, entry.last_offset_delta, entry.last_timestamp});
}

const ProducerState::Batch* ProducerState::FindDuplicate(const ProducerBatch& batch) const {
  if (batch.producer_epoch != epoch_ || batch.marker.has_value()) return nullptr;
  const Sequence last = batch.last_sequence();
  for (int i = 0; i < count_; ++i) {
    const Batch& kept = batches_[static_cast<size_t>(i)];
    if (kept.last_sequence == last && kept.first_sequence() == batch.base_sequence) return &kept;
  }
  return nullptr;
}

absl::Status ProducerState::Check(const ProducerBatch& batch, AppendOrigin origin) const {
  if (batch.producer_epoch < epoch_) {
    return Refused(ErrorCode::kInvalidProducerEpoch, batch,
                   absl::StrCat("epoch ", batch.producer_epoch.value(),
                                " has ended: the log has a batch of epoch ", epoch_.value()));
  }
  if (batch.marker.has_value()) return CheckMarker(batch);
  if (origin == AppendOrigin::kClient) TM_RETURN_IF_ERROR(CheckSequence(batch));
  if (transaction_first_offset_.has_value() && !batch.is_transactional) {
    return Refused(ErrorCode::kInvalidTransactionState, batch,
                   absl::StrCat("a batch outside a transaction, while the one from offset ",
                                transaction_first_offset_->value(), " on is open"));
  }
  return absl::OkStatus();
}

absl::Status ProducerState::CheckMarker(const ProducerBatch& batch) const {
  if (batch.marker->coordinator_epoch >= coordinator_epoch_) return absl::OkStatus();
  return Refused(ErrorCode::kTransactionCoordinatorFenced, batch,
                 absl::StrCat("a marker of coordinator epoch ", batch.marker->coordinator_epoch,
                              ", but the last one was of epoch ", coordinator_epoch_));
}

absl::Status ProducerState::CheckSequence(const ProducerBatch& batch) const {
  if (epoch_ == kNoProducerEpoch) return absl::OkStatus();
  const bool is_new_epoch = batch.producer_epoch != epoch_;
  const Sequence expected =
      is_new_epoch || last_sequence() == kNoSequence ? Sequence(0) : Move(last_sequence(), 1);
  if (batch.base_sequence == expected) return absl::OkStatus();
  return Refused(
      ErrorCode::kOutOfOrderSequenceNumber, batch,
      absl::StrCat("sequence ", batch.base_sequence.value(), " of epoch ",
                   batch.producer_epoch.value(), " where ", expected.value(), " is due"));
}

absl::optional<Offset> ProducerState::Apply(const ProducerBatch& batch) {
  SetEpoch(batch.producer_epoch);
  last_timestamp_ = batch.timestamp;
  if (batch.marker.has_value()) {
    coordinator_epoch_ = batch.marker->coordinator_epoch;
    const absl::optional<Offset> ended = transaction_first_offset_;
    transaction_first_offset_.reset();
    return ended;
  }
  AddBatch({batch.last_sequence(), batch.last_offset(), batch.last_offset_delta, batch.timestamp});
  if (batch.is_transactional && !transaction_first_offset_.has_value()) {
    transaction_first_offset_ = batch.base_offset;
  }
  return absl::nullopt;
}

void ProducerState::SetEpoch(ProducerEpoch epoch) {
  if (epoch != epoch_) count_ = 0;
  epoch_ = epoch;
}

void ProducerState::AddBatch(const Batch& batch) {
  if (count_ == kBatchesKept) {
    std::move(batches_.begin() + 1, batches_.end(), batches_.begin());
    --count_;
  }
  batches_[static_cast<size_t>(count_++)] = batch;
}

ProducerSnapshotEntry ProducerState::ToEntry() const {
  ProducerSnapshotEntry entry;
  entry.producer_id = producer_id_;
  entry.producer_epoch = epoch_;
  if (count_ > 0) {
    entry.last_sequence = last().last_sequence;
    entry.last_offset = last().last_offset;
    entry.last_offset_delta = last().offset_delta;
  }
  entry.last_timestamp = last_timestamp_;
  entry.coordinator_epoch = coordinator_epoch_;
  entry.open_transaction_first_offset = transaction_first_offset_;
  return entry;
}

}  // namespace tidemark
