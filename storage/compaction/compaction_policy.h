#ifndef TIDEMARK_STORAGE_COMPACTION_COMPACTION_POLICY_H_
#define TIDEMARK_STORAGE_COMPACTION_COMPACTION_POLICY_H_

// What to clean, and when: Kafka's rules, of plain values.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/compaction/compaction_config.h"
#include "storage/types.h"

namespace tidemark {

// A segment as compaction sees it.
struct CompactionSegment {
  uint64_t id = 0;  // Tells it from another that begins at the same offset later.
  Offset base_offset;
  int64_t size_bytes = 0;
  int64_t offset_index_bytes = 0;
  int64_t time_index_bytes = 0;
  // Of its records; when it was modified last, where they have none.
  Timestamp largest_timestamp = kNoTimestamp;
  // The largest of its first batch; kNoTimestamp where that is unknown or nobody asks (lag_max).
  Timestamp first_timestamp = kNoTimestamp;
};

// A log as compaction sees it. `segments` rise; the last one is active.
struct CompactionInput {
  Offset log_start;
  Offset last_stable;  // Not above the high watermark.
  Offset log_end;
  // From the cleaner's checkpoint: everything below has been cleaned.
  absl::optional<Offset> checkpoint;
  absl::Span<const CompactionSegment> segments;
};

struct CompactionPlan {
  Offset first_dirty;        // Everything below has been cleaned.
  Offset first_uncleanable;  // Where a segment begins; from here on nothing is touched.
  int64_t clean_bytes = 0;
  int64_t cleanable_bytes = 0;
  double dirty_ratio = 0;  // Cleanable by cleanable and clean; 0 where there is nothing.
  // By how much lag_max has passed for the oldest dirty segment.
  absl::Duration overdue = absl::ZeroDuration();
  // The checkpoint was outside of the log, and is not to be believed again.
  bool is_checkpoint_invalid = false;
};

// Cleaning stops in front of the active segment, of the segment with the first record that is not
// stable (so below the high watermark), and of the first dirty one that is too young.
CompactionPlan PlanCompaction(const CompactionInput& input, const CompactionConfig& config,
                              Timestamp now);

// Whether there is anything to clean, and enough of it or for long enough.
bool IsDue(const CompactionPlan& plan, const CompactionConfig& config);

struct CompactionCandidate {
  CompactionPlan plan;
  const CompactionConfig* config = nullptr;
};

// The index of the one that is due and has the largest dirty ratio; the first of equals.
absl::optional<size_t> PickDirtiest(absl::Span<const CompactionCandidate> candidates);

// Splits the segments that begin below `end`, in order, into groups that become one segment each:
// no larger than segment.bytes, no index larger than segment.index.bytes, all offsets within 31
// bits of the first, unless one segment alone is beyond that. `first_uncleanable` bounds the last
// segment's offsets.
std::vector<absl::Span<const CompactionSegment>> GroupSegments(
    absl::Span<const CompactionSegment> segments, Offset end, Offset first_uncleanable,
    const CompactionConfig& config);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_COMPACTION_POLICY_H_
