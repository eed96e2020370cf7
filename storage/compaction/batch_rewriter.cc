#include "storage/compaction/batch_rewriter.h"

#include <cstddef>
#include <utility>

#include "absl/types/span.h"
#include "storage/base/bytes.h"
#include "storage/base/status_macros.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

void SumAgain(absl::Span<char> batch) {
  const absl::string_view summed(batch.data() + layout::kAttributes,
                                 batch.size() - layout::kAttributes);
  StoreBigEndian(Crc32c(summed), batch.data() + layout::kCrc);
}

// A header that still says where the batch ended, and with which sequence of which producer.
std::string EmptyBatch(const RecordBatchView& batch) {
  std::string empty(batch.bytes().substr(0, layout::kHeaderBytes));
  const auto attributes =
      static_cast<int16_t>(batch.attributes() & (layout::kLogAppendTimeBit |
                                                 layout::kTransactionalBit | layout::kControlBit));
  StoreBigEndian(layout::kBatchLengthMin, empty.data() + layout::kBatchLength);
  StoreBigEndian(attributes, empty.data() + layout::kAttributes);
  StoreBigEndian(kNoTimestamp.value(), empty.data() + layout::kBaseTimestamp);
  StoreBigEndian(int32_t{0}, empty.data() + layout::kRecordCount);
  SumAgain(absl::MakeSpan(empty));
  return empty;
}

RecordBatchOptions OptionsOf(const RecordBatchView& batch, absl::optional<Timestamp> horizon,
                             Codec codec) {
  RecordBatchOptions options;
  options.codec = codec;
  options.timestamp_type = batch.timestamp_type();
  options.producer_id = batch.producer_id();
  options.producer_epoch = batch.producer_epoch();
  options.base_sequence = batch.base_sequence();
  options.is_transactional = batch.is_transactional();
  options.is_control = batch.is_control();
  options.delete_horizon = horizon;
  options.base_offset = batch.base_offset();
  options.leader_epoch = batch.leader_epoch();
  return options;
}

}  // namespace

absl::StatusOr<RecordReader> OpenRecords(const RecordBatchView& batch) {
  absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
  if (absl::IsResourceExhausted(reader.status())) {
    return absl::DataLossError(reader.status().message());
  }
  return reader;
}

absl::Status BatchRewriter::Look(const RecordBatchView& batch, Keeps keeps, Survey* survey) {
  TM_ASSIGN_OR_RETURN(RecordReader reader, OpenRecords(batch));
  records_.resize(kRecordsAtOnceMax);
  for (bool has_record = true; has_record;) {
    size_t count = 0;
    for (; count < records_.size(); ++count) {
      TM_ASSIGN_OR_RETURN(has_record, reader.Next(&records_[count]));
      if (!has_record) break;
    }
    bool kept[kRecordsAtOnceMax] = {};
    keeps(absl::MakeConstSpan(records_).first(count), absl::MakeSpan(kept, count));
    for (size_t i = 0; i < count; ++i) {
      survey->kept.push_back(kept[i]);
      if (!kept[i]) continue;
      ++survey->kept_count;
      if (!records_[i].value.has_value()) survey->has_tombstones = true;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<RewrittenBatch> BatchRewriter::Rewrite(const RecordBatchView& batch,
                                                      const BatchDecision& decision, Keeps keeps) {
  Survey survey;
  if (!decision.drops_records) {
    TM_RETURN_IF_ERROR(Look(batch, keeps, &survey));
  }
  if (survey.kept_count == 0) {
    if (!decision.keeps_empty) return RewrittenBatch{};
    empty_batch_ = EmptyBatch(batch);
    return RewrittenBatch{empty_batch_, 0};
  }
  const bool needs_horizon = NeedsDeleteHorizon(batch, decision, survey.has_tombstones);
  const bool changes =
      needs_horizon || survey.kept_count != static_cast<int64_t>(survey.kept.size());
  const absl::optional<Timestamp> horizon =
      needs_horizon ? absl::optional<Timestamp>(delete_horizon_) : batch.delete_horizon();
  const bool changes_codec = codec_.has_value() && *codec_ != batch.codec() && !batch.is_control();
  if (changes_codec) {
    TM_ASSIGN_OR_RETURN(const absl::string_view bytes, Build(batch, survey, horizon, *codec_));
    if (bytes.size() <= batch.bytes().size()) return RewrittenBatch{bytes, survey.kept_count};
  }
  if (!changes) return RewrittenBatch{batch.bytes(), survey.kept_count};
  TM_ASSIGN_OR_RETURN(const absl::string_view bytes, Build(batch, survey, horizon, batch.codec()));
  return RewrittenBatch{bytes, survey.kept_count};
}

absl::StatusOr<absl::string_view> BatchRewriter::Build(const RecordBatchView& batch,
                                                       const Survey& survey,
                                                       absl::optional<Timestamp> horizon,
                                                       Codec codec) {
  RecordBatchOptions options = OptionsOf(batch, horizon, codec);
  if (codec_ == codec) options.compression_level = level_;
  builder_.Reset(options);
  TM_ASSIGN_OR_RETURN(RecordReader reader, OpenRecords(batch));
  int32_t last_delta = 0;
  for (const bool is_kept : survey.kept) {
    RecordView record;
    TM_RETURN_IF_ERROR(reader.Next(&record).status());
    if (!is_kept) continue;
    TM_RETURN_IF_ERROR(AddRecord(batch, record));
    last_delta = static_cast<int32_t>(record.offset - batch.base_offset());
  }
  TM_ASSIGN_OR_RETURN(const absl::Span<char> bytes, builder_.Finish());
  if (last_delta != batch.last_offset_delta()) {
    StoreBigEndian(batch.last_offset_delta(), bytes.data() + layout::kLastOffsetDelta);
    SumAgain(bytes);
  }
  return absl::string_view(bytes.data(), bytes.size());
}

absl::Status BatchRewriter::AddRecord(const RecordBatchView& batch, const RecordView& record) {
  headers_.clear();
  record.headers.ForEach([this](const RecordHeader& header) { headers_.push_back(header); });
  Record added;
  added.key = record.key;
  added.value = record.value;
  added.headers = headers_;
  added.timestamp = record.timestamp;
  return builder_.AddAt(static_cast<int32_t>(record.offset - batch.base_offset()), added);
}

}  // namespace tidemark
