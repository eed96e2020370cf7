#ifndef TIDEMARK_STORAGE_RECOVERY_REPORT_H_
#define TIDEMARK_STORAGE_RECOVERY_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/damaged_range.h"
#include "storage/types.h"

namespace tidemark {

// What opening one partition found and did. Whatever was dropped is in here.
struct LogRecoveryReport {
  TopicPartition topic_partition;
  // Not OK: the partition could not be opened. It is offline, nothing of it was removed, and this
  // is what StorageEngine::GetLog answers.
  absl::Status error;
  bool was_clean = false;                  // Closed properly last time: nothing was scanned.
  int64_t scanned_bytes = 0;               // Read and checked, from the recovery point on.
  int64_t batches_kept = 0;                // Among those scanned.
  int64_t dropped_bytes = 0;               // Cut from the end, not counting preallocated zeros.
  int64_t dropped_segments = 0;            // Whole segments behind a damaged one.
  std::vector<std::string> rebuilt_files;  // Names of side files that were missing or wrong.
  // What was on stable storage and cannot be read any more. Nothing of it was cut.
  std::vector<DamagedRange> damaged;
  // One sentence for each damaged range, each cut (file, position,
  // why) and each compaction finished or undone.
  std::vector<std::string> notes;
  absl::Duration duration;
};

struct DirectoryReport {
  std::string path;
  // Not OK: the directory could not be opened, and its partitions are unavailable.
  absl::Status error;
  bool was_clean = false;  // The clean-shutdown marker was there.
  // What its journal had, put into the segments before the logs were opened.
  int64_t replayed_bytes = 0;
  std::vector<std::string> notes;  // One sentence for each damage of the journal.
};

struct RecoveryReport {
  bool was_clean = false;  // Every directory could be opened, and was clean.
  std::vector<DirectoryReport> directories;
  std::vector<LogRecoveryReport> logs;
  absl::Duration duration;

  int64_t offline_partitions() const {
    int64_t total = 0;
    for (const LogRecoveryReport& log : logs) total += log.error.ok() ? 0 : 1;
    return total;
  }

  int64_t dropped_bytes() const {
    int64_t total = 0;
    for (const LogRecoveryReport& log : logs) total += log.dropped_bytes;
    return total;
  }
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_RECOVERY_REPORT_H_
