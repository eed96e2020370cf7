#ifndef TIDEMARK_STORAGE_COMPACTION_REPORT_H_
#define TIDEMARK_STORAGE_COMPACTION_REPORT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// What one compaction of one log did. After an error it says what was done before: what was swapped
// in stays, and the next compaction goes on.
struct CompactionOutcome {
  TopicPartition topic_partition;
  absl::Status status;
  absl::Time started;
  absl::Duration took;
  Offset first_dirty{0};    // Where the cleaning began to look for new keys.
  Offset cleaned_until{0};  // Everything below has been cleaned now.
  int64_t pass_count = 0;   // More than one where the keys did not fit in memory at once.
  // What was read and what was written in its place, all passes together.
  int64_t segments_before = 0;
  int64_t segments_after = 0;
  int64_t bytes_before = 0;
  int64_t bytes_after = 0;
  int64_t records_before = 0;
  int64_t records_after = 0;
  int64_t keyless_records = 0;  // Dropped for want of a key.

  int64_t saved_bytes() const { return bytes_before - bytes_after; }
};

// How a compacted log stands.
struct CompactionState {
  TopicPartition topic_partition;
  double dirty_ratio = 0;       // Of the bytes that may be cleaned or have been: those that may.
  int64_t cleanable_bytes = 0;  // Not cleaned yet.
  Offset first_dirty{0};        // Everything below has been cleaned.
  Offset first_uncleanable{0};  // Nothing from here on may be cleaned now.
  bool is_due = false;          // The background cleaner will take it.
  bool is_running = false;
  // Not empty: the background cleaner leaves it alone until it is opened anew or compacted by hand,
  // because of this: damage, as a rule.
  std::string set_aside_because;
  absl::optional<CompactionOutcome> last_run;  // Since it was opened.
  int64_t saved_bytes = 0;                     // By all runs since it was opened.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_REPORT_H_
