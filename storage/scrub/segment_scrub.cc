#include "storage/scrub/segment_scrub.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/segment/damage_search.h"

namespace tidemark {

SegmentScrub::SegmentScrub(std::unique_ptr<File> file, SegmentToScrub segment, EpochCheck* epochs)
    : file_(std::move(file)),
      segment_(std::move(segment)),
      epochs_(epochs),
      scanner_(std::make_unique<BatchScanner>(file_.get(), 0, segment_.size_bytes)) {
  continuity_.next_offset = segment_.base_offset;
  continuity_.gaps_allowed = segment_.gaps_allowed;
}

absl::StatusOr<int64_t> SegmentScrub::Step(int64_t bytes_max) {
  int64_t checked_bytes = 0;
  while (!is_done_ && checked_bytes < bytes_max) {
    const absl::StatusOr<bool> found = scanner_->Next();
    if (!found.ok()) {
      is_done_ = true;
      return found.status();
    }
    if (!*found) {
      TM_ASSIGN_OR_RETURN(const int64_t passed_bytes, CheckEnd());
      checked_bytes += passed_bytes;
    } else if (const absl::Status fits = CheckPlace(scanner_->batch()); !fits.ok()) {
      TM_ASSIGN_OR_RETURN(const int64_t passed_bytes, PassDamage(fits.message()));
      checked_bytes += passed_bytes;
    } else {
      CheckEpoch(scanner_->batch());
      checked_bytes += scanner_->batch().size_bytes();
    }
  }
  return checked_bytes;
}

absl::Status SegmentScrub::CheckPlace(const RecordBatchView& batch) const {
  TM_RETURN_IF_ERROR(batch.VerifyCrc());
  TM_RETURN_IF_ERROR(continuity_.Check(batch));
  if (batch.next_offset() <= segment_.end_offset) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("a batch of the offsets up to ",
                                          batch.last_offset().value(), " in front of a segment ",
                                          "that begins at ", segment_.end_offset.value()));
}

void SegmentScrub::CheckEpoch(const RecordBatchView& batch) {
  const LeaderEpoch before = continuity_.leader_epoch;
  continuity_.Advance(batch);
  const std::string problem = epochs_->Check(batch);
  if (problem.empty()) return;
  // It may be too late, and those behind it right.
  continuity_.leader_epoch = before;
  doubts_.push_back(
      absl::StrCat(segment_.path, " at position ", scanner_->position(), ": ", problem));
}

absl::StatusOr<int64_t> SegmentScrub::CheckEnd() {
  switch (scanner_->stop()) {
    case BatchScanStop::kEnd:
      is_done_ = true;
      if (segment_.gaps_allowed || continuity_.next_offset == segment_.end_offset) return 0;
      return PassDamage("the file ends here");
    case BatchScanStop::kZeroTail:
      return PassDamage("zeros up to the end of the file");
    case BatchScanStop::kTorn:
    case BatchScanStop::kBad:
      return PassDamage(scanner_->reason().message());
  }
  return 0;
}

absl::StatusOr<int64_t> SegmentScrub::PassDamage(absl::string_view reason) {
  DamagePlace place;
  place.position = scanner_->position();
  place.file_bytes = segment_.size_bytes;
  place.continuity = continuity_;
  place.base_offset_max = segment_.end_offset - 1;
  place.end_otherwise = segment_.end_offset;
  absl::StatusOr<DamagedRange> range = MeasureDamage(file_.get(), segment_.path, place, reason);
  if (!range.ok()) {
    is_done_ = true;
    return range.status();
  }
  const int64_t length_bytes = range->length_bytes;
  const int64_t next = place.position + length_bytes;
  continuity_.next_offset = range->end_offset;
  damaged_.push_back(*std::move(range));
  scanner_ = std::make_unique<BatchScanner>(file_.get(), next, segment_.size_bytes);
  is_done_ = next >= segment_.size_bytes;
  return length_bytes;
}

}  // namespace tidemark
