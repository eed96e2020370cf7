#include "storage/log/log_read.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

// Calls `read` on segment after segment until one has something: the offset may be just behind a
// segment's last batch, or in a gap behind it. Begins again if a truncation takes the segment away
// meanwhile.
template <typename ReadFunction>
absl::StatusOr<LogPlace> ReadFirst(const SegmentList& segments, const ReadRequest& request,
                                   ReadFunction read) {
  LogPlace nothing;
  nothing.range.base_offset = nothing.range.next_offset = request.offset;
  if (request.offset >= request.end) return nothing;
  PinnedSegment at = segments.Floor(request.offset);
  while (at.segment != nullptr && at.segment->base_offset() < request.end) {
    const absl::StatusOr<BatchRange> range = read(at.segment.get());
    if (at.segment->is_retired()) {
      at = segments.Floor(request.offset);
      continue;
    }
    TM_RETURN_IF_ERROR(range.status());
    if (range->length_bytes > 0) return LogPlace{*range, std::move(at)};
    at = segments.Higher(at.segment->base_offset());
  }
  return nothing;
}

}  // namespace

absl::StatusOr<ReadRequest> MakeReadRequest(Offset offset, const ReadOptions& options,
                                            const LogOffsets& bounds, bool gaps_allowed) {
  if (offset < bounds.log_start || offset > bounds.log_end) {
    return absl::OutOfRangeError(
        absl::StrCat("offset ", offset.value(), " is outside of the log, which starts at ",
                     bounds.log_start.value(), " and ends at ", bounds.log_end.value()));
  }
  const Offset end = std::min(options.end_offset.value_or(bounds.log_end), bounds.log_end);
  return ReadRequest{offset, end, options.bytes_max, gaps_allowed};
}

absl::StatusOr<LogPlace> ReadLog(const SegmentList& segments, const ReadRequest& request,
                                 std::string* out) {
  absl::StatusOr<LogPlace> place = ReadFirst(
      segments, request, [&](Segment* segment) { return ReadSegment(segment, request, out); });
  // They may be of a segment that was taken away.
  if (place.ok() && place->range.length_bytes == 0) out->clear();
  return place;
}

absl::StatusOr<LogPlace> ViewLog(const SegmentList& segments, const ReadRequest& request,
                                 std::shared_ptr<MappedRegion>* region) {
  return ReadFirst(segments, request,
                   [&](Segment* segment) { return ViewSegment(segment, request, region); });
}

absl::StatusOr<LogPlace> LocateInLog(const SegmentList& segments, const ReadRequest& request,
                                     std::shared_ptr<File>* file) {
  std::shared_ptr<MappedRegion> region;
  absl::StatusOr<LogPlace> place =
      ReadFirst(segments, request, [&](Segment* segment) -> absl::StatusOr<BatchRange> {
        TM_ASSIGN_OR_RETURN(const BatchRange range, ViewSegment(segment, request, &region));
        // Before it is seen whether the segment was taken away: its path may lead elsewhere then.
        if (range.length_bytes > 0) {
          TM_ASSIGN_OR_RETURN(*file, segment->OpenLog());
        }
        return range;
      });
  if (place.ok() && place->range.length_bytes == 0) file->reset();
  return place;
}

absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInLog(const SegmentList& segments,
                                                                     Timestamp timestamp,
                                                                     Offset start, Offset end) {
  PinnedSegment at = segments.Floor(start);
  while (at.segment != nullptr) {
    absl::StatusOr<absl::optional<TimestampedOffset>> found =
        FindTimestampInSegment(at.segment.get(), timestamp, start, end);
    if (at.segment->is_retired()) {
      at = segments.Floor(start);
      continue;
    }
    if (!found.ok() || found->has_value()) return found;
    at = segments.Higher(at.segment->base_offset());
  }
  return absl::optional<TimestampedOffset>();
}

}  // namespace tidemark
