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
  Offset next_offset = batch.base_offset();
  for (RecordView record;;) {
    TM_ASSIGN_OR_RETURN(const bool is_record, reader.Next(&record));
    if (!is_record) break;
    const bool is_in_order =
        options.are_gaps_allowed ? record.offset >= next_offset : record.offset == next_offset;
    if (!is_in_order || record.offset > batch.last_offset()) {
      return absl::DataLossError(absl::StrCat(
          "a record has offset ", record.offset.value(), " where ", next_offset.value(),
          " is the next, in a batch that ends with ", batch.last_offset().value()));
    }
    next_offset = record.offset + 1;
    largest = std::max(largest, record.timestamp);
    if (batch.is_control()) TM_RETURN_IF_ERROR(CheckControlKey(record));
  }
  if (!options.are_gaps_allowed && next_offset != batch.next_offset()) {
    return absl::DataLossError(absl::StrCat("its records end before offset ", next_offset.value(),
                                            ", but its header says that ",
                                            batch.last_offset().value(), " is the last"));
  }
  return CheckMaxTimestamp(batch, largest);
}

}  // namespace tidemark
