#ifndef TIDEMARK_STORAGE_ENGINE_COMPACTION_RUNNER_H_
#define TIDEMARK_STORAGE_ENGINE_COMPACTION_RUNNER_H_

#include <map>
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

  // Holds the settings of the topic from now on, which readers of topics see already: it is cleaned
  // at its rate, or, on return, no more.
  void ApplyTopic(const std::string& topic);

  // Once readers of topics see a topic no more: ends cleaning its partitions. On return, nothing of
  // that touches their directories.
  void Forget(const std::string& topic, const LivePartitions& partitions);

  // Ends all cleaning, for good. On return, nothing of it touches a file.
  void Stop();

 private:
  // The partitions of these topics that are compacted and online.
  using Visit =
      absl::FunctionRef<void(const TopicPartition&, const LivePartition&, const CompactionConfig&)>;
  void ForEach(const std::vector<std::string>& topics, Visit visit) const;
  std::vector<LogToCompact> LogsOf(const std::vector<std::string>& topics) const;
  bool IsCompacted(const std::string& topic) const;
  // At the rate that the topic has now.
  std::shared_ptr<IoThrottle> ThrottleOf(const std::string& topic,
                                         const CompactionConfig& config) const;
  void RollWhatIsDue() const;
  void Wait(absl::Duration duration) const;

  FileSystem* const file_system_;
  const TopicMap* const topics_;
  const EngineSettings* const settings_;
  DirectorySet* const directories_;
  mutable Mutex mutex_;  // Over a few words of memory, and waits for a rate.
  mutable CondVar stopped_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // By topic; made when first asked for.
  mutable std::map<std::string, std::shared_ptr<IoThrottle>> throttles_ ABSL_GUARDED_BY(mutex_);
  Clock* const clock_;
  IoThrottle throttle_;
  Compactor compactor_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_COMPACTION_RUNNER_H_
