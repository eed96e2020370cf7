#ifndef TIDEMARK_STORAGE_ENGINE_COMPACTION_RUNNER_H_
#define TIDEMARK_STORAGE_ENGINE_COMPACTION_RUNNER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/base/mutex.h"
#include "storage/compaction/compaction_config.h"
#include "storage/compaction/compactor.h"
#include "storage/compaction/io_throttle.h"
#include "storage/compaction_report.h"
#include "storage/engine.h"
#include "storage/engine/directory_set.h"
#include "storage/engine/engine_settings.h"
#include "storage/engine/topic_map.h"
#include "storage/env.h"

namespace tidemark {

// Compaction over the topics whose cleanup.policy includes compact. Thread-safe.
class CompactionRunner {
 public:
  // Not owned: the topics, the settings, the directories.
  CompactionRunner(const Environment& environment, const TopicMap* topics,
                   const EngineSettings* settings, DirectorySet* directories);

  // Cleans on this thread, the dirtiest log first, until nothing is due. A log that fails is tried
  // again at the next call. Before that, rolls active segments whose first batch has waited for
  // max.compaction.lag.ms; they can be cleaned once they are finished.
  void CleanWhatIsDue();

  // Cleans the partitions of these topics that are online now, each whatever becomes of the others.
  std::vector<CompactionOutcome> Run(const std::vector<std::string>& topics);

  std::vector<CompactionState> States() const;

  // Holds the settings of the engine from now on.
  void Apply(const ConfigMap& settings);

  // Before the partitions of a topic go: ends cleaning them.
  void Forget(const std::string& topic, const LivePartitions& partitions);

  // Ends all cleaning as soon as may be, for good.
  void Stop();

 private:
  // The partitions of these topics that are compacted and online.
  using Visit =
      absl::FunctionRef<void(const TopicPartition&, const LivePartition&, const CompactionConfig&)>;
  void ForEach(const std::vector<std::string>& topics, Visit visit) const;
  std::vector<LogToCompact> LogsOf(const std::vector<std::string>& topics) const;
  void RollWhatIsDue() const;
  void Wait(absl::Duration duration);

  FileSystem* const file_system_;
  const TopicMap* const topics_;
  const EngineSettings* const settings_;
  DirectorySet* const directories_;
  Mutex mutex_;
  CondVar stopped_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  IoThrottle throttle_;
  Compactor compactor_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_COMPACTION_RUNNER_H_
