#ifndef TIDEMARK_STORAGE_LOG_PARTITION_LOG_H_
#define TIDEMARK_STORAGE_LOG_PARTITION_LOG_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/env/open_file_cache.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/index_entry.h"
#include "storage/index/index_cache.h"
#include "storage/journal/journal.h"
#include "storage/log.h"
#include "storage/log/disk_reserve.h"
#include "storage/log/log_front.h"
#include "storage/log/segment_info.h"
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
  // Makes the checkpointed log start `offset`, on stable storage: called before anything below it
  // is removed (after an error, whole segments below may go nevertheless: a full disk is made room
  // on, and the log begins with its first segment). May be empty: removed records may then be there
  // again after a crash.
  std::function<absl::Status(Offset offset)> store_log_start;
  // Of the data directory; may be null.
  std::shared_ptr<DiskReserve> reserve;
  // Of the data directory, for what is to be durable; may be null. The log is flushed or let go
  // before the journal is retired for good.
  std::shared_ptr<Journal> journal;
  TopicId topic_id;  // What the journal knows the log by; needed only with one.
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

  // All segments, in order; the last one is active. For whoever decides what is deleted or
  // compacted.
  virtual absl::StatusOr<std::vector<SegmentInfo>> Segments() = 0;

  // Begins a new segment if the active one is not empty: always; or if LogConfig::segment_age_max
  // has passed, by the clock, since the timestamp of its first batch. FAILED_PRECONDITION if the
  // log is fenced.
  virtual absl::Status RollActive() = 0;
  virtual absl::Status RollIfDue() = 0;

  // As DeleteRecordsBefore, and says what that removed. Also removes segments that were below the
  // log start already.
  virtual absl::StatusOr<RemovedSegments> AdvanceLogStart(Offset offset) = 0;

  // Puts a compacted segment in the place of `covered`: neighbours, none of them active, as
  // Segments has listed them. Its files are in the log's directory, begin where the first one does,
  // and end in
  // ".cleaned": .log, of `cleaned_bytes`, .index, .timeindex and perhaps .txnindex; their bytes are
  // on stable storage. Readers see the old ones or the new one. On stable storage on return; a
  // crash leaves what the next opening makes into the old ones or the new one. ABORTED if the old
  // ones are not there any more, were truncated, or are not all synced, finished and below the high
  // watermark; the ".cleaned" files are then still there, or gone. After any other error from the
  // swap itself the log is fenced.
  virtual absl::Status ReplaceSegments(absl::Span<const SegmentInfo> covered,
                                       int64_t cleaned_bytes) = 0;

  // offsets() as a checkpoint may store them. The log start: while the log starts anew, not less
  // than what is stored. What is flushed: in the segments themselves, not in the journal alone.
  virtual LogOffsets OffsetsToStore() const = 0;

  // Forgets the producers that have been silent for producer.id.expiration.ms. To be called now and
  // then.
  virtual void ExpireProducers() = 0;

  // For compaction: the aborted transactions with records in [from, end); and what is known of
  // producers, as a snapshot has it.
  virtual std::vector<TransactionIndexEntry> AbortedTransactions(Offset from, Offset end) const = 0;
  virtual std::string FormatProducers() const = 0;

  // Which leader epoch began where, rising, as leader-epoch-checkpoint has it.
  virtual std::vector<LeaderEpochEntry> LeaderEpochs() const = 0;

  // Ends all calls without writing or syncing anything, for a directory about to be removed.
  virtual void Abandon() = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_PARTITION_LOG_H_
