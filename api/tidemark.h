#ifndef TIDEMARK_API_TIDEMARK_H_
#define TIDEMARK_API_TIDEMARK_H_

// Partitioned logs in a data directory, for the process that links this library. Everything an
// embedder needs comes with this header; see README.md for a complete program.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "api/fetched_records.h"
#include "api/groups.h"
#include "api/producer.h"
#include "api/topic.h"
#include "replication/replicator.h"
#include "storage/engine.h"
#include "storage/env.h"
#include "storage/recovery_report.h"

namespace tidemark {

struct OpenOptions {
  // Makes the directories (not their parents) if they are absent.
  bool create_if_missing = true;
  // Further data directories, on other disks, say: see EngineOptions::more_directories.
  std::vector<std::string> more_directories = {};
  // Broker settings by Kafka's names, kept in the directory: see EngineOptions::config.
  ConfigMap config = {};
  // Upper bound on descriptors and cached read mappings held at once.
  int64_t open_files_max = EngineOptions{}.open_files_max;
  // How often recovery points are written, which bounds what the next opening after a crash reads.
  absl::Duration checkpoint_interval = EngineOptions{}.checkpoint_interval;
  // Called during Open for each partition that was opened or could not be: how far it is. On any
  // thread, by several at once; must not block. May be null.
  std::function<void(const LogRecoveryReport&)> on_partition_opened = nullptr;

  // The seams, for hosts with a file system, clock or threads of their own, and for simulation. Not
  // owned; must outlive the Tidemark. Each that is null is the system's, made and owned inside.
  Environment environment = {};
  // Threads of the executor that is made when none is given. It gets as many more as
  // `log.cleaner.threads` says, so that these are there for all else while logs are compacted.
  int executor_threads = 2;
  // Null: no peers (replication/single_replicator.h). Not owned; must outlive the Tidemark.
  ReplicatorFactory* replicator_factory = nullptr;
};

struct TopicOptions {
  int32_t partition_count = 0;  // 0: `num.partitions` of the engine.
  // Settings of the topic by Kafka's names; all others follow the engine's.
  ConfigMap config = {};
  // An existing topic is no error: it is opened as it is, whatever the fields above say.
  bool exists_ok = false;
};

// One open data directory. Movable. Thread-safe, but for moving and destroying.
class Tidemark {
 public:
  // Opens the directory and every partition in it, recovering those that were not closed properly.
  // A partition that cannot be opened is offline: all calls for it return why, as does
  // recovery_report(), and the others serve.
  // FAILED_PRECONDITION if somebody else, in this process or another, has it open;
  // INVALID_ARGUMENT for an unknown or invalid setting, by name; NOT_FOUND if the directory is
  // absent and not to be made; RESOURCE_EXHAUSTED if the system gives no thread; DATA_LOSS or
  // UNAVAILABLE, naming the file, if the directory itself or a file of a topic cannot be read.
  static absl::StatusOr<Tidemark> Open(absl::string_view directory,
                                       const OpenOptions& options = {});

  // Closes, if Close was not called, and drops its errors.
  ~Tidemark();
  Tidemark(Tidemark&&) noexcept;
  Tidemark& operator=(Tidemark&&) noexcept;

  // What opening found and did, and what it had to drop.
  const RecoveryReport& recovery_report() const;

  // ---- Topics. Every change is on stable storage on return, as a whole or not at all.

  // INVALID_ARGUMENT for a name that Kafka would refuse, a negative partition count, or a bad
  // setting, by name; ALREADY_EXISTS.
  absl::StatusOr<Topic> CreateTopic(absl::string_view topic, const TopicOptions& options = {});

  // NOT_FOUND.
  absl::StatusOr<Topic> OpenTopic(absl::string_view topic) const;

  // NOT_FOUND; INVALID_ARGUMENT for an internal topic. What was fetched lives on; handles on the
  // topic refuse all calls. What groups have committed for it is forgotten.
  absl::Status DeleteTopic(absl::string_view topic);

  // To `partition_count` in all, which handles see at once. INVALID_ARGUMENT unless it is more than
  // now, and for an internal topic; NOT_FOUND. Keys move to other partitions from then on.
  absl::Status AddPartitions(absl::string_view topic, int32_t partition_count);

  // Sets the settings in `set` and removes those in `unset`, for appends that begin later.
  // INVALID_ARGUMENT by name; NOT_FOUND.
  absl::Status AlterTopicConfig(absl::string_view topic, const ConfigMap& set,
                                const std::vector<std::string>& unset = {});

  // The same for the settings of the engine, which are the defaults of all topics; see
  // StorageEngine::AlterEngineConfig.
  absl::Status AlterEngineConfig(const ConfigMap& set, const std::vector<std::string>& unset = {});
  EngineDescription DescribeEngine() const;

  absl::StatusOr<TopicDescription> DescribeTopic(absl::string_view topic) const;
  std::vector<std::string> ListTopics() const;  // Sorted.

  // ---- Upkeep, which also happens by itself: see StorageEngine.

  // Removes the records that are due, of the topic or, with "", of all topics.
  absl::StatusOr<std::vector<RetentionOutcome>> RunRetention(absl::string_view topic = "");

  // Compacts what can be, of the topic or, with "", of all topics whose policy says so.
  absl::StatusOr<std::vector<CompactionOutcome>> RunCompaction(absl::string_view topic = "");

  // How each log stands that is compacted.
  std::vector<CompactionState> CompactionStates() const;

  // Checks the sealed segments, of the topic or, with "", of all topics, for bytes that have
  // rotted.
  absl::StatusOr<std::vector<ScrubOutcome>> RunScrub(absl::string_view topic = "");

  // The last outcome of each partition since the opening.
  std::vector<ScrubOutcome> ScrubOutcomes() const;

  // What the last run of retention in the background could not do, what scrubs found, and which
  // data directories have no reserve for a full disk, or wait for room (IsDiskFull); for compaction
  // see CompactionStates.
  std::vector<absl::Status> background_errors() const;

  // Committed offsets of consumer groups.
  Groups groups() const;

  // A producer of one's own: with an id, and with transactions if it has a transactional id. Then
  // on return the producer before it is fenced, what that left open is aborted, and all of this is
  // on stable storage; the first one makes the topic `__transaction_state`. INVALID_ARGUMENT for
  // what is no transactional id, or a timeout that is not taken; RESOURCE_EXHAUSTED if the disk is
  // full; DATA_LOSS or UNIMPLEMENTED, naming partition and offset, where the id's part of the topic
  // holds what cannot be understood.
  absl::StatusOr<Producer> OpenProducer(const ProducerOptions& options = {});
  // The same without waiting. `done` is called once, before or after this returns, on any thread,
  // and must not block.
  void OpenProducerAsync(const ProducerOptions& options,
                         std::function<void(absl::StatusOr<Producer>)> done);

  // Ends all waits, makes everything durable and unlocks the directory. Returns the first error.
  // All later calls on this object and its topics return FAILED_PRECONDITION; closing again returns
  // the same as before.
  absl::Status Close();

 private:
  struct Impl;
  explicit Tidemark(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_TIDEMARK_H_
