#include "storage/segment/damage_exploration.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/segment/batch_scanner.h"
#include "storage/segment/damage_search.h"
#include "storage/segment/segment_recovery.h"

namespace tidemark {
namespace {

// What is wrong in front of the next batch that ends above `offset`, or with it; empty if nothing.
absl::StatusOr<std::string> WalkTo(Offset offset, BatchScanner* scanner, Continuity* continuity) {
  while (continuity->next_offset <= offset) {
    TM_ASSIGN_OR_RETURN(const bool found, scanner->Next());
    if (!found) {
      if (scanner->stop() == BatchScanStop::kEnd) return std::string("the batches end here");
      if (scanner->stop() == BatchScanStop::kZeroTail) return std::string("zeros");
      return std::string(scanner->reason().message());
    }
    absl::Status fits = scanner->batch().VerifyCrc();
    if (fits.ok()) fits = continuity->Check(scanner->batch());
    if (!fits.ok()) return std::string(fits.message());
    continuity->Advance(scanner->batch());
  }
  return std::string();
}

}  // namespace

absl::Status ExploreDamage(Segment* segment, int64_t size_bytes, const DamageToExplore& damage) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, segment->OpenLog());
  while (!segment->damage().At(damage.offset).has_value()) {
    const SoundStretch stretch =
        segment->damage().StretchOf(damage.offset, segment->base_offset(), size_bytes);
    Continuity continuity{stretch.first_offset, kNoLeaderEpoch, damage.gaps_allowed};
    BatchScanner scanner(file.get(), stretch.begin, stretch.end);
    absl::StatusOr<std::string> reason = WalkTo(damage.offset, &scanner, &continuity);
    if (!reason.ok() && !absl::IsDataLoss(reason.status())) return reason.status();
    // The file is shorter than its batches.
    if (!reason.ok()) reason = std::string(reason.status().message());
    if (reason->empty()) return absl::OkStatus();
    const Offset end = stretch.end_offset.value_or(damage.segment_end.value_or(damage.log_end));
    const DamagePlace place{scanner.position(), stretch.end, continuity, end - 1, end};
    TM_ASSIGN_OR_RETURN(const DamagedRange range,
                        MeasureDamage(file.get(), segment->log_path(), place, *reason));
    const bool is_to_the_end = range.position.value() + range.length_bytes >= size_bytes;
    if (is_to_the_end && !damage.segment_end.has_value()) return absl::OkStatus();
    if (range.end_offset <= range.first_offset) return absl::OkStatus();
    if (!segment->damage().Add(range)) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace tidemark
