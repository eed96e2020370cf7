#include "storage/compaction/cleaned_transactions.h"

#include <utility>

#include "absl/strings/string_view.h"
#include "storage/base/status_macros.h"

namespace tidemark {

absl::StatusOr<absl::optional<ControlRecordType>> ReadControlType(const RecordBatchView& batch) {
  TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
  RecordView record;
  TM_ASSIGN_OR_RETURN(const bool has_record, reader.Next(&record));
  if (!has_record) return absl::optional<ControlRecordType>();
  if (!record.key.has_value()) {
    return absl::DataLossError("control batch: its record has no key, which would say what it is");
  }
  TM_ASSIGN_OR_RETURN(const ControlRecordKey key, ControlRecordKey::Parse(*record.key));
  return absl::optional<ControlRecordType>(key.type);
}

void CleanedTransactions::AddAborted(absl::Span<const TransactionIndexEntry> aborted) {
  for (const TransactionIndexEntry& entry : aborted) coming_.emplace(entry.first_offset, entry);
}

void CleanedTransactions::BeginUpTo(Offset offset) {
  while (!coming_.empty() && coming_.begin()->first <= offset) {
    const TransactionIndexEntry& entry = coming_.begin()->second;
    aborted_.try_emplace(entry.producer_id, Aborted{entry});
    coming_.erase(coming_.begin());
  }
}

absl::StatusOr<bool> CleanedTransactions::OnBatch(const RecordBatchView& batch) {
  BeginUpTo(batch.last_offset());
  if (batch.is_control()) {
    TM_ASSIGN_OR_RETURN(const absl::optional<ControlRecordType> type, ReadControlType(batch));
    return OnMarker(type, batch.producer_id());
  }
  if (!batch.is_transactional()) return false;
  const auto aborted = aborted_.find(batch.producer_id());
  if (aborted == aborted_.end()) {
    committed_.insert(batch.producer_id());
    return false;
  }
  aborted->second.has_batches = true;
  return true;
}

bool CleanedTransactions::OnMarker(absl::optional<ControlRecordType> type, ProducerId producer_id) {
  if (!type.has_value()) return true;
  if (*type == ControlRecordType::kCommit) return committed_.erase(producer_id) == 0;
  if (*type != ControlRecordType::kAbort) return false;
  const auto aborted = aborted_.find(producer_id);
  if (aborted == aborted_.end()) return true;
  const bool has_batches = aborted->second.has_batches;
  if (has_batches) kept_.push_back(aborted->second.entry);
  aborted_.erase(aborted);
  return !has_batches;
}

std::vector<TransactionIndexEntry> CleanedTransactions::TakeKept() {
  return std::exchange(kept_, {});
}

}  // namespace tidemark
