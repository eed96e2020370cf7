#ifndef TIDEMARK_STORAGE_LOG_LOG_READ_H_
#define TIDEMARK_STORAGE_LOG_LOG_READ_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/log.h"
#include "storage/log/segment_list.h"
#include "storage/types.h"

namespace tidemark {

struct ReadScope {
  LogOffsets bounds;
  bool gaps_allowed = false;                // As in ReadRequest.
  absl::FunctionRef<Offset()> log_end_now;  // Where the log ends when it is called.
};

// The three reads. Each returns OUT_OF_RANGE, with both, if `offset` is below the start or above
// the end in the scope's bounds.

// The copying read. `out` gets the batches.
absl::StatusOr<ReadInfo> ReadLog(const SegmentList& segments, Offset offset,
                                 const ReadOptions& options, const ReadScope& scope,
                                 std::string* out);

// The read in place.
absl::StatusOr<LogView> ViewLog(const SegmentList& segments, Offset offset,
                                const ReadOptions& options, const ReadScope& scope);

// The same, in an open file.
absl::StatusOr<LogFileRange> LocateInLog(const SegmentList& segments, Offset offset,
                                         const ReadOptions& options, const ReadScope& scope);

// The first record in [start, end) with a timestamp of at least `timestamp`.
absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInLog(const SegmentList& segments,
                                                                     Timestamp timestamp,
                                                                     Offset start, Offset end);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_READ_H_
