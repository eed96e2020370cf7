#include "storage/log/damage_recovery.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/segment/batch_scanner.h"
#include "storage/segment/damage_search.h"

namespace tidemark {

namespace {

bool LeavesOutSettled(const SettledLog& log, const Continuity& continuity,
                      const RecordBatchView& batch) {
  return continuity.next_offset < log.recovery_point && batch.base_offset() >= log.recovery_point;
}

// Whether the batch at `position`, which CheckSettled refuses, begins where it says all the same.
absl::StatusOr<bool> BelieveGap(File* file, int64_t file_bytes, int64_t position,
                                const SettledLog& log, const Continuity& continuity) {
  if (!continuity.gaps_allowed) return false;
  BatchScanner scanner(file, position, file_bytes);
  TM_ASSIGN_OR_RETURN(const bool is_batch, scanner.Next());
  if (!is_batch || !scanner.batch().VerifyCrc().ok() ||
      !LeavesOutSettled(log, continuity, scanner.batch())) {
    return false;
  }
  const Offset end = scanner.batch().next_offset();
  TM_ASSIGN_OR_RETURN(const bool is_followed, scanner.Next());
  if (!is_followed) return !log.next_segment.has_value() || *log.next_segment >= end;
  const Offset next = scanner.batch().base_offset();
  return next >= end || next <= continuity.next_offset;
}

}  // namespace

absl::Status CheckSettled(const SettledLog& log, const Continuity& continuity,
                          const RecordBatchView& batch) {
  if (log.is_gap_believed || !LeavesOutSettled(log, continuity, batch)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("a batch with base offset ", batch.base_offset().value(),
                                          " where ", continuity.next_offset.value(),
                                          " or more should follow, below the recovery point ",
                                          log.recovery_point.value()));
}

absl::StatusOr<int64_t> PassDamage(File* file, int64_t file_bytes, int64_t position,
                                   absl::string_view reason, SettledLog* log, Segment* segment,
                                   Continuity* continuity, LogRecoveryReport* report) {
  if (!log->is_gap_believed) {
    TM_ASSIGN_OR_RETURN(log->is_gap_believed,
                        BelieveGap(file, file_bytes, position, *log, *continuity));
    if (log->is_gap_believed) return position;
  }
  DamagePlace place;
  place.position = position;
  place.file_bytes = file_bytes;
  place.continuity = *continuity;
  place.base_offset_max = log->recovery_point;
  place.end_otherwise = log->recovery_point;
  // Where gaps are allowed, a segment was synced before the next one began.
  if (log->next_segment.has_value() &&
      (*log->next_segment <= log->recovery_point || continuity->gaps_allowed)) {
    place.base_offset_max = *log->next_segment - 1;
    place.end_otherwise = *log->next_segment;
  }
  TM_ASSIGN_OR_RETURN(const DamagedRange range,
                      MeasureDamage(file, segment->log_path(), place, reason));
  segment->damage().Add(range);
  report->notes.emplace_back(DamageError(range).message());
  report->damaged.push_back(range);
  continuity->next_offset = range.end_offset;
  return position + range.length_bytes;
}

absl::Status CheckNothingIsMissing(const Segment& segment, const Segment* next,
                                   const Continuity& continuity, Offset recovery_point,
                                   LogRecoveryReport* report) {
  if (continuity.next_offset >= recovery_point) return absl::OkStatus();
  const std::string what =
      absl::StrCat(segment.log_path(), ": ends at offset ", continuity.next_offset.value(),
                   ", but everything below ", recovery_point.value(), " was on stable storage");
  if (next != nullptr) {
    return absl::DataLossError(absl::StrCat(
        what, ", and ", next->log_path(),
        " does not continue it. Restore what is missing, or move the partition's directory away"));
  }
  report->notes.push_back(absl::StrCat(what, "; what is missing is not in this directory"));
  return absl::OkStatus();
}

}  // namespace tidemark
