#include "storage/log/log_appender.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "storage/base/status_macros.h"
#include "storage/log/append_validator.h"

namespace tidemark {

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
  TM_ASSIGN_OR_RETURN(const RecordBatchView view,
                      ValidateLeaderBatch(absl::string_view(batch.data(), batch.size()), config,
                                          options.is_trusted));
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
