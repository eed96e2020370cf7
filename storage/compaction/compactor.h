#ifndef TIDEMARK_STORAGE_COMPACTION_COMPACTOR_H_
#define TIDEMARK_STORAGE_COMPACTION_COMPACTOR_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/base/mutex.h"
#include "storage/compaction/cleanable_log.h"
#include "storage/compaction/cleaner_checkpoint.h"
#include "storage/compaction/compaction_config.h"
#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/io_throttle.h"
#include "storage/compaction/key_offset_map.h"
#include "storage/compaction/log_cleaner.h"
#include "storage/compaction_report.h"
#include "storage/env.h"

namespace tidemark {

struct CompactorOptions {
  // Of each cleaning that runs: log.cleaner.dedupe.buffer.size by log.cleaner.threads. Only in use
  // while one runs.
  int64_t map_bytes_max = KeyOffsetMap::kMemoryBytesDefault;
  double map_load_factor = KeyOffsetMap::kLoadFactorDefault;
};

// A log and what compaction has to know of it.
struct LogToCompact {
  std::shared_ptr<CleanableLog> log;
  CompactionConfig config;
  CleanerCheckpoint* checkpoint = nullptr;  // Of the log's data directory. Not owned.
  // That of its topic; null: none. What all logs share holds besides.
  std::shared_ptr<IoThrottle> throttle = nullptr;
  // Asked before a cleaning begins: false for a log that was forgotten after this was made. Null:
  // always.
  std::function<bool()> is_wanted = nullptr;
  // Asked before and while something is written: an error ends the cleaning. Null: there is room.
  std::function<absl::Status()> check_room = nullptr;
};

// Cleans logs, each by one caller at a time, and remembers how that went. Cleaning runs on the
// caller's thread, for as long as it takes. Thread-safe.
class Compactor {
 public:
  // The seams and the throttle must outlive it, and no call may be under way at its end.
  Compactor(const Environment& environment, const CompactorOptions& options, IoThrottle* throttle);

  // For cleanings that begin later.
  void SetOptions(const CompactorOptions& options);

  // Of those logs that are due, not being cleaned and not set aside, cleans the dirtiest, in as
  // many passes as its keys need. Nothing if there is no such log. Call it again until then: that
  // is what log.cleaner.threads background tasks do every log.cleaner.backoff.ms.
  absl::optional<CompactionOutcome> CleanDirtiest(absl::Span<const LogToCompact> logs);

  // The same for this log, due or not, set aside or not; waits for a cleaning of it that runs. Logs
  // without anything to clean are left as they are, and the status is OK.
  CompactionOutcome CleanNow(const LogToCompact& log);

  // Without figures if the log cannot be looked at now.
  CompactionState State(const LogToCompact& log) const;

  // Ends the log's cleaning, if one runs, and waits for that end; then forgets what is known of the
  // log but for its checkpoint. For a log that is to be closed, deleted or no longer compacted.
  void Forget(const TopicPartition& topic_partition);

  // Ends all cleanings, refuses new ones (their status is CANCELLED), and waits for the end of
  // those that run: nothing of them touches a file on return.
  void Stop();

 private:
  struct Entry {
    bool is_running = false;
    bool is_ended = false;  // The one that runs is to end.
    int waiters = 0;        // Who wait for its end: the entry must stay.
    std::string set_aside_because;
    absl::optional<CompactionOutcome> last_run;
    int64_t saved_bytes = 0;
  };
  using Entries = std::map<TopicPartition, Entry>;

  absl::StatusOr<CompactionPlan> Plan(const LogToCompact& log, CleanableState* state) const;
  CompactionOutcome Run(const LogToCompact& log);
  absl::Status RunPasses(const LogToCompact& log, CompactionOutcome* outcome);
  absl::Status RunPass(const LogToCompact& log, Offset first_uncleanable, LogCleaner* cleaner,
                       CompactionOutcome* outcome);
  bool TryBegin(const TopicPartition& topic_partition, bool is_background);
  absl::StatusOr<KeyOffsetMap> MakeMap() const;
  absl::Status Check(const TopicPartition& topic_partition) const;
  void Finish(const CompactionOutcome& outcome);
  Timestamp Now() const;

  const Environment environment_;
  IoThrottle* const throttle_;
  mutable Mutex mutex_;  // Over a few words of memory.
  CondVar ended_;
  CompactorOptions options_ ABSL_GUARDED_BY(mutex_);
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_COMPACTOR_H_
