#include "api/consumer/aborted_batches.h"

#include "storage/base/status_macros.h"
#include "storage/format/control_record.h"

namespace tidemark {
namespace {

absl::StatusOr<bool> IsAbortMarker(const RecordBatchView& batch) {
  TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
  RecordView record;
  TM_ASSIGN_OR_RETURN(const bool is_there, reader.Next(&record));
  if (!is_there) return false;  // Compaction has emptied it.
  TM_ASSIGN_OR_RETURN(const ControlRecordKey key, ControlRecordKey::Parse(record.key.value_or("")));
  return key.type == ControlRecordType::kAbort;
}

}  // namespace

absl::StatusOr<bool> AbortedBatches::IsVisible(const RecordBatchView& batch) {
  for (; begun_count_ < transactions_.size() &&
         transactions_[begun_count_].first_offset <= batch.last_offset();
       ++begun_count_) {
    in_aborted_.insert(transactions_[begun_count_].producer_id);
  }
  if (batch.is_control()) {
    if (!in_aborted_.empty()) {
      TM_ASSIGN_OR_RETURN(const bool is_abort, IsAbortMarker(batch));
      if (is_abort) in_aborted_.erase(batch.producer_id());
    }
    return false;
  }
  return !batch.is_transactional() || !in_aborted_.contains(batch.producer_id());
}

}  // namespace tidemark
