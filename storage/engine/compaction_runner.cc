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
      clock_(environment.clock),
      throttle_(environment.clock, CleanerBytesPerSecond(*settings->Get()),
                [this](absl::Duration duration) { Wait(duration); }),
      compactor_(environment, MakeCompactorOptions(*settings->Get()), &throttle_) {}

void CompactionRunner::Wait(absl::Duration duration) const {
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
    LogToCompact log;
    log.log = std::make_shared<CleanablePartitionLog>(file_system_, partition.log, path);
    log.config = config;
    log.checkpoint = directories_->cleaner_checkpoint(partition.directory).get();
    log.throttle = ThrottleOf(topic_partition.topic, config);
    log.is_wanted = [this, topic = topic_partition.topic] { return IsCompacted(topic); };
    log.check_room = [reserve = directories_->reserve(partition.directory)] {
      return reserve->CheckRoom();
    };
    logs.push_back(std::move(log));
  });
  return logs;
}

bool CompactionRunner::IsCompacted(const std::string& topic) const {
  const std::shared_ptr<const LiveTopic> live = topics_->Find(topic);
  return live != nullptr &&
         PolicyLeavesOffsetGaps(EffectiveTopicConfig(live->file.config, *settings_->Get()));
}

std::shared_ptr<IoThrottle> CompactionRunner::ThrottleOf(const std::string& topic,
                                                         const CompactionConfig& config) const {
  std::shared_ptr<IoThrottle> throttle;
  {
    MutexLock lock(&mutex_);
    std::shared_ptr<IoThrottle>& found = throttles_[topic];
    if (found == nullptr) {
      found = std::make_shared<IoThrottle>(clock_, config.bytes_per_second_max,
                                           [this](absl::Duration duration) { Wait(duration); });
    }
    throttle = found;
  }
  throttle->SetRate(config.bytes_per_second_max);
  return throttle;
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

void CompactionRunner::ApplyTopic(const std::string& topic) {
  const std::shared_ptr<const LiveTopic> live = topics_->Find(topic);
  if (live == nullptr) return;
  if (!IsCompacted(topic)) return Forget(topic, live->partitions);
  ThrottleOf(topic,
             MakeCompactionConfig(EffectiveTopicConfig(live->file.config, *settings_->Get())));
}

void CompactionRunner::Forget(const std::string& topic, const LivePartitions& partitions) {
  for (const auto& [number, partition] : partitions) compactor_.Forget({topic, number});
  MutexLock lock(&mutex_);
  throttles_.erase(topic);
}

void CompactionRunner::Stop() {
  {
    MutexLock lock(&mutex_);
    is_stopped_ = true;
    stopped_.NotifyAll();
  }
  compactor_.Stop();
}

}  // namespace tidemark
