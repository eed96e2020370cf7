#include "storage/log/append_validator.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/error_code.h"

namespace tidemark {
namespace {

absl::Status Invalid(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::Status CheckSegmentSize(const RecordBatchView& batch, const LogConfig& config) {
  if (batch.size_bytes() <= config.segment_bytes_max) return absl::OkStatus();
  return Invalid(absl::StrCat("a batch of ", batch.size_bytes(),
                              " bytes does not fit in a segment; "
                              "segment.bytes is ",
                              config.segment_bytes_max));
}

// The log looks for times by the header's largest one.
absl::Status CheckMaxTimestamp(const RecordBatchView& batch, Timestamp found) {
  if (batch.max_timestamp() == found) return absl::OkStatus();
  return Invalid(absl::StrCat("the batch says that its largest timestamp is ",
                              batch.max_timestamp().value(), ", but that of its records is ",
                              found.value()));
}

absl::Status CheckRecords(const RecordBatchView& batch, const LogConfig& config) {
  absl::StatusOr<RecordReader> records = RecordReader::Open(batch);
  if (!records.ok()) return Invalid(records.status().message());
  RecordView record;
  Timestamp max_timestamp = kNoTimestamp;
  for (Offset expected = batch.base_offset();; ++expected) {
    const absl::StatusOr<bool> more = records->Next(&record);
    if (!more.ok()) return Invalid(more.status().message());
    if (!*more) break;
    if (record.offset != expected) {
      return Invalid(absl::StrCat("a record has offset delta ", record.offset - batch.base_offset(),
                                  " where ", expected - batch.base_offset(), " is due"));
    }
    if (config.keys_required && !record.key.has_value()) {
      return WithErrorCode(
          ErrorCode::kInvalidRecord,
          Invalid(absl::StrCat("the record at offset delta ", record.offset - batch.base_offset(),
                               " has no key, which a compacted topic needs")));
    }
    max_timestamp = std::max(max_timestamp, record.timestamp);
  }
  // It is not kept where the log sets times.
  const bool is_kept = config.timestamp_type == TimestampType::kCreateTime;
  return is_kept ? CheckMaxTimestamp(batch, max_timestamp) : absl::OkStatus();
}

}  // namespace

absl::Status CheckBatchSize(const RecordBatchView& batch, const LogConfig& config) {
  if (batch.size_bytes() > config.batch_bytes_max) {
    return Invalid(absl::StrCat("a batch of ", batch.size_bytes(),
                                " bytes is above the limit: max.message.bytes is ",
                                config.batch_bytes_max));
  }
  return CheckSegmentSize(batch, config);
}

absl::StatusOr<RecordBatchView> ValidateLeaderBatch(absl::string_view bytes,
                                                    const LogConfig& config, bool is_trusted) {
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  if (!batch.ok()) return Invalid(batch.status().message());
  if (batch->bytes().size() != bytes.size()) {
    return Invalid(absl::StrCat("one batch of ", batch->size_bytes(), " bytes was expected, but ",
                                bytes.size(), " bytes came"));
  }
  TM_RETURN_IF_ERROR(CheckBatchSize(*batch, config));
  if (batch->record_count() != int64_t{batch->last_offset_delta()} + 1) {
    return Invalid(absl::StrCat("a batch with ", batch->record_count(),
                                " records and last offset delta ", batch->last_offset_delta(),
                                " has gaps, which a leader does not take"));
  }
  if (!is_trusted) {
    const absl::Status crc = batch->VerifyCrc();
    if (!crc.ok()) return Invalid(crc.message());
  }
  if (!is_trusted || config.keys_required) TM_RETURN_IF_ERROR(CheckRecords(*batch, config));
  return batch;
}

absl::StatusOr<std::vector<RecordBatchView>> ValidateFollowerBatches(absl::string_view bytes,
                                                                     const LogConfig& config,
                                                                     Continuity continuity) {
  std::vector<RecordBatchView> batches;
  while (!bytes.empty()) {
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
    absl::Status status = batch.status();
    if (status.ok()) status = batch->VerifyCrc();
    if (status.ok()) status = continuity.Check(*batch);
    if (!status.ok()) {
      return Invalid(
          absl::StrCat("batch ", batches.size(), " of those replicated: ", status.message()));
    }
    TM_RETURN_IF_ERROR(CheckSegmentSize(*batch, config));
    continuity.Advance(*batch);
    batches.push_back(*batch);
    bytes.remove_prefix(batch->bytes().size());
  }
  if (batches.empty()) return Invalid("no batch to append");
  return batches;
}

}  // namespace tidemark
