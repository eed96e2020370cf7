#ifndef TIDEMARK_STORAGE_LOG_LOG_READ_H_
#define TIDEMARK_STORAGE_LOG_LOG_READ_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/log.h"
#include "storage/log/segment_list.h"
#include "storage/segment/segment_reader.h"
#include "storage/types.h"

namespace tidemark {

// What to read: batches from the one with `offset` on that end below `end`.
struct ReadRequest {
  Offset offset;
  Offset end;
  int64_t bytes_max = 0;
};

// Whole batches of one segment and the right to read them. Nothing if the range is empty.
struct LogPlace {
  BatchRange range;
  PinnedSegment at;
};

// The copying read. `out` gets the batches.
absl::StatusOr<LogPlace> ReadLog(const SegmentList& segments, const ReadRequest& request,
                                 std::string* out);

// The read in place. `region` holds the batches.
absl::StatusOr<LogPlace> ViewLog(const SegmentList& segments, const ReadRequest& request,
                                 std::shared_ptr<MappedRegion>* region);

// The first record in [start, end) with a timestamp of at least `timestamp`.
absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInLog(const SegmentList& segments,
                                                                     Timestamp timestamp,
                                                                     Offset start, Offset end);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_READ_H_
