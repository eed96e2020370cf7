#include "storage/engine/startup_plan.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"
#include "storage/format/topic_id.h"

namespace tidemark {
namespace {

TopicPartition Partition(const std::string& topic, int32_t partition) {
  return {topic, PartitionId(partition)};
}

// A directory that an interrupted change of this topic may have left: its metadata, if any was
// written, says nothing else.
bool MayBelongTo(const FoundPartition& partition, const TopicId& id) {
  return !partition.topic_id.has_value() || *partition.topic_id == id;
}

absl::Status CheckBelongs(const std::string& directory, const FoundPartition& partition,
                          const TopicId& id) {
  if (!partition.metadata_damage.empty()) {
    return absl::DataLossError(absl::StrCat(directory, "/", kPartitionMetadataFileName, ": ",
                                            partition.metadata_damage,
                                            "; write the topic's id into it, or remove the file"));
  }
  if (MayBelongTo(partition, id)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(directory, ": belongs to a topic with id ", FormatTopicId(*partition.topic_id),
                   ", expected id ", FormatTopicId(id), "; move the directory away"));
}

// What holds for a topic whose settings a Kafka cluster keeps elsewhere: nothing of it is removed
// for its age or size until somebody here says so. Of Kafka's own topics the policy is known.
ConfigMap AdoptedConfig(const std::string& name) {
  ConfigMap config = {{"retention.ms", "-1"}, {"retention.bytes", "-1"}};
  if (name == "__consumer_offsets" || name == "__transaction_state") {
    config["cleanup.policy"] = "compact";
  }
  return config;
}

// The partitions of `topic` that stay, without a file that says anything.
absl::Status Adopt(const std::string& name, const std::map<int32_t, FoundPartition>& partitions,
                   PartitionPath path_of, StartupPlan* plan) {
  if (partitions.empty()) return absl::OkStatus();
  PlannedTopic topic;
  topic.file.offset_gaps_allowed = true;
  topic.file.config = AdoptedConfig(name);
  for (const auto& [number, partition] : partitions) {
    if (topic.file.id.IsZero() && partition.topic_id) topic.file.id = *partition.topic_id;
    TM_RETURN_IF_ERROR(CheckBelongs(path_of(Partition(name, number)), partition, topic.file.id));
    topic.partitions.insert(number);
  }
  topic.file.partition_count = partitions.rbegin()->first + 1;
  plan->topics.emplace(name, std::move(topic));
  return absl::OkStatus();
}

// A topic that is not, or no longer, there: removes what belongs to it; what does not is Kafka's.
absl::Status PlanRemoval(const std::string& name, const FoundTopic& found, PartitionPath path_of,
                         StartupPlan* plan) {
  const bool only_empty = found.file->state == TopicState::kCreating;
  std::map<int32_t, FoundPartition> foreign;
  for (const auto& [number, partition] : found.partitions) {
    if (MayBelongTo(partition, found.file->id) && (partition.log_is_empty || !only_empty)) {
      plan->directories_to_remove.push_back(Partition(name, number));
    } else {
      foreign.emplace(number, partition);
    }
  }
  plan->topic_files_to_remove.push_back(name);
  return Adopt(name, foreign, path_of, plan);
}

absl::Status CheckNumbers(const std::string& name, const FoundTopic& found, PartitionPath path_of) {
  if (found.partitions.empty() || found.partitions.rbegin()->first < kTopicPartitionsMax) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      path_of(Partition(name, found.partitions.rbegin()->first)), ": a topic has at most ",
      kTopicPartitionsMax, " partitions; move the directory away"));
}

absl::Status PlanLive(const std::string& name, const FoundTopic& found, PartitionPath path_of,
                      StartupPlan* plan) {
  PlannedTopic topic;
  topic.file = *found.file;
  topic.has_file = true;
  int32_t& count = topic.file.partition_count;
  for (const auto& [number, partition] : found.partitions) {
    const bool is_left_over = partition.log_is_empty && MayBelongTo(partition, topic.file.id);
    if (number < count || is_left_over) continue;
    count = number + 1;
  }
  for (const auto& [number, partition] : found.partitions) {
    if (number >= count) {
      plan->directories_to_remove.push_back(Partition(name, number));
      continue;
    }
    TM_RETURN_IF_ERROR(CheckBelongs(path_of(Partition(name, number)), partition, topic.file.id));
    topic.partitions.insert(number);
  }
  for (int32_t number = 0; number < found.file->partition_count; ++number) {
    if (!topic.partitions.contains(number)) plan->absent.push_back(Partition(name, number));
  }
  plan->topics.emplace(name, std::move(topic));
  return absl::OkStatus();
}

}  // namespace

bool PlanAsksWhetherEmpty(const FoundTopic& topic, int32_t partition) {
  if (!topic.file || topic.file->state == TopicState::kDeleting) return false;
  return topic.file->state == TopicState::kCreating || partition >= topic.file->partition_count;
}

absl::StatusOr<StartupPlan> MakeStartupPlan(const std::map<std::string, FoundTopic>& found,
                                            PartitionPath path_of) {
  StartupPlan plan;
  for (const auto& [name, topic] : found) {
    TM_RETURN_IF_ERROR(CheckNumbers(name, topic, path_of));
    if (!topic.file) {
      TM_RETURN_IF_ERROR(Adopt(name, topic.partitions, path_of, &plan));
    } else if (topic.file->state == TopicState::kLive) {
      TM_RETURN_IF_ERROR(PlanLive(name, topic, path_of, &plan));
    } else {
      TM_RETURN_IF_ERROR(PlanRemoval(name, topic, path_of, &plan));
    }
  }
  return plan;
}

}  // namespace tidemark
