#include "storage/log/log_read.h"

#include <utility>

#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

// Calls `read` on segment after segment until one has something: the offset may be just behind a
// segment's last batch, or in a gap behind it.
template <typename ReadFunction>
absl::StatusOr<LogPlace> ReadFirst(const SegmentList& segments, const ReadRequest& request,
                                   ReadFunction read) {
  LogPlace place;
  place.range.base_offset = place.range.next_offset = request.offset;
  if (request.offset >= request.end) return place;
  for (PinnedSegment at = segments.Floor(request.offset);
       at.segment != nullptr && at.segment->base_offset() < request.end;
       at = segments.Higher(at.segment->base_offset())) {
    TM_ASSIGN_OR_RETURN(const BatchRange range, read(at.segment.get()));
    if (range.length_bytes == 0) continue;
    return LogPlace{range, std::move(at)};
  }
  return place;
}

}  // namespace

absl::StatusOr<LogPlace> ReadLog(const SegmentList& segments, const ReadRequest& request,
                                 std::string* out) {
  return ReadFirst(segments, request, [&](Segment* segment) {
    return ReadSegment(segment, request.offset, request.bytes_max, request.end, out);
  });
}

absl::StatusOr<LogPlace> ViewLog(const SegmentList& segments, const ReadRequest& request,
                                 std::shared_ptr<MappedRegion>* region) {
  return ReadFirst(segments, request, [&](Segment* segment) {
    return ViewSegment(segment, request.offset, request.bytes_max, request.end, region);
  });
}

absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInLog(const SegmentList& segments,
                                                                     Timestamp timestamp,
                                                                     Offset start, Offset end) {
  for (PinnedSegment at = segments.Floor(start); at.segment != nullptr;
       at = segments.Higher(at.segment->base_offset())) {
    TM_ASSIGN_OR_RETURN(const absl::optional<TimestampedOffset> found,
                        FindTimestampInSegment(at.segment.get(), timestamp, start, end));
    if (found.has_value()) return found;
  }
  return absl::optional<TimestampedOffset>();
}

}  // namespace tidemark
