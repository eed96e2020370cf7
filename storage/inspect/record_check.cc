#include "storage/inspect/record_check.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/format/control_record.h"

namespace tidemark {

namespace {

absl::Status CheckControlKey(const RecordView& record) {
  if (!record.key.has_value()) return absl::DataLossError("a control record without a key");
  return ControlRecordKey::Parse(*record.key).status();
}

// `largest` is that of the records.
absl::Status CheckMaxTimestamp(const RecordBatchView& batch, Timestamp largest) {
  if (batch.record_count() == 0 || batch.timestamp_type() == TimestampType::kLogAppendTime ||
      largest == batch.max_timestamp()) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat("the largest timestamp of its records is ",
                                          largest.value(), ", but its header says ",
                                          batch.max_timestamp().value()));
}

}  // namespace

absl::Status CheckRecords(const RecordBatchView& batch, const RecordCheckOptions& options) {
  TM_ASSIGN_OR_RETURN(RecordReader reader,
                      RecordReader::Open(batch, options.decompressed_bytes_max));
  Timestamp largest(std::numeric_limits<Timestamp::rep>::min());
  for (RecordView record;;) {
    TM_ASSIGN_OR_RETURN(const bool is_record, reader.Next(&record));
    if (!is_record) break;
    largest = std::max(largest, record.timestamp);
    if (batch.is_control()) TM_RETURN_IF_ERROR(CheckControlKey(record));
  }
  // The reader has seen to it that offsets rise up to the last one: so many leave no gap.
  const int64_t offset_count = int64_t{batch.last_offset_delta()} + 1;
  if (!options.are_gaps_allowed && batch.record_count() != offset_count) {
    return absl::DataLossError(
        absl::StrCat("it has ", batch.record_count(), " records for ", offset_count, " offsets"));
  }
  return CheckMaxTimestamp(batch, largest);
}

}  // namespace tidemark
