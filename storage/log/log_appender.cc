#include "storage/log/log_appender.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "storage/base/status_macros.h"
#include "storage/format/recompression.h"
#include "storage/log/append_validator.h"

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

}  // namespace

absl::StatusOr<Offset> LogAppender::AppendInEpoch(const RecordBatchView& batch,
                                                  absl::Span<char> stamp, LeaderEpoch epoch) {
  while (true) {
    absl::StatusOr<Offset> base_offset = writer_->Append(batch, stamp, epoch);
    if (!absl::IsNotFound(base_offset.status())) return base_offset;
    const Offset begin = stamp.empty() ? batch.base_offset() : Offset(0);
    TM_RETURN_IF_ERROR(writer_->BeginEpoch(
        epoch, begin, [&](Offset start_offset) { return epochs_->Assign(epoch, start_offset); }));
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
  TM_RETURN_IF_ERROR(timestamp_bounds_.Check(view, config));
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
  TM_ASSIGN_OR_RETURN(result.base_offset, AppendInEpoch(view, batch, options.leader_epoch));
  result.last_offset = result.base_offset + view.last_offset_delta();
  return result;
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
    TM_RETURN_IF_ERROR(AppendInEpoch(view, {}, view.leader_epoch()).status());
    result.last_offset = view.last_offset();
  }
  return result;
}

}  // namespace tidemark
