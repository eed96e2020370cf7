#ifndef TIDEMARK_STORAGE_LOG_PARTITION_LOG_H_
#define TIDEMARK_STORAGE_LOG_PARTITION_LOG_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/env.h"
#include "storage/env/open_file_cache.h"
#include "storage/index/index_cache.h"
#include "storage/log.h"
#include "storage/options.h"
#include "storage/recovery_report.h"
#include "storage/types.h"

namespace tidemark {

// Not owned, unless `owner` owns them; must outlive the log, except that the log's last tasks on
// the executor may still be queued.
struct LogEnvironment {
  FileSystem* file_system = nullptr;
  OpenFileCache* open_files = nullptr;
  IndexCache* index_cache = nullptr;
  Clock* clock = nullptr;
  Executor* executor = nullptr;
  Random* random = nullptr;
  // Kept for as long as anything of the log, a task of its own included, may use the others.
  std::shared_ptr<const void> owner;
};

struct LogParameters {
  TopicPartition topic_partition;
  std::string directory;  // Must exist. May be empty: the log then starts at `log_start_offset`.
  LogConfig config;
  Offset log_start_offset{0};  // From the checkpoint; 0 when unknown.
  Offset recovery_point{0};    // Everything below was synced; 0 when unknown.
  bool was_clean = false;      // The last Close of this directory was complete: nothing is scanned.
  // Makes the checkpointed recovery point at most `offset`, on stable storage: called before a
  // truncation takes away bytes that it covers. May be empty when nothing is checkpointed.
  std::function<absl::Status(Offset offset)> lower_recovery_point;
};

// The log of one partition directory. See storage/log.h for what each call promises.
class PartitionLog : public ReplicaLog {
 public:
  // Loads the segments, recovers the tail unless `was_clean`, and fills `report`.
  static absl::StatusOr<std::shared_ptr<PartitionLog>> Open(const LogEnvironment& environment,
                                                            const LogParameters& parameters,
                                                            LogRecoveryReport* report);

  // For appends that begin later.
  virtual void SetConfig(const LogConfig& config) = 0;

  // Ends all calls without writing or syncing anything, for a directory about to be removed.
  virtual void Abandon() = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_PARTITION_LOG_H_
