#ifndef TIDEMARK_STORAGE_LOG_SNAPSHOT_POLICY_H_
#define TIDEMARK_STORAGE_LOG_SNAPSHOT_POLICY_H_

#include <vector>

#include "absl/types/span.h"
#include "storage/types.h"

namespace tidemark {

// Which producer snapshots a log keeps, as Kafka does: one where each segment begins, and one at
// the log end after a clean stop. Snapshots are named by their offsets; all lists rise.

// Those to remove when a log is opened: the ones that belong to no segment, but for the last of
// them if it is above all segments, which a clean stop has left.
std::vector<Offset> StraySnapshots(absl::Span<const Offset> snapshots,
                                   absl::Span<const Offset> segment_base_offsets);

// Those to remove when a recovery has replayed the log: all that belong to no segment. Whether they
// say what was replayed is not known.
std::vector<Offset> OtherSnapshots(absl::Span<const Offset> snapshots,
                                   absl::Span<const Offset> segment_base_offsets);

// Those to remove because they say nothing of a log that begins and ends there, or not the truth:
// at or below the log start, above the log end.
std::vector<Offset> SnapshotsOutside(absl::Span<const Offset> snapshots, Offset log_start,
                                     Offset log_end);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_SNAPSHOT_POLICY_H_
