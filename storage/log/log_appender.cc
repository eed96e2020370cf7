#include "storage/log/log_appender.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "storage/base/status_macros.h"
#include "storage/error_code.h"
#include "storage/format/control_record.h"
#include "storage/format/recompression.h"
#include "storage/log/append_validator.h"
#include "storage/log/producer_state.h"
#include "storage/log/timestamp_bounds.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

absl::StatusOr<std::string> Recompress(const RecordBatchView& batch, const LogConfig& config) {
  absl::StatusOr<std::string> bytes =
      RecompressBatch(batch, *config.codec, config.compression_level);
  // A batch that cannot be decompressed is the appender's fault.
  if (absl::IsDataLoss(bytes.status()) || absl::IsResourceExhausted(bytes.status())) {
    return absl::InvalidArgumentError(bytes.status().message());
  }
  return bytes;
}

absl::Status InvalidRecord(absl::string_view what) {
  return WithErrorCode(ErrorCode::kInvalidRecord, absl::InvalidArgumentError(what));
}

// What an appender who is no coordinator must not send.
absl::Status CheckClientBatch(const RecordBatchView& batch) {
  if (batch.is_control()) return InvalidRecord("a control batch, which only a coordinator appends");
  if (batch.producer_id() != kNoProducerId && batch.base_sequence() < Sequence(0)) {
    return InvalidRecord(absl::StrCat("a batch of producer ", batch.producer_id().value(),
                                      " with sequence ", batch.base_sequence().value()));
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::optional<ProducerBatch>> ReadProducer(const RecordBatchView& batch) {
  absl::StatusOr<absl::optional<ProducerBatch>> read = ReadProducerBatch(batch);
  if (!read.ok()) return InvalidRecord(read.status().message());
  return read;
}

}  // namespace

absl::StatusOr<LogWriter::Place> LogAppender::AppendInEpoch(const LogWriter::Batch& batch) {
  while (true) {
    absl::StatusOr<LogWriter::Place> place = writer_->Append(batch);
    if (!absl::IsNotFound(place.status())) return place;
    const Offset begin = batch.stamp.empty() ? batch.view.base_offset() : Offset(0);
    TM_RETURN_IF_ERROR(writer_->BeginEpoch(batch.epoch, begin, [&](Offset start_offset) {
      return epochs_->Assign(batch.epoch, start_offset);
    }));
  }
}

absl::StatusOr<AppendResult> LogAppender::AppendAsLeader(absl::Span<char> batch,
                                                         const AppendOptions& options) {
  const LogConfig& config = writer_->config();
  if (options.leader_epoch < kNoLeaderEpoch) {
    return absl::InvalidArgumentError(
        absl::StrCat("leader epoch ", options.leader_epoch.value(), " is below -1"));
  }
  TM_ASSIGN_OR_RETURN(RecordBatchView view,
                      ValidateLeaderBatch(absl::string_view(batch.data(), batch.size()), config,
                                          options.is_trusted));
  if (options.origin == AppendOrigin::kClient) TM_RETURN_IF_ERROR(CheckClientBatch(view));
  TM_RETURN_IF_ERROR(CheckTimestampBounds(view, config, clock_));
  std::string recompressed;
  if (config.codec.has_value() && *config.codec != view.codec() && !view.is_control()) {
    TM_ASSIGN_OR_RETURN(recompressed, Recompress(view, config));
    batch = absl::MakeSpan(recompressed);
    TM_ASSIGN_OR_RETURN(view, RecordBatchView::Parse(recompressed));
    TM_RETURN_IF_ERROR(CheckBatchSize(view, config));
  }
  AppendResult result;
  if (config.timestamp_type == TimestampType::kLogAppendTime) {
    result.log_append_time = Timestamp(absl::ToUnixMillis(clock_->Now()));
    StampLogAppendTime(result.log_append_time, batch);
  }
  LogWriter::Batch to_append{view, batch, options.leader_epoch, nullptr, options.origin};
  absl::optional<ProducerBatch> producer;
  if (view.producer_id() != kNoProducerId) {
    TM_ASSIGN_OR_RETURN(producer, ReadProducer(view));
    if (producer.has_value()) to_append.producer = &*producer;
  }
  TM_ASSIGN_OR_RETURN(const LogWriter::Place place, AppendInEpoch(to_append));
  result.base_offset = place.base_offset;
  result.last_offset = place.last_offset;
  result.is_duplicate = place.is_duplicate;
  if (place.is_duplicate && result.log_append_time != kNoTimestamp) {
    result.log_append_time = place.timestamp;
  }
  return result;
}

absl::StatusOr<AppendResult> LogAppender::EndTransaction(const TransactionEnd& end,
                                                         const AppendOptions& options) {
  if (end.producer_id < ProducerId(0) || end.producer_epoch < ProducerEpoch(0)) {
    return absl::InvalidArgumentError(absl::StrCat("a marker of producer ", end.producer_id.value(),
                                                   " in epoch ", end.producer_epoch.value()));
  }
  RecordBatchOptions batch_options;
  batch_options.producer_id = end.producer_id;
  batch_options.producer_epoch = end.producer_epoch;
  batch_options.is_transactional = true;
  batch_options.is_control = true;
  RecordBatchBuilder builder(batch_options);
  const auto key =
      ControlRecordKey{0, end.is_commit ? ControlRecordType::kCommit : ControlRecordType::kAbort}
          .Encode();
  const auto value = EndTransactionMarker{0, end.coordinator_epoch}.Encode();
  Record record;
  record.timestamp = Timestamp(absl::ToUnixMillis(clock_->Now()));
  record.key = absl::string_view(key.data(), key.size());
  record.value = absl::string_view(value.data(), value.size());
  TM_RETURN_IF_ERROR(builder.Add(record));
  TM_ASSIGN_OR_RETURN(const absl::Span<char> batch, builder.Finish());
  AppendOptions as_coordinator = options;
  as_coordinator.origin = AppendOrigin::kCoordinator;
  as_coordinator.is_trusted = true;
  return AppendAsLeader(batch, as_coordinator);
}

absl::StatusOr<AppendResult> LogAppender::AppendAsFollower(absl::string_view batches) {
  const LogConfig& config = writer_->config();
  Continuity continuity;
  continuity.next_offset = writer_->log_end();
  continuity.leader_epoch = epochs_->latest_epoch().value_or(kNoLeaderEpoch);
  continuity.gaps_allowed = config.offset_gaps_allowed;
  TM_ASSIGN_OR_RETURN(const auto views, ValidateFollowerBatches(batches, config, continuity));
  AppendResult result;
  result.base_offset = views.front().base_offset();
  for (const RecordBatchView& view : views) {
    LogWriter::Batch batch{view, {}, view.leader_epoch()};
    const absl::StatusOr<absl::optional<ProducerBatch>> producer = ReadProducerBatch(view);
    // What cannot be read concerns nobody: the leader has it in its log.
    if (producer.ok() && producer->has_value()) batch.producer = &**producer;
    TM_RETURN_IF_ERROR(AppendInEpoch(batch).status());
    result.last_offset = view.last_offset();
  }
  return result;
}

}  // namespace tidemark
