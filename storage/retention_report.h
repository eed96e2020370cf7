#ifndef TIDEMARK_STORAGE_RETENTION_REPORT_H_
#define TIDEMARK_STORAGE_RETENTION_REPORT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "storage/types.h"

namespace tidemark {

enum class RetentionReason {
  kNone,      // Nothing goes.
  kLogStart,  // Segments that are wholly below the log start.
  kConsumed,
  kSize,
  kTime,
};

// What retention did to one log.
struct RetentionOutcome {
  TopicPartition topic_partition;
  absl::Status status;  // After an error, some of what was due may have gone.
  Offset old_start{0};
  Offset new_start{0};
  int64_t removed_segments = 0;
  int64_t removed_bytes = 0;  // Of their .log files, which go after file.delete.delay.ms.
  // Why the log start moved, or segments went; the last one in the order above.
  RetentionReason reason = RetentionReason::kNone;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_RETENTION_REPORT_H_
