#include "api/partitions/coordinator_append.h"

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"

namespace tidemark {

absl::StatusOr<RecordBatchView> AppendAsCoordinator(const OpenPartition& partition,
                                                    absl::Span<const KeyedRecord> records,
                                                    const RecordBatchOptions& options,
                                                    Timestamp now, RecordBatchBuilder* builder) {
  AppendOptions append_options;
  TM_ASSIGN_OR_RETURN(append_options.leader_epoch, partition.replicator->LeadingEpoch());
  append_options.is_trusted = true;  // Built right here.
  append_options.origin = AppendOrigin::kCoordinator;
  builder->Reset(options);
  for (const KeyedRecord& record : records) {
    Record view;
    view.key = record.key;
    if (record.value.has_value()) view.value = *record.value;
    view.timestamp = now;
    TM_RETURN_IF_ERROR(builder->Add(view));
  }
  TM_ASSIGN_OR_RETURN(const absl::Span<char> batch, builder->Finish());
  TM_ASSIGN_OR_RETURN(const AppendResult result, partition.log->Append(batch, append_options));
  partition.replicator->OnAppend(result.last_offset + 1);
  // A log with a codec of its own has stamped a copy.
  StampBatch(result.base_offset, append_options.leader_epoch, batch);
  const absl::StatusOr<RecordBatchView> stamped =
      RecordBatchView::Parse({batch.data(), batch.size()});
  TM_CHECK(stamped.ok());
  return *stamped;
}

absl::StatusOr<Offset> AppendMarker(const OpenPartition& partition, const TransactionEnd& end) {
  AppendOptions options;
  TM_ASSIGN_OR_RETURN(options.leader_epoch, partition.replicator->LeadingEpoch());
  TM_ASSIGN_OR_RETURN(const AppendResult result, partition.log->EndTransaction(end, options));
  partition.replicator->OnAppend(result.last_offset + 1);
  return result.last_offset + 1;
}

absl::Status ReplayCommitted(const OpenPartition& partition,
                             absl::FunctionRef<absl::Status(const RecordBatchView&)> replay) {
  ReplicaLog& log = *partition.log;
  const std::string name = PartitionName(log.topic_partition());
  ReadOptions options;
  options.end_offset = partition.replicator->high_watermark();
  Offset offset = log.offsets().log_start;
  while (offset < *options.end_offset) {
    TM_ASSIGN_OR_RETURN(const LogView view, log.View(offset, options));
    if (view.bytes.empty()) break;
    for (absl::string_view rest = view.bytes; !rest.empty();) {
      const std::string place = absl::StrCat(name, ": the batch at offset ", offset.value());
      const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
      TM_RETURN_IF_ERROR(Annotate(batch.status(), place));
      TM_RETURN_IF_ERROR(Annotate(batch->VerifyCrc(), place));
      TM_RETURN_IF_ERROR(Annotate(replay(*batch), name));
      offset = batch->next_offset();
      rest.remove_prefix(batch->bytes().size());
    }
  }
  return absl::OkStatus();
}

}  // namespace tidemark
