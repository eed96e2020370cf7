#include "storage/engine/compaction_runner.h"

#include <set>
#include <utility>

#include "absl/types/optional.h"
#include "storage/compaction/cleanable_partition_log.h"
#include "storage/engine/compaction_settings.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/topic_config.h"

namespace tidemark {

CompactionRunner::CompactionRunner(const Environment& environment, const TopicMap* topics,
                                   const EngineSettings* settings, DirectorySet* directories)
    : file_system_(environment.file_system),
      topics_(topics),
      settings_(settings),
      directories_(directories),
      throttle_(environment.clock, CleanerBytesPerSecond(*settings->Get()),
                [this](absl::Duration duration) { Wait(duration); }),
      compactor_(environment, MakeCompactorOptions(*settings->Get()), &throttle_) {}

void CompactionRunner::Wait(absl::Duration duration) {
  MutexLock lock(&mutex_);
  if (!is_stopped_) stopped_.WaitWithTimeout(&mutex_, duration);
}

void CompactionRunner::ForEach(const std::vector<std::string>& topics, Visit visit) const {
  for (const std::string& name : topics) {
    const std::shared_ptr<const LiveTopic> topic = topics_->Find(name);
    if (topic == nullptr) continue;
    const ConfigMap effective = EffectiveTopicConfig(topic->file.config, *settings_->Get());
    if (!PolicyLeavesOffsetGaps(effective)) continue;
    const CompactionConfig config = MakeCompactionConfig(effective);
    for (const auto& [number, partition] : topic->partitions) {
      if (partition.log != nullptr) visit({name, number}, partition, config);
    }
  }
}

std::vector<LogToCompact> CompactionRunner::LogsOf(const std::vector<std::string>& topics) const {
  std::vector<LogToCompact> logs;
  ForEach(topics, [&](const TopicPartition& topic_partition, const LivePartition& partition,
                      const CompactionConfig& config) {
    const std::string path =
        PartitionDirectoryPath(directories_->root(partition.directory), topic_partition);
    logs.push_back({std::make_shared<CleanablePartitionLog>(file_system_, partition.log, path),
                    config, directories_->cleaner_checkpoint(partition.directory).get()});
  });
  return logs;
}

void CompactionRunner::RollWhatIsDue() const {
  ForEach(topics_->Names(), [](const TopicPartition&, const LivePartition& partition,
                               const CompactionConfig& config) {
    if (config.lag_max == absl::InfiniteDuration()) return;
    // Retention tries the same, and tells why it cannot be done.
    partition.log->RollIfDue().IgnoreError();
  });
}

void CompactionRunner::CleanWhatIsDue() {
  RollWhatIsDue();
  // What fails is for the next time: it would be the dirtiest again, and hold up the others.
  std::set<TopicPartition> failed;
  while (true) {
    // Asked for anew each time: topics and settings change meanwhile.
    std::vector<LogToCompact> logs = LogsOf(topics_->Names());
    std::erase_if(
        logs, [&](const LogToCompact& log) { return failed.contains(log.log->topic_partition()); });
    const absl::optional<CompactionOutcome> outcome = compactor_.CleanDirtiest(logs);
    if (!outcome.has_value()) return;
    if (!outcome->status.ok()) failed.insert(outcome->topic_partition);
  }
}

std::vector<CompactionOutcome> CompactionRunner::Run(const std::vector<std::string>& topics) {
  std::vector<CompactionOutcome> outcomes;
  for (const LogToCompact& log : LogsOf(topics)) outcomes.push_back(compactor_.CleanNow(log));
  return outcomes;
}

std::vector<CompactionState> CompactionRunner::States() const {
  std::vector<CompactionState> states;
  for (const LogToCompact& log : LogsOf(topics_->Names())) states.push_back(compactor_.State(log));
  return states;
}

void CompactionRunner::Apply(const ConfigMap& settings) {
  throttle_.SetRate(CleanerBytesPerSecond(settings));
  compactor_.SetOptions(MakeCompactorOptions(settings));
}

void CompactionRunner::Forget(const std::string& topic, const LivePartitions& partitions) {
  for (const auto& [number, partition] : partitions) compactor_.Forget({topic, number});
}

void CompactionRunner::Stop() {
  compactor_.Stop();
  MutexLock lock(&mutex_);
  is_stopped_ = true;
  stopped_.NotifyAll();
}

}  // namespace tidemark
