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

// Whole batches of one segment and the right to read them. Nothing if the range is empty.
struct LogPlace {
  BatchRange range;
  PinnedSegment at;
};

// OUT_OF_RANGE, with both, if `offset` is below the start or above the end in `bounds`.
absl::StatusOr<ReadRequest> MakeReadRequest(Offset offset, const ReadOptions& options,
                                            const LogOffsets& bounds, bool gaps_allowed);

// The copying read. `out` gets the batches.
absl::StatusOr<LogPlace> ReadLog(const SegmentList& segments, const ReadRequest& request,
                                 std::string* out);

// The read in place. `region` holds the batches.
absl::StatusOr<LogPlace> ViewLog(const SegmentList& segments, const ReadRequest& request,
                                 std::shared_ptr<MappedRegion>* region);

// The same, in an open file: `file` holds the batches.
absl::StatusOr<LogPlace> LocateInLog(const SegmentList& segments, const ReadRequest& request,
                                     std::shared_ptr<File>* file);

// The first record in [start, end) with a timestamp of at least `timestamp`.
absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInLog(const SegmentList& segments,
                                                                     Timestamp timestamp,
                                                                     Offset start, Offset end);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_READ_H_
