#ifndef TIDEMARK_STORAGE_ENGINE_RETENTION_RUNNER_H_
#define TIDEMARK_STORAGE_ENGINE_RETENTION_RUNNER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "storage/base/mutex.h"
#include "storage/engine.h"
#include "storage/engine/engine_settings.h"
#include "storage/engine/topic_map.h"
#include "storage/env.h"
#include "storage/retention_report.h"

namespace tidemark {

// Retention over topics, one run at a time, on the thread that asks for it. Thread-safe.
class RetentionRunner {
 public:
  // Not owned.
  RetentionRunner(const TopicMap* topics, const EngineSettings* settings, Clock* clock)
      : topics_(topics), settings_(settings), clock_(clock) {}

  void SetConsumedOffsets(ConsumedOffsets consumed);

  // Over the partitions of these topics that are online, each whatever becomes of the others.
  std::vector<RetentionOutcome> Run(const std::vector<std::string>& topics);

  // Over all topics, unless a run is under way.
  void RunInBackground();

  // Of the last run in the background, by partition.
  std::vector<absl::Status> errors() const;

 private:
  std::vector<RetentionOutcome> RunLocked(const std::vector<std::string>& topics)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mutex_);

  const TopicMap* const topics_;
  const EngineSettings* const settings_;
  Clock* const clock_;
  Mutex run_mutex_;  // Held over a run; taken first.
  mutable Mutex mutex_;
  std::shared_ptr<const ConsumedOffsets> consumed_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::Status> errors_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_RETENTION_RUNNER_H_
