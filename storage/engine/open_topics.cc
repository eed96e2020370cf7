#include "storage/engine/open_topics.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/engine/open_logs.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/topic_config.h"

namespace tidemark {
namespace {

std::vector<LogParameters> ParametersOf(const DataDirectory& directory) {
  std::vector<LogParameters> parameters;
  for (const auto& [name, topic] : directory.plan.topics) {
    const LogConfig config = LogConfigOf(topic.file, directory.config);
    for (const int32_t number : topic.partitions) {
      const TopicPartition partition{name, PartitionId(number)};
      LogParameters one =
          MakeLogParameters(directory.root, partition, config, directory.checkpoints);
      one.log_start_offset = directory.checkpoints->log_start(partition);
      one.recovery_point = directory.checkpoints->recovery_point(partition);
      one.was_clean = directory.was_clean;
      parameters.push_back(std::move(one));
    }
  }
  return parameters;
}

void ReportAbsent(const DataDirectory& directory, RecoveryReport* report) {
  for (const TopicPartition& partition : directory.plan.absent) {
    LogRecoveryReport missing;
    missing.topic_partition = partition;
    missing.notes.push_back(absl::StrCat(PartitionDirectoryPath(directory.root, partition),
                                         ": the partition's directory is missing"));
    report->logs.push_back(std::move(missing));
  }
}

}  // namespace

LogConfig LogConfigOf(const TopicFile& file, const ConfigMap& broker) {
  return MakeLogConfig(EffectiveTopicConfig(file.config, broker), file.offset_gaps_allowed);
}

void OpenTopics(const LogEnvironment& environment, int64_t parallelism,
                const DataDirectory& directory,
                const std::function<void(const LogRecoveryReport&)>& on_opened, TopicMap* topics,
                RecoveryReport* report) {
  const absl::Duration begin = environment.clock->MonotonicNow();
  PartitionLogs logs =
      OpenLogs(environment, parallelism, ParametersOf(directory), on_opened, &report->logs);
  size_t next = 0;
  for (const auto& [name, planned] : directory.plan.topics) {
    LiveTopic topic{.file = planned.file, .has_file = planned.has_file, .partitions = {}};
    for (const int32_t number : planned.partitions) {
      LogRecoveryReport& one = report->logs[next];
      if (!one.error.ok()) one.error = OfflineError(one.topic_partition, one.error);
      topic.partitions.emplace(PartitionId(number),
                               LivePartition{std::move(logs[next]), one.error});
      ++next;
    }
    topics->Put(name, std::move(topic));
  }
  ReportAbsent(directory, report);
  report->was_clean = directory.was_clean;
  report->duration = environment.clock->MonotonicNow() - begin;
}

}  // namespace tidemark
