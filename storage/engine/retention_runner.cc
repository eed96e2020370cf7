#include "storage/engine/retention_runner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/engine/log_retention.h"
#include "storage/engine/topic_config.h"
#include "storage/format/file_names.h"

namespace tidemark {

void RetentionRunner::SetConsumedOffsets(ConsumedOffsets consumed) {
  auto shared = std::make_shared<const ConsumedOffsets>(std::move(consumed));
  MutexLock lock(&mutex_);
  consumed_.swap(shared);
}

std::vector<RetentionOutcome> RetentionRunner::Run(const std::vector<std::string>& topics) {
  MutexLock lock(&run_mutex_);
  return RunLocked(topics);
}

std::vector<RetentionOutcome> RetentionRunner::RunLocked(const std::vector<std::string>& topics) {
  std::shared_ptr<const ConsumedOffsets> consumed;
  {
    MutexLock lock(&mutex_);
    consumed = consumed_;
  }
  std::vector<RetentionOutcome> outcomes;
  for (const std::string& name : topics) {
    const std::shared_ptr<const LiveTopic> topic = topics_->Find(name);
    if (topic == nullptr) continue;
    const RetentionRules rules =
        MakeRetentionRules(EffectiveTopicConfig(topic->file.config, *settings_->Get()));
    for (const auto& [number, partition] : topic->partitions) {
      if (partition.log == nullptr) continue;
      outcomes.push_back(RetainLog(partition.log.get(), rules,
                                   consumed == nullptr ? ConsumedOffsets() : *consumed, clock_));
    }
  }
  return outcomes;
}

void RetentionRunner::RunInBackground() {
  if (!run_mutex_.TryLock()) return;
  const std::vector<RetentionOutcome> outcomes = RunLocked(topics_->Names());
  run_mutex_.Unlock();
  std::vector<absl::Status> errors;
  for (const RetentionOutcome& outcome : outcomes) {
    // A log of a topic that was deleted meanwhile takes no calls any more.
    if (outcome.status.ok() || topics_->Find(outcome.topic_partition.topic) == nullptr) continue;
    errors.push_back(Annotate(
        outcome.status,
        absl::StrCat(FormatPartitionDirectoryName(outcome.topic_partition), ": retention")));
  }
  MutexLock lock(&mutex_);
  errors_ = std::move(errors);
}

std::vector<absl::Status> RetentionRunner::errors() const {
  MutexLock lock(&mutex_);
  return errors_;
}

}  // namespace tidemark
