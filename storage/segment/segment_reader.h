#ifndef TIDEMARK_STORAGE_SEGMENT_SEGMENT_READER_H_
#define TIDEMARK_STORAGE_SEGMENT_SEGMENT_READER_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/log.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// Whole batches, back to back, within one segment.
struct BatchRange {
  int64_t position = 0;
  int64_t length_bytes = 0;  // 0: nothing here at or above the asked offset (and below the end).
  Offset base_offset;        // Of the first batch.
  Offset next_offset;        // Behind the last batch.
};

// What to read: batches from the one with `offset` on that end below `end`, which is not above
// where the log ended before the segment was asked for.
struct ReadRequest {
  Offset offset;
  Offset end;
  int64_t bytes_max = 0;
  // Without a batch that holds `offset`, begin with the first above it.
  bool gaps_allowed = false;
  // Where the log ended at some time after the segment was pinned: no batch lies across it.
  Offset log_end{std::numeric_limits<int64_t>::max()};
  // Where the next segment begins; absent for the last one.
  absl::optional<Offset> segment_end = absl::nullopt;
};

// Whatever follows returns DATA_LOSS, with file and position, where the bytes are not batches, or
// not the ones that are due. ReadSegment and ViewSegment name the offsets that are lost as well,
// and where good ones go on, remember that, and never return bytes of such a range.

// Where a batch begins.
struct SegmentPlace {
  int64_t position = 0;  // The segment's size where there is no such batch.
  Offset base_offset;    // The batch's; the asked offset where there is none.
};

// The first batch that ends at or above `offset`.
absl::StatusOr<SegmentPlace> LocateBatch(Segment* segment, Offset offset);

// Copies the batches into `out`.
absl::StatusOr<BatchRange> ReadSegment(Segment* segment, const ReadRequest& request,
                                       std::string* out);

// Finds the batches in the segment's region, which is returned in `region`, populated where they
// are.
absl::StatusOr<BatchRange> ViewSegment(Segment* segment, const ReadRequest& request,
                                       std::shared_ptr<MappedRegion>* region);

// The first record in [start_offset, end_offset) with a timestamp of at least `timestamp`.
absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInSegment(Segment* segment,
                                                                         Timestamp timestamp,
                                                                         Offset start_offset,
                                                                         Offset end_offset);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_SEGMENT_READER_H_
