#ifndef TIDEMARK_STORAGE_LOG_LOG_HARNESS_H_
#define TIDEMARK_STORAGE_LOG_LOG_HARNESS_H_

// For tests: a log on a file system in memory, and what one writes to it and reads from it.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env/open_file_cache.h"
#include "storage/index/index_cache.h"
#include "storage/log/partition_log.h"
#include "storage/memory_env.h"
#include "storage/record.h"
#include "storage/record_batch_builder.h"
#include "storage/types.h"

namespace tidemark {

// A finished batch of records with these values, no keys, and timestamps that count up from
// `timestamp`.
std::string MakeBatch(const std::vector<std::string>& values, Timestamp timestamp = Timestamp(1000),
                      const RecordBatchOptions& options = {});

// The records of whole batches as "offset:value", in order; "?" and the error where it ends in one.
std::vector<std::string> Describe(absl::string_view batches);

class LogHarness {
 public:
  LogHarness();

  // Opens the log of topic "t", partition 0, in "/log". The old one, if any, is let go without
  // Close.
  absl::Status Open(bool was_clean = false, Offset recovery_point = Offset(0));
  // Closes it and opens it again as after a clean stop.
  absl::Status Reopen();
  // The process ends (and, with a power loss, what was not synced goes), a new one opens the log.
  absl::Status CrashAndOpen(Offset recovery_point = Offset(0));
  absl::Status LosePowerAndOpen(PowerLossMode mode, Random* choices,
                                Offset recovery_point = Offset(0));

  absl::StatusOr<AppendResult> Append(const std::vector<std::string>& values,
                                      Timestamp timestamp = Timestamp(1000),
                                      LeaderEpoch epoch = LeaderEpoch(0));

  // Every record from `offset` to the end, by copying reads of at most `bytes_max`.
  std::vector<std::string> ReadAll(Offset offset = Offset(0), int64_t bytes_max = 1 << 20);

  std::vector<std::string> Files();

  MemoryFileSystem file_system;
  ManualClock clock;
  ManualExecutor executor{&clock};
  SeededRandom random{1};
  OpenFileCache open_files{&file_system, 100};
  IndexCache index_cache{1 << 20};
  LogParameters parameters;
  LogRecoveryReport report;
  std::shared_ptr<PartitionLog> log;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_HARNESS_H_
