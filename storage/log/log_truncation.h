#ifndef TIDEMARK_STORAGE_LOG_LOG_TRUNCATION_H_
#define TIDEMARK_STORAGE_LOG_LOG_TRUNCATION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/index/segment_index.h"
#include "storage/log/segment_list.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// Where a log is to be cut: in front of the first batch that ends at or above an offset.
struct CutPoint {
  std::shared_ptr<Segment> segment;
  int64_t position = 0;
  Offset log_end;  // What the log ends at when it is cut there.
};

// DATA_LOSS if the batches cannot be followed to there.
absl::StatusOr<CutPoint> FindCutPoint(const SegmentList& segments, Offset offset);

// The segment that is left of the cut one, and its index.
struct CutSegment {
  std::shared_ptr<Segment> segment;
  std::shared_ptr<SegmentIndex> index;
  Timestamp first_timestamp = kNoTimestamp;
};

// Removes the segments behind the cut, from the end, then cuts: in place, or, if somebody reads the
// segment, by putting a copy of what is left in its place. On stable storage on return but for the
// names (sync the directory). After an error or a crash in between a longer prefix is left. Nothing
// else may change the list or the files meanwhile.
absl::StatusOr<CutSegment> CutSegments(const SegmentEnvironment& environment,
                                       const std::string& directory, int64_t index_interval_bytes,
                                       const CutPoint& cut, SegmentList* segments);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_TRUNCATION_H_
