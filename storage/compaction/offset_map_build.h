#ifndef TIDEMARK_STORAGE_COMPACTION_OFFSET_MAP_BUILD_H_
#define TIDEMARK_STORAGE_COMPACTION_OFFSET_MAP_BUILD_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/compaction/cleanable_log.h"
#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/key_offset_map.h"
#include "storage/compaction/segment_walk.h"
#include "storage/types.h"

namespace tidemark {

// Fills the emptied map with the keys of the plan's dirty range that are not in aborted
// transactions, from the first dirty offset on, until that range ends or the map is full. Returns
// where it got to: every record below was looked at, and there is at least one if the range is not
// empty. Errors are WalkSegment's, and DATA_LOSS for records that cannot be read.
absl::StatusOr<Offset> BuildOffsetMap(const CleanableLog& log,
                                      absl::Span<const CompactionSegment> segments,
                                      const CompactionPlan& plan, const CleaningLimits& limits,
                                      KeyOffsetMap* map);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_OFFSET_MAP_BUILD_H_
