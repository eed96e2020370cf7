#ifndef TIDEMARK_STORAGE_ENGINE_H_
#define TIDEMARK_STORAGE_ENGINE_H_

// Many partitions in data directories, each laid out as Kafka lays out a log directory:
// docs/format/data_directory.md.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "storage/compaction_report.h"
#include "storage/env.h"
#include "storage/log.h"
#include "storage/recovery_report.h"
#include "storage/retention_report.h"
#include "storage/scrub_report.h"
#include "storage/types.h"

namespace tidemark {

// Settings by Kafka's names, as text: {"segment.bytes", "1048576"}.
using ConfigMap = std::map<std::string, std::string>;

// The offset that a consumer group has committed for a partition; nothing if it has none. Called on
// any thread, one call at a time; must not block for long.
using ConsumedOffsets = std::function<absl::optional<Offset>(const std::string& group,
                                                             const TopicPartition& partition)>;

struct EngineOptions {
  // Makes the directories (not their parents) if they are absent.
  bool create_if_missing = true;
  // Further data directories, on other disks, say, in any order. Each partition is in one of them
  // or in the one given to Open, which alone has the files of topics and settings; which one
  // a new partition goes to says tidemark.log.dir.placement. Give those that were given before:
  // partitions in others are missing.
  std::vector<std::string> more_directories;
  // Broker settings by Kafka's names (`log.segment.bytes`, `num.partitions`, ...): defaults for
  // every topic. They override what the directory keeps, and are kept in it.
  ConfigMap config;
  // Upper bound on descriptors and cached read mappings held at once for segment and index files.
  int64_t open_files_max = 512;
  // How often recovery points and log start offsets are checkpointed. Infinite: only at Close.
  absl::Duration checkpoint_interval = absl::Seconds(60);
  // Called during Open for each partition that was opened or could not be: how far it is. On any
  // thread, by several at once; must not block. May be null.
  std::function<void(const LogRecoveryReport&)> on_partition_opened;
};

struct TopicDescription {
  std::string name;
  TopicId id;
  int32_t partition_count = 0;
  ConfigMap config;  // What was set for this topic; all else follows the engine's.
  ConfigMap effective_config;
  // Names in `config` that are checked and kept, and that nothing acts on: docs/CONFIGURATION.md.
  std::vector<std::string> config_without_effect;
};

struct EngineDescription {
  ConfigMap config;                                // What was set.
  ConfigMap effective_config;                      // That, and the defaults of all others.
  std::vector<std::string> config_without_effect;  // As in TopicDescription.
};

// Thread-safe. One engine per directory: each directory is locked, in this process and against
// others.
//
// A directory that fails, when it is opened or later, leaves the others serving. GetLog answers
// UNAVAILABLE for its partitions and names it; topics with one of those cannot be deleted, and no
// new partition goes there. After a failure that ends, as the next checkpoint finds out, it serves
// again; one that could not be opened, from the next Open on. The first directory must open.
class StorageEngine {
 public:
  virtual ~StorageEngine() = default;

  // Opens the directories and all partitions, in parallel on the executor, recovering those that
  // were not closed properly. A partition that cannot be opened is offline until the next Open, and
  // the others serve: recovery_report() and GetLog say why, and nothing of it is removed.
  // FAILED_PRECONDITION if another opener holds a directory, if one holds what does not belong
  // there, or a partition is in two; INVALID_ARGUMENT for an unknown or invalid setting, by name;
  // NOT_FOUND if the directory is absent and not to be made.
  static absl::StatusOr<std::unique_ptr<StorageEngine>> Open(absl::string_view directory,
                                                             const Environment& environment,
                                                             const EngineOptions& options);

  virtual const RecoveryReport& recovery_report() const = 0;

  // INVALID_ARGUMENT for a name that Kafka would refuse, a partition count below 1, or a bad
  // setting; ALREADY_EXISTS. All or nothing, on stable storage on return. `partition_count` 0 means
  // `num.partitions`.
  virtual absl::StatusOr<TopicDescription> CreateTopic(absl::string_view topic,
                                                       int32_t partition_count,
                                                       const ConfigMap& config) = 0;
  // NOT_FOUND; FAILED_PRECONDITION while `delete.topic.enable` is false. The topic is gone on
  // return, for good; views of its logs live on.
  virtual absl::Status DeleteTopic(absl::string_view topic) = 0;
  // To `partition_count` in all, which must be more than now: INVALID_ARGUMENT otherwise.
  virtual absl::Status AddPartitions(absl::string_view topic, int32_t partition_count) = 0;
  // Sets the settings in `set` and removes those in `unset`, kept across restarts. Takes effect for
  // appends that begin later; where cleanup.policy loses compact, compaction of the topic has ended
  // on return. INVALID_ARGUMENT by name, and nothing changes.
  virtual absl::Status AlterTopicConfig(absl::string_view topic, const ConfigMap& set,
                                        const std::vector<std::string>& unset) = 0;

  // The same for the settings of the engine, which are the defaults of all topics. Those that are
  // only looked at when the engine opens (docs/CONFIGURATION.md) hold from the next time on. After
  // an error of the file system the old ones hold, and the next opening may find the new ones.
  virtual absl::Status AlterEngineConfig(const ConfigMap& set,
                                         const std::vector<std::string>& unset) = 0;
  virtual EngineDescription DescribeEngine() const = 0;

  virtual absl::StatusOr<TopicDescription> DescribeTopic(absl::string_view topic) const = 0;
  virtual std::vector<std::string> ListTopics() const = 0;  // Sorted.

  // NOT_FOUND, naming topic and partition. For a partition that is offline, why: DATA_LOSS, naming
  // files and what to do, where synced records are missing between two segments; otherwise what the
  // file system said. The log stays valid after deletion and Close (its calls then fail).
  virtual absl::StatusOr<std::shared_ptr<ReplicaLog>> GetLog(
      const TopicPartition& topic_partition) const = 0;

  // Removes what is due, of the topic or, with "", of all, as the engine does by itself every
  // log.retention.check.interval.ms: one outcome for each partition that is online, some of which
  // may be errors. NOT_FOUND if there is no such topic.
  virtual absl::StatusOr<std::vector<RetentionOutcome>> RunRetention(absl::string_view topic) = 0;

  // The same for compaction, of topics whose cleanup.policy includes compact: what may be cleaned
  // is, due or not. The background does that every log.cleaner.backoff.ms to what is due.
  virtual absl::StatusOr<std::vector<CompactionOutcome>> RunCompaction(absl::string_view topic) = 0;

  // How each log stands that is compacted, and which are set aside and why.
  virtual std::vector<CompactionState> CompactionStates() const = 0;

  // Checks the sealed segments, of the topic or, with "", of all, for bytes that are not what they
  // were, on this thread and as fast as it goes: one outcome for each partition that is online. The
  // background does that to each every tidemark.scrub.interval.ms, at
  // tidemark.scrub.bytes.per.second. NOT_FOUND if there is no such topic.
  virtual absl::StatusOr<std::vector<ScrubOutcome>> RunScrub(absl::string_view topic) = 0;

  // The last outcome of each partition that was scrubbed since the engine was opened, by partition.
  virtual std::vector<ScrubOutcome> ScrubOutcomes() const = 0;

  // Where to ask for what the groups in tidemark.retention.consumed.groups have consumed. Until
  // then, or with null, no record goes for having been consumed. What was given before may be
  // called until this returns, and a little longer by a run that is under way.
  virtual void SetConsumedOffsets(ConsumedOffsets consumed) = 0;

  // What the last run of retention in the background could not do; what the last scrub of each
  // partition found, DATA_LOSS; and why a data directory has no reserve for a full disk. Each names
  // what it is about. IsDiskFull where appends to a directory wait for room: once that is gone,
  // they go on. A failure of one partition does not keep it from the others. For compaction see
  // CompactionStates.
  virtual std::vector<absl::Status> background_errors() const = 0;

  // An id for a producer, never given before in this directory, also after a crash. DATA_LOSS where
  // the record of those given is damaged, with what to do; the file system's errors, after which it
  // may be tried again.
  virtual absl::StatusOr<int64_t> AllocateProducerId() = 0;

  // Syncs nothing; writes recovery points (what is flushed) and log start offsets.
  virtual absl::Status Checkpoint() = 0;

  // Closes every log, writes the checkpoints and, in each directory where everything went well and
  // no partition is offline, the clean-shutdown marker; unlocks. Returns the first error. Called by
  // the destructor if it was not.
  virtual absl::Status Close() = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_H_
