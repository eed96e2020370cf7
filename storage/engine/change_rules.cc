#include "storage/engine/change_rules.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/engine/topic_config.h"
#include "storage/format/topic_name.h"

namespace tidemark {
namespace {

// The topic of a cluster's own log, whose directory the engine leaves alone.
constexpr absl::string_view kClusterMetadataTopic = "__cluster_metadata";

absl::Status CheckTopicName(absl::string_view topic) {
  TM_RETURN_IF_ERROR(ValidateTopicName(topic));
  if (topic != kClusterMetadataTopic) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("topic ", topic, " is a cluster's own"));
}

ConfigMap Merge(const ConfigMap& now, const ConfigMap& set, const std::vector<std::string>& unset) {
  ConfigMap merged = set;
  merged.insert(now.begin(), now.end());
  for (const std::string& name : unset) merged.erase(name);
  return merged;
}

}  // namespace

absl::Status CheckPartitionCount(absl::string_view topic, int32_t count) {
  if (count >= 1 && count <= kTopicPartitionsMax) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "topic ", topic, ": ", count, " partitions, expected 1 to ", kTopicPartitionsMax));
}

absl::StatusOr<TopicFile> NewTopicFile(absl::string_view topic, int32_t partition_count,
                                       const ConfigMap& config, const ConfigMap& broker) {
  TM_RETURN_IF_ERROR(CheckTopicName(topic));
  TopicFile file;
  file.partition_count = partition_count != 0
                             ? partition_count
                             : static_cast<int32_t>(BrokerNumber(broker, "num.partitions"));
  TM_RETURN_IF_ERROR(CheckPartitionCount(topic, file.partition_count));
  return ChangeTopicConfig(topic, file, config, {}, broker);
}

absl::StatusOr<TopicFile> ChangeTopicConfig(absl::string_view topic, const TopicFile& now,
                                            const ConfigMap& set,
                                            const std::vector<std::string>& unset,
                                            const ConfigMap& broker) {
  const std::string context = absl::StrCat("topic ", topic);
  for (const std::string& name : unset) {
    TM_RETURN_IF_ERROR(Annotate(CheckTopicSettingName(name), context));
  }
  absl::StatusOr<ConfigMap> checked = CheckTopicSettings(Merge(now.config, set, unset));
  if (!checked.ok()) return Annotate(checked.status(), context);
  TopicFile changed = now;
  changed.config = *std::move(checked);
  return ApplyBrokerConfig(topic, changed, broker);
}

absl::StatusOr<ConfigMap> ChangeBrokerConfig(const ConfigMap& now, const ConfigMap& set,
                                             const std::vector<std::string>& unset) {
  for (const std::string& name : unset) TM_RETURN_IF_ERROR(CheckBrokerSettingName(name));
  TM_ASSIGN_OR_RETURN(ConfigMap changed, CheckBrokerSettings(Merge(now, set, unset)));
  TM_RETURN_IF_ERROR(CheckBrokerSettingsTogether(changed));
  return changed;
}

absl::StatusOr<TopicFile> ApplyBrokerConfig(absl::string_view topic, const TopicFile& now,
                                            const ConfigMap& broker) {
  TopicFile file = now;
  const ConfigMap effective = EffectiveTopicConfig(file.config, broker);
  TM_RETURN_IF_ERROR(
      Annotate(CheckTopicSettingsTogether(effective), absl::StrCat("topic ", topic)));
  if (PolicyLeavesOffsetGaps(effective)) file.offset_gaps_allowed = true;
  return file;
}

}  // namespace tidemark
