#ifndef TIDEMARK_STORAGE_RETENTION_RETENTION_POLICY_H_
#define TIDEMARK_STORAGE_RETENTION_RETENTION_POLICY_H_

#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/retention_report.h"
#include "storage/types.h"

namespace tidemark {

// What a topic says of old records. Defaults are Kafka's.
struct RetentionConfig {
  // cleanup.policy includes delete. If not, only what is below the log start goes.
  bool deletes_old_segments = true;
  // retention.ms: a segment goes once its largest timestamp is more than this ago. Infinite for -1.
  absl::Duration age_max = absl::Hours(168);
  // retention.bytes: the oldest segments go for as long as the others hold at least this much.
  // Below 0: no limit.
  int64_t bytes_max = -1;
};

struct RetentionSegment {
  Offset base_offset;
  Offset end_offset;  // Where the next one begins; of the last one, the log end.
  int64_t size_bytes = 0;
  absl::Time newest;  // By the records' timestamps; without any, when the file was last changed.
};

struct RetentionBounds {
  absl::Time now;
  Offset log_start;
  Offset high_watermark;  // Nothing at or above it goes.
  // What all the groups that are waited for have passed. Absent: nobody is waited for.
  absl::optional<Offset> consumed;
};

struct RetentionDecision {
  Offset log_start;  // The new one; never below the old one.
  // Why the log start moves, or segments go; the last one in the order above.
  RetentionReason reason = RetentionReason::kNone;
  // The last segment goes too: a new, empty one comes first.
  bool takes_last_segment = false;
};

// Which records may go, as Kafka decides it: whole segments from the oldest on, by the log start,
// then by size, then by time. Only `consumed` may put the log start inside a segment. An empty last
// segment stays. `segments` rise, and there is at least one.
RetentionDecision DecideRetention(absl::Span<const RetentionSegment> segments,
                                  const RetentionConfig& config, const RetentionBounds& bounds);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_RETENTION_RETENTION_POLICY_H_
