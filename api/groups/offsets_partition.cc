#include "api/groups/offsets_partition.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

// Far below what any topic takes as one batch, unless it was made to take next to nothing.
constexpr size_t kTombstonesPerBatch = 256;

}  // namespace

void OffsetsPartition::Load() {
  MutexLock lock(&mutex_);
  status_ = partition_.ok() ? ReadLog() : partition_.status();
}

absl::Status OffsetsPartition::ReadLog() {
  ReplicaLog& log = *(*partition_)->log;
  const std::string name = PartitionName(log.topic_partition());
  ReadOptions options;
  options.end_offset = (*partition_)->replicator->high_watermark();
  Offset offset = log.offsets().log_start;
  while (offset < *options.end_offset) {
    TM_ASSIGN_OR_RETURN(const LogView view, log.View(offset, options));
    if (view.bytes.empty()) break;
    for (absl::string_view rest = view.bytes; !rest.empty();) {
      const std::string place = absl::StrCat(name, ": the batch at offset ", offset.value());
      const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
      TM_RETURN_IF_ERROR(Annotate(batch.status(), place));
      TM_RETURN_IF_ERROR(Annotate(batch->VerifyCrc(), place));
      TM_RETURN_IF_ERROR(Annotate(state_.Replay(*batch), name));
      offset = batch->next_offset();
      rest.remove_prefix(batch->bytes().size());
    }
  }
  return absl::OkStatus();
}

absl::Status OffsetsPartition::Look(absl::FunctionRef<void(const OffsetsState&)> look) const {
  MutexLock lock(&mutex_);
  if (status_.ok()) look(state_);
  return status_;
}

absl::StatusOr<Offset> OffsetsPartition::Write(
    absl::Span<const OffsetsRecord> records, Codec codec,
    const absl::optional<TransactionStamp>& transaction) {
  RecordBatchOptions options;
  options.codec = codec;
  if (transaction.has_value()) {
    options.producer_id = transaction->producer_id;
    options.producer_epoch = transaction->producer_epoch;
    options.base_sequence = Sequence(0);  // As Kafka's coordinators, whose batches are not counted.
    options.is_transactional = true;
  }
  MutexLock lock(&mutex_);
  TM_RETURN_IF_ERROR(status_);
  return Append(records, options);
}

absl::StatusOr<OffsetsPartition::Burial> OffsetsPartition::Bury(
    absl::FunctionRef<std::vector<std::string>(const OffsetsState&)> choose) {
  MutexLock lock(&mutex_);
  TM_RETURN_IF_ERROR(status_);
  Burial burial;
  std::vector<OffsetsRecord> tombstones;
  for (std::string& key : choose(state_)) tombstones.push_back({std::move(key), absl::nullopt});
  for (size_t i = 0; i < tombstones.size(); i += kTombstonesPerBatch) {
    const auto batch = absl::MakeConstSpan(tombstones).subspan(i, kTombstonesPerBatch);
    TM_ASSIGN_OR_RETURN(burial.end_offset, Append(batch, RecordBatchOptions()));
    burial.tombstone_count += static_cast<int64_t>(batch.size());
  }
  return burial;
}

absl::StatusOr<Offset> OffsetsPartition::Append(absl::Span<const OffsetsRecord> records,
                                                const RecordBatchOptions& options) {
  const OpenPartition& partition = **partition_;
  AppendOptions append_options;
  TM_ASSIGN_OR_RETURN(append_options.leader_epoch, partition.replicator->LeadingEpoch());
  append_options.is_trusted = true;  // Built right here.
  append_options.origin = AppendOrigin::kCoordinator;
  builder_.Reset(options);
  const Timestamp now(absl::ToUnixMillis(clock_->Now()));
  for (const OffsetsRecord& record : records) {
    Record view;
    view.key = record.key;
    if (record.value.has_value()) view.value = *record.value;
    view.timestamp = now;
    TM_RETURN_IF_ERROR(builder_.Add(view));
  }
  TM_ASSIGN_OR_RETURN(const absl::Span<char> batch, builder_.Finish());
  TM_ASSIGN_OR_RETURN(const AppendResult result, partition.log->Append(batch, append_options));
  partition.replicator->OnAppend(result.last_offset + 1);
  // The log has stamped the bytes with their offsets.
  const absl::StatusOr<RecordBatchView> stamped =
      RecordBatchView::Parse({batch.data(), batch.size()});
  TM_CHECK(stamped.ok() && state_.Replay(*stamped).ok());
  return result.last_offset + 1;
}

void OffsetsPartition::EndTransaction(ProducerId producer_id, bool is_commit) {
  MutexLock lock(&mutex_);
  state_.EndTransaction(producer_id, is_commit);
}

}  // namespace tidemark
