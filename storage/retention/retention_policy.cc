#include "storage/retention/retention_policy.h"

#include <algorithm>
#include <cstddef>

#include "storage/base/check.h"

namespace tidemark {
namespace {

class Decision {
 public:
  Decision(absl::Span<const RetentionSegment> segments, const RetentionBounds& bounds)
      : segments_(segments), bounds_(bounds) {
    decision_.log_start = bounds.log_start;
  }

  void MoveStartTo(Offset offset) {
    offset = std::min(offset, bounds_.high_watermark);
    if (offset <= decision_.log_start) return;
    decision_.log_start = offset;
    decision_.reason = RetentionReason::kConsumed;
  }

  // Takes the oldest segments that are left, up to the first that `may_go` keeps.
  template <typename MayGo>
  void TakeWhile(RetentionReason reason, MayGo may_go) {
    while (taken_ < segments_.size()) {
      const RetentionSegment& segment = segments_[taken_];
      const bool is_last = taken_ + 1 == segments_.size();
      if (segment.end_offset > bounds_.high_watermark || (is_last && segment.size_bytes == 0) ||
          !may_go(segment, is_last)) {
        return;
      }
      ++taken_;
      decision_.takes_last_segment = is_last;
      decision_.log_start = std::max(decision_.log_start, segment.end_offset);
      if (reason != RetentionReason::kLogStart || decision_.reason == RetentionReason::kNone) {
        decision_.reason = reason;
      }
    }
  }

  absl::Span<const RetentionSegment> left() const { return segments_.subspan(taken_); }
  const RetentionDecision& result() const { return decision_; }

 private:
  const absl::Span<const RetentionSegment> segments_;
  const RetentionBounds& bounds_;
  size_t taken_ = 0;
  RetentionDecision decision_;
};

int64_t TotalBytes(absl::Span<const RetentionSegment> segments) {
  int64_t total = 0;
  for (const RetentionSegment& segment : segments) total += segment.size_bytes;
  return total;
}

}  // namespace

RetentionDecision DecideRetention(absl::Span<const RetentionSegment> segments,
                                  const RetentionConfig& config, const RetentionBounds& bounds) {
  TM_CHECK(!segments.empty());
  Decision decision(segments, bounds);
  if (bounds.consumed.has_value()) decision.MoveStartTo(*bounds.consumed);
  const Offset log_start = decision.result().log_start;
  decision.TakeWhile(RetentionReason::kLogStart,
                     [&](const RetentionSegment& segment, bool is_last) {
                       return !is_last && segment.end_offset <= log_start;
                     });
  if (!config.deletes_old_segments) return decision.result();
  if (config.bytes_max >= 0) {
    int64_t excess_bytes = TotalBytes(decision.left()) - config.bytes_max;
    decision.TakeWhile(RetentionReason::kSize, [&](const RetentionSegment& segment, bool) {
      excess_bytes -= segment.size_bytes;
      return excess_bytes >= 0;
    });
  }
  if (config.age_max != absl::InfiniteDuration()) {
    decision.TakeWhile(RetentionReason::kTime, [&](const RetentionSegment& segment, bool) {
      return bounds.now - segment.newest > config.age_max;
    });
  }
  return decision.result();
}

}  // namespace tidemark
