#include "storage/log/log_maintenance.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "storage/base/status_macros.h"
#include "storage/segment/roll_policy.h"

namespace tidemark {

LogMaintenance::LogMaintenance(const Parts& parts, Offset log_start)
    : parts_(parts),
      remover_(parts.directory, parts.environment.open_files, parts.executor, parts.owner),
      front_({.store_log_start = parts.store_log_start,
              .segments = parts.segments,
              .epochs = parts.epochs,
              .syncer = parts.syncer,
              .remover = &remover_},
             log_start),
      replacer_({.environment = parts.environment,
                 .directory = parts.directory,
                 .segments = parts.segments,
                 .syncer = parts.syncer,
                 .writer = parts.writer,
                 .commit = parts.commit,
                 .journal = parts.journal,
                 .remover = &remover_,
                 .high_watermark = parts.high_watermark}) {}

absl::StatusOr<std::vector<SegmentInfo>> LogMaintenance::Segments() const {
  return DescribeSegments(parts_.environment.file_system, *parts_.segments, *parts_.syncer,
                          *parts_.writer);
}

absl::Status LogMaintenance::ReplaceSegments(absl::Span<const SegmentInfo> covered,
                                             int64_t cleaned_bytes) {
  return replacer_.Replace(covered, cleaned_bytes);
}

absl::Status LogMaintenance::RollActive() {
  return RollIf([](const SegmentAppender&) { return true; });
}

void LogMaintenance::ExpireProducers() {
  parts_.writer->ExpireProducers(Timestamp(absl::ToUnixMillis(parts_.clock->Now())));
}

absl::Status LogMaintenance::RollIfDue() {
  const Timestamp now(absl::ToUnixMillis(parts_.clock->Now()));
  return RollIf([&](const SegmentAppender& active) {
    return IsRollDue(active.first_timestamp(), active.jitter(), now, parts_.writer->config());
  });
}

// Only what is rolled can be removed, so a full disk must not keep it from that.
absl::Status LogMaintenance::RollIf(absl::FunctionRef<bool(const SegmentAppender&)> is_due) {
  return parts_.directory->RunEssential([&] { return parts_.writer->RollIf(is_due); });
}

absl::StatusOr<RemovedSegments> LogMaintenance::AdvanceLogStart(Offset offset) {
  const Offset new_start = std::min(offset, parts_.high_watermark());
  TM_RETURN_IF_ERROR(SyncBelow(new_start));
  if (parts_.syncer->first_unfinished() < new_start) {
    // What goes needs no indexes, and for those the disk may be too full.
    parts_.syncer->SkipIndexesBelow(new_start);
    TM_RETURN_IF_ERROR(parts_.commit->SyncOnce());
  }
  RemovedSegments removed;
  TM_RETURN_IF_ERROR(parts_.writer->RunBesideAppends([&]() -> absl::Status {
    const Offset high_watermark = parts_.high_watermark();
    if (offset > high_watermark) {
      return absl::OutOfRangeError(absl::StrCat(
          "offset ", offset.value(), " is above the high watermark ", high_watermark.value()));
    }
    TM_ASSIGN_OR_RETURN(removed, front_.MoveUp(offset, parts_.writer->config().file_delete_delay));
    return absl::OkStatus();
  }));
  return removed;
}

// A log never starts above what is on stable storage: recovery would take the loss of what is below
// for damage.
absl::Status LogMaintenance::SyncBelow(Offset offset) {
  TM_RETURN_IF_ERROR(parts_.commit->Sync(offset));
  return FinishBelow(offset);
}

absl::Status LogMaintenance::FinishBelow(Offset offset) {
  if (parts_.syncer->first_unfinished() >= offset) return absl::OkStatus();
  // As a sync, so that one that fails fences the log, and none after it is taken for success.
  return parts_.commit->SyncOnce();
}

}  // namespace tidemark
