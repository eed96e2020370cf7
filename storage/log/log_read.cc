#include "storage/log/log_read.h"

#include <utility>

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
