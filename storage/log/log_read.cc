#include "storage/log/log_read.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/segment/segment_reader.h"

namespace tidemark {
namespace {

// Whole batches of one segment and the right to read them. Nothing if the range is empty.
struct LogPlace {
  BatchRange range;
  PinnedSegment at;
  // With kReadCommitted.
  std::vector<AbortedTransaction> aborted;
};

absl::StatusOr<ReadRequest> MakeReadRequest(Offset offset, const ReadOptions& options,
                                            const ReadScope& scope) {
  const LogOffsets& bounds = scope.bounds;
  if (offset < bounds.log_start || offset > bounds.log_end) {
    return absl::OutOfRangeError(
        absl::StrCat("offset ", offset.value(), " is outside of the log, which starts at ",
                     bounds.log_start.value(), " and ends at ", bounds.log_end.value()));
  }
  ReadRequest request;
  request.offset = offset;
  request.end = std::min(options.end_offset.value_or(bounds.log_end), bounds.log_end);
  if (options.isolation == IsolationLevel::kReadCommitted) {
    request.end = std::min(request.end, bounds.last_stable);
  }
  request.bytes_max = options.bytes_max;
  request.gaps_allowed = scope.gaps_allowed;
  return request;
}

// What was aborted in [from, end), as the segments from there on tell.
std::vector<AbortedTransaction> CollectAborted(
    const std::vector<std::shared_ptr<Segment>>& segments, Offset from, Offset end) {
  std::vector<AbortedTransaction> found;
  for (const std::shared_ptr<Segment>& segment : segments) {
    const std::shared_ptr<const TransactionIndex> transactions = segment->transactions();
    if (transactions != nullptr && transactions->Collect(from, end, &found)) break;
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first_offset < b.first_offset; });
  return found;
}

// Completes `place`, unless its segment is not in the log any more: compaction takes what was
// aborted out of batches and indexes, so both must be of the same segments.
bool FindAbortedAt(const SegmentList& segments, Offset offset, LogPlace* place) {
  const std::vector<std::shared_ptr<Segment>> from_there =
      segments.From(place->at.segment->base_offset());
  if (from_there.empty() || from_there.front() != place->at.segment) return false;
  place->aborted = CollectAborted(from_there, offset, place->range.next_offset);
  return true;
}

ReadInfo InfoOf(LogPlace* place, const LogOffsets& bounds) {
  return {place->range.base_offset, place->range.next_offset, bounds, std::move(place->aborted)};
}

// Calls `read` on segment after segment until one has something: the offset may be just behind a
// segment's last batch, or in a gap behind it. Begins again if a truncation or a compaction takes
// the segment away meanwhile.
template <typename ReadFunction>
absl::StatusOr<LogPlace> ReadFirst(const SegmentList& segments, ReadRequest* request,
                                   const ReadOptions& options, const ReadScope& scope,
                                   ReadFunction read) {
  LogPlace nothing;
  nothing.range.base_offset = nothing.range.next_offset = request->offset;
  if (request->offset >= request->end) return nothing;
  PinnedSegment at = segments.Floor(request->offset);
  while (at.segment != nullptr && at.segment->base_offset() < request->end) {
    const PinnedSegment next = segments.Higher(at.segment->base_offset());
    request->segment_end.reset();
    if (next.segment != nullptr) request->segment_end = next.segment->base_offset();
    request->log_end = scope.log_end_now();
    const absl::StatusOr<BatchRange> range = read(at.segment.get());
    if (at.segment->is_retired()) {
      at = segments.Floor(request->offset);
      continue;
    }
    TM_RETURN_IF_ERROR(range.status());
    if (range->length_bytes > 0) {
      LogPlace place{*range, at, {}};
      if (options.isolation != IsolationLevel::kReadCommitted ||
          FindAbortedAt(segments, request->offset, &place)) {
        return place;
      }
      at = segments.Floor(request->offset);
      continue;
    }
    at = segments.Higher(at.segment->base_offset());
  }
  return nothing;
}

}  // namespace

absl::StatusOr<ReadInfo> ReadLog(const SegmentList& segments, Offset offset,
                                 const ReadOptions& options, const ReadScope& scope,
                                 std::string* out) {
  out->clear();
  TM_ASSIGN_OR_RETURN(ReadRequest request, MakeReadRequest(offset, options, scope));
  TM_ASSIGN_OR_RETURN(LogPlace place,
                      ReadFirst(segments, &request, options, scope, [&](Segment* segment) {
                        return ReadSegment(segment, request, out);
                      }));
  // They may be of a segment that was taken away.
  if (place.range.length_bytes == 0) out->clear();
  return InfoOf(&place, scope.bounds);
}

absl::StatusOr<LogView> ViewLog(const SegmentList& segments, Offset offset,
                                const ReadOptions& options, const ReadScope& scope) {
  struct Pin {
    std::shared_ptr<MappedRegion> region;
    std::shared_ptr<const void> segment_pin;
  };
  TM_ASSIGN_OR_RETURN(ReadRequest request, MakeReadRequest(offset, options, scope));
  auto pin = std::make_shared<Pin>();
  TM_ASSIGN_OR_RETURN(LogPlace place,
                      ReadFirst(segments, &request, options, scope, [&](Segment* segment) {
                        return ViewSegment(segment, request, &pin->region);
                      }));
  LogView view;
  view.info = InfoOf(&place, scope.bounds);
  if (place.range.length_bytes == 0) return view;
  pin->segment_pin = std::move(place.at.pin);
  view.bytes = absl::string_view(pin->region->data() + place.range.position,
                                 static_cast<size_t>(place.range.length_bytes));
  view.pin = std::move(pin);
  return view;
}

absl::StatusOr<LogFileRange> LocateInLog(const SegmentList& segments, Offset offset,
                                         const ReadOptions& options, const ReadScope& scope) {
  TM_ASSIGN_OR_RETURN(ReadRequest request, MakeReadRequest(offset, options, scope));
  LogFileRange found;
  std::shared_ptr<MappedRegion> region;
  const auto locate = [&](Segment* segment) -> absl::StatusOr<BatchRange> {
    TM_ASSIGN_OR_RETURN(const BatchRange range, ViewSegment(segment, request, &region));
    // Before it is seen whether the segment was taken away: its path may lead elsewhere then.
    if (range.length_bytes > 0) {
      TM_ASSIGN_OR_RETURN(found.file, segment->OpenLog());
    }
    return range;
  };
  TM_ASSIGN_OR_RETURN(LogPlace place, ReadFirst(segments, &request, options, scope, locate));
  found.info = InfoOf(&place, scope.bounds);
  if (place.range.length_bytes == 0) {
    found.file.reset();
    return found;
  }
  found.position = place.range.position;
  found.length_bytes = place.range.length_bytes;
  found.pin = std::move(place.at.pin);
  return found;
}

absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInLog(const SegmentList& segments,
                                                                     Timestamp timestamp,
                                                                     Offset start, Offset end) {
  const auto first = [&] {
    PinnedSegment found = segments.Floor(start);
    return found.segment != nullptr ? found : segments.Higher(start);
  };
  PinnedSegment at = first();
  while (at.segment != nullptr) {
    absl::StatusOr<absl::optional<TimestampedOffset>> found =
        FindTimestampInSegment(at.segment.get(), timestamp, start, end);
    if (at.segment->is_retired()) {
      at = first();
      continue;
    }
    if (!found.ok() || found->has_value()) return found;
    at = segments.Higher(at.segment->base_offset());
  }
  return absl::optional<TimestampedOffset>();
}

}  // namespace tidemark
