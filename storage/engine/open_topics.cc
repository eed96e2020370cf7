#include "storage/engine/open_topics.h"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/engine/open_logs.h"
#include "storage/engine/parallel_for.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/topic_config.h"

namespace tidemark {
namespace {

class TopicOpening {
 public:
  TopicOpening(const LogEnvironment& environment, const OpenedDirectories& opened,
               const DirectorySet& directories)
      : environment_(environment), opened_(opened), directories_(directories) {}

  void Open(int64_t parallelism, const std::function<void(const LogRecoveryReport&)>& on_opened);
  void Report(RecoveryReport* report) const;
  void Put(TopicMap* topics) const;

 private:
  struct Opened {
    PartitionLogs logs;
    std::vector<LogRecoveryReport> reports;
  };

  std::vector<LogParameters> ParametersOf(size_t directory) const;
  void AddAbsent(const std::string& name, LiveTopic* topic) const;

  const LogEnvironment& environment_;
  const OpenedDirectories& opened_;
  const DirectorySet& directories_;
  // By directory, each in the order of places.
  std::vector<Opened> by_directory_;
};

std::vector<LogParameters> TopicOpening::ParametersOf(size_t directory) const {
  std::vector<LogParameters> parameters;
  const std::shared_ptr<Checkpoints>& checkpoints = directories_.checkpoints(directory);
  for (const auto& [name, topic] : opened_.plan.topics) {
    const LogConfig config = LogConfigOf(topic.file, opened_.config);
    for (const int32_t number : topic.partitions) {
      const TopicPartition partition{name, PartitionId(number)};
      if (opened_.places.at(partition) != directory) continue;
      LogParameters one =
          MakeLogParameters(directories_, directory, partition, topic.file.id, config);
      one.log_start_offset = checkpoints->log_start(partition);
      one.recovery_point = checkpoints->recovery_point(partition);
      one.was_clean = directories_.was_clean(directory);
      parameters.push_back(std::move(one));
    }
  }
  return parameters;
}

void TopicOpening::Open(int64_t parallelism,
                        const std::function<void(const LogRecoveryReport&)>& on_opened) {
  by_directory_.resize(directories_.count());
  const int64_t count = static_cast<int64_t>(directories_.count());
  ParallelFor(environment_.executor, count, count, [&](int64_t i) {
    const size_t directory = static_cast<size_t>(i);
    Opened& opened = by_directory_[directory];
    if (!directories_.is_open(directory)) return;
    opened.logs =
        OpenLogs(environment_, parallelism, ParametersOf(directory), on_opened, &opened.reports);
    for (LogRecoveryReport& report : opened.reports) {
      if (!report.error.ok()) report.error = OfflineError(report.topic_partition, report.error);
    }
  });
}

// A partition that is nowhere may be in a directory that could not be opened.
void TopicOpening::AddAbsent(const std::string& name, LiveTopic* topic) const {
  for (size_t directory = 0; directory < directories_.count(); ++directory) {
    if (directories_.is_open(directory)) continue;
    for (int32_t number = 0; number < topic->file.partition_count; ++number) {
      const absl::Status error =
          OfflineError({name, PartitionId(number)}, directories_.Health(directory));
      topic->partitions.emplace(PartitionId(number), LivePartition{nullptr, error, directory});
    }
  }
}

void TopicOpening::Put(TopicMap* topics) const {
  std::map<std::string, LiveTopic> live;
  for (const auto& [name, planned] : opened_.plan.topics) {
    live[name] = {.file = planned.file, .has_file = planned.has_file, .partitions = {}};
  }
  for (size_t directory = 0; directory < by_directory_.size(); ++directory) {
    const Opened& opened = by_directory_[directory];
    for (size_t i = 0; i < opened.logs.size(); ++i) {
      const LogRecoveryReport& report = opened.reports[i];
      live[report.topic_partition.topic].partitions.emplace(
          report.topic_partition.partition, LivePartition{opened.logs[i], report.error, directory});
    }
  }
  for (auto& [name, topic] : live) {
    AddAbsent(name, &topic);
    topics->Put(name, std::move(topic));
  }
}

void TopicOpening::Report(RecoveryReport* report) const {
  report->was_clean = true;
  for (size_t directory = 0; directory < by_directory_.size(); ++directory) {
    report->directories.push_back({directories_.root(directory), directories_.Health(directory),
                                   directories_.was_clean(directory),
                                   directories_.replay(directory).bytes,
                                   directories_.replay(directory).notes});
    report->was_clean &= directories_.was_clean(directory);
    const Opened& opened = by_directory_[directory];
    report->logs.insert(report->logs.end(), opened.reports.begin(), opened.reports.end());
  }
  const absl::Status health = directories_.WorstHealth();
  for (const TopicPartition& partition : opened_.plan.absent) {
    LogRecoveryReport missing;
    missing.topic_partition = partition;
    if (health.ok()) {
      missing.notes.push_back(absl::StrCat(PartitionDirectoryPath(directories_.home(), partition),
                                           ": the partition's directory is missing",
                                           directories_.count() > 1 ? ", here and elsewhere" : ""));
    } else {
      missing.error = OfflineError(partition, health);
    }
    report->logs.push_back(std::move(missing));
  }
}

}  // namespace

LogConfig LogConfigOf(const TopicFile& file, const ConfigMap& broker) {
  LogConfig config =
      MakeLogConfig(EffectiveTopicConfig(file.config, broker), file.offset_gaps_allowed);
  config.producer_expiration =
      absl::Milliseconds(BrokerNumber(broker, "producer.id.expiration.ms"));
  return config;
}

void OpenTopics(const LogEnvironment& environment, int64_t parallelism,
                const OpenedDirectories& opened, const DirectorySet& directories,
                const std::function<void(const LogRecoveryReport&)>& on_opened, TopicMap* topics,
                RecoveryReport* report) {
  const absl::Duration begin = environment.clock->MonotonicNow();
  TopicOpening opening(environment, opened, directories);
  opening.Open(parallelism, on_opened);
  opening.Report(report);
  opening.Put(topics);
  report->duration = environment.clock->MonotonicNow() - begin;
}

}  // namespace tidemark
