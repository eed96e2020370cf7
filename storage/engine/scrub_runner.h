#ifndef TIDEMARK_STORAGE_ENGINE_SCRUB_RUNNER_H_
#define TIDEMARK_STORAGE_ENGINE_SCRUB_RUNNER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "storage/base/mutex.h"
#include "storage/engine.h"
#include "storage/engine/directory_set.h"
#include "storage/engine/engine_settings.h"
#include "storage/engine/topic_map.h"
#include "storage/env.h"
#include "storage/scrub/partition_scrub.h"
#include "storage/scrub_report.h"
#include "storage/types.h"

namespace tidemark {

// Scrubs the logs of an engine in small steps: in the background one log after another, at the rate
// that tidemark.scrub.bytes.per.second sets. Thread-safe.
class ScrubRunner {
 public:
  // Not owned: the topics, the settings, the directories.
  ScrubRunner(const Environment& environment, const TopicMap* topics,
              const EngineSettings* settings, const DirectorySet* directories);

  // Scrubs the partitions of these topics that are online, on this thread and as fast as it goes.
  std::vector<ScrubOutcome> Run(const std::vector<std::string>& topics);

  // One step in the background. Returns when the next one is due.
  absl::Duration Step();

  // The last of each partition that was scrubbed since the engine was opened, by partition.
  std::vector<ScrubOutcome> Outcomes() const;
  // What is wrong by those.
  std::vector<absl::Status> errors() const;

  // Once readers of topics see a topic no more: on return, nothing of a scrub touches its files.
  void Forget(const std::string& topic);
  // The same for all topics, for good.
  void Stop();

 private:
  struct Last {
    absl::Duration at;  // On the monotonic clock.
    ScrubOutcome outcome;
  };

  absl::optional<LogToScrub> Find(const TopicPartition& topic_partition) const;
  // Goes on with it, unless its log is not there any more. Returns the bytes, or absent.
  absl::optional<int64_t> StepOf(PartitionScrub* scrub) ABSL_EXCLUSIVE_LOCKS_REQUIRED(step_mutex_);
  ScrubOutcome Finish(PartitionScrub* scrub) ABSL_EXCLUSIVE_LOCKS_REQUIRED(step_mutex_);
  std::unique_ptr<PartitionScrub> BeginNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(step_mutex_);

  FileSystem* const file_system_;
  Clock* const clock_;
  const TopicMap* const topics_;
  const EngineSettings* const settings_;
  const DirectorySet* const directories_;
  Mutex step_mutex_;  // Held over one step, with its file work; taken first.
  bool is_stopped_ ABSL_GUARDED_BY(step_mutex_) = false;
  std::unique_ptr<PartitionScrub> current_ ABSL_GUARDED_BY(step_mutex_);  // The background's.
  mutable Mutex mutex_;                                                   // Of the results.
  std::map<TopicPartition, Last> last_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_SCRUB_RUNNER_H_
