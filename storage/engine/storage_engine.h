#ifndef TIDEMARK_STORAGE_ENGINE_STORAGE_ENGINE_H_
#define TIDEMARK_STORAGE_ENGINE_STORAGE_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/engine.h"
#include "storage/engine/background_tasks.h"
#include "storage/engine/compaction_runner.h"
#include "storage/engine/data_directory.h"
#include "storage/engine/directory_set.h"
#include "storage/engine/engine_settings.h"
#include "storage/engine/producer_ids.h"
#include "storage/engine/retention_runner.h"
#include "storage/engine/scrub_runner.h"
#include "storage/engine/topic_changes.h"
#include "storage/engine/topic_file.h"
#include "storage/engine/topic_map.h"
#include "storage/log/partition_log.h"

namespace tidemark {

// Checks what is asked, makes one change after another, and shows readers the result. What happens
// on the disk is in topic_changes.h, data_directory.h and checkpoints.h.
class StorageEngineImpl : public StorageEngine {
 public:
  StorageEngineImpl(const Environment& environment, const EngineOptions& options,
                    OpenedDirectories* opened);
  ~StorageEngineImpl() override;

  // Opens the logs of all topics that the data directories hold, and begins to write checkpoints.
  // Called once, before all else.
  void OpenTopics(const OpenedDirectories& opened);

  const RecoveryReport& recovery_report() const override { return recovery_report_; }

  absl::StatusOr<TopicDescription> CreateTopic(absl::string_view topic, int32_t partition_count,
                                               const ConfigMap& config) override;
  absl::Status DeleteTopic(absl::string_view topic) override;
  absl::Status AddPartitions(absl::string_view topic, int32_t partition_count) override;
  absl::Status AlterTopicConfig(absl::string_view topic, const ConfigMap& set,
                                const std::vector<std::string>& unset) override;

  absl::Status AlterEngineConfig(const ConfigMap& set,
                                 const std::vector<std::string>& unset) override;

  EngineDescription DescribeEngine() const override;
  absl::StatusOr<TopicDescription> DescribeTopic(absl::string_view topic) const override;
  std::vector<std::string> ListTopics() const override { return topics_.Names(); }
  absl::StatusOr<std::shared_ptr<ReplicaLog>> GetLog(
      const TopicPartition& topic_partition) const override;

  absl::StatusOr<std::vector<RetentionOutcome>> RunRetention(absl::string_view topic) override;
  absl::StatusOr<std::vector<CompactionOutcome>> RunCompaction(absl::string_view topic) override;
  std::vector<CompactionState> CompactionStates() const override { return compaction_.States(); }
  void SetConsumedOffsets(ConsumedOffsets consumed) override;
  absl::StatusOr<std::vector<ScrubOutcome>> RunScrub(absl::string_view topic) override;
  std::vector<ScrubOutcome> ScrubOutcomes() const override { return scrub_.Outcomes(); }
  std::vector<absl::Status> background_errors() const override;

  absl::StatusOr<int64_t> AllocateProducerId() override;
  absl::Status Checkpoint() override;
  absl::Status Close() override;

 private:
  // What all logs share, for as long as the last of them lives.
  struct Caches;

  LogConfig LogConfigOf(const TopicFile& file) const;
  TopicDescription Describe(const std::string& name, const TopicFile& file) const;
  TopicId NewTopicId() const;

  absl::Status CheckNewTopic(const std::string& topic) ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  // The topic as it can be changed: an adopted one has an id.
  absl::StatusOr<LiveTopic> FindForChange(const std::string& topic) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  absl::Status ReplaceFile(const std::string& name, TopicFile file, LiveTopic* live)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  // Lets the logs of the topic behave as its settings and the engine's say.
  void ConfigureLogs(const LiveTopic& topic) const;
  absl::Status CheckOpen() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  // The topic alone, or, with "", all topics.
  absl::StatusOr<std::vector<std::string>> NamesOf(absl::string_view topic) const;
  // Where the next partitions of the topic go.
  absl::StatusOr<std::vector<size_t>> PlacesFor(int32_t count, const TopicFile& file) const;
  void CheckpointInBackground();

  const Environment environment_;
  const EngineOptions options_;
  const int64_t parallelism_;
  const std::shared_ptr<Caches> caches_;
  const LogEnvironment log_environment_;
  DirectorySet directories_;
  EngineSettings settings_;
  ProducerIds producer_ids_;
  RecoveryReport recovery_report_;
  TopicMap topics_;

  // One change, checkpoint or Close at a time.
  mutable Mutex change_mutex_;
  TopicChanges changes_ ABSL_GUARDED_BY(change_mutex_);
  // Topics whose removal waits for a directory that could not be opened.
  const std::set<std::string> held_removals_;
  bool closed_ ABSL_GUARDED_BY(change_mutex_) = false;

  RetentionRunner retention_;
  CompactionRunner compaction_;
  ScrubRunner scrub_;
  std::unique_ptr<BackgroundTasks> background_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_STORAGE_ENGINE_H_
