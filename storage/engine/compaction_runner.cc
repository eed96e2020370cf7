#include "storage/engine/compaction_runner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/compaction/cleanable_partition_log.h"
#include "storage/engine/compaction_settings.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/topic_config.h"
#include "storage/segment/batch_scanner.h"

namespace tidemark {
namespace {

// Refuses segments with batches of producers that have an id: a log does not tell what must stay
// for them, nor which of their transactions are open.
class LogWithoutProducers : public CleanablePartitionLog {
 public:
  using CleanablePartitionLog::CleanablePartitionLog;

  absl::StatusOr<std::shared_ptr<File>> OpenSegment(Offset base_offset) const override {
    TM_ASSIGN_OR_RETURN(std::shared_ptr<File> file,
                        CleanablePartitionLog::OpenSegment(base_offset));
    TM_ASSIGN_OR_RETURN(const int64_t size_bytes, file->Size());
    BatchScanner scanner(file.get(), 0, size_bytes);
    while (true) {
      // What is no batch is told by whoever cleans.
      TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
      if (!found) return file;
      if (scanner.batch().producer_id() == kNoProducerId) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          directory(), ": a batch of an idempotent producer at offset ",
          scanner.batch().base_offset().value(), "; a log with those is not compacted"));
    }
  }
};

}  // namespace

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

std::vector<LogToCompact> CompactionRunner::LogsOf(const std::vector<std::string>& topics) const {
  std::vector<LogToCompact> logs;
  for (const std::string& name : topics) {
    const std::shared_ptr<const LiveTopic> topic = topics_->Find(name);
    if (topic == nullptr) continue;
    const ConfigMap effective = EffectiveTopicConfig(topic->file.config, *settings_->Get());
    if (!PolicyLeavesOffsetGaps(effective)) continue;
    const CompactionConfig config = MakeCompactionConfig(effective);
    for (const auto& [number, partition] : topic->partitions) {
      if (partition.log == nullptr) continue;
      const std::string path =
          PartitionDirectoryPath(directories_->root(partition.directory), {name, number});
      logs.push_back({std::make_shared<LogWithoutProducers>(file_system_, partition.log, path),
                      config, directories_->cleaner_checkpoint(partition.directory).get()});
    }
  }
  return logs;
}

void CompactionRunner::CleanWhatIsDue() {
  // Asked for anew each time: topics and settings change meanwhile.
  while (compactor_.CleanDirtiest(LogsOf(topics_->Names())).has_value()) {
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
