#include "storage/inspect/transaction_marker.h"

#include "storage/format/control_record.h"

namespace tidemark {

absl::optional<TransactionMarker> ReadTransactionMarker(const RecordBatchView& batch) {
  if (!batch.is_control()) return absl::nullopt;
  absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
  if (!reader.ok()) return absl::nullopt;
  RecordView record;
  const absl::StatusOr<bool> is_record = reader->Next(&record);
  if (!is_record.ok() || !*is_record || !record.key.has_value()) return absl::nullopt;
  const absl::StatusOr<ControlRecordKey> key = ControlRecordKey::Parse(*record.key);
  if (!key.ok()) return absl::nullopt;
  if (key->type != ControlRecordType::kCommit && key->type != ControlRecordType::kAbort) {
    return absl::nullopt;
  }
  TransactionMarker marker;
  marker.is_commit = key->type == ControlRecordType::kCommit;
  const absl::StatusOr<EndTransactionMarker> value =
      EndTransactionMarker::Parse(record.value.value_or(absl::string_view()));
  if (value.ok()) marker.coordinator_epoch = value->coordinator_epoch;
  return marker;
}

}  // namespace tidemark
