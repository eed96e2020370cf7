#include "api/cli/topic_survey.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "api/cli/data_directories.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

using Properties = std::map<std::string, std::string>;

// Empty if there is no such file.
absl::StatusOr<Properties> ReadProperties(FileSystem* file_system, const std::string& path) {
  Properties properties;
  absl::Status damage;
  const absl::Status status = DumpFile(file_system, path, [&](const DataFileItem& item) {
    if (const auto* property = std::get_if<PropertyItem>(&item)) {
      properties[property->name] = property->value;
    } else if (const auto* found = std::get_if<DamageItem>(&item)) {
      damage = absl::DataLossError(absl::StrCat(path, ": ", found->message));
    }
    return damage.ok();
  });
  if (absl::IsNotFound(status)) return Properties();
  TM_RETURN_IF_ERROR(status);
  TM_RETURN_IF_ERROR(damage);
  return properties;
}

// Fills in all but the name and the partitions that are there. Returns whether the topic is live.
absl::StatusOr<bool> Describe(FileSystem* file_system, absl::string_view data_directory,
                              SurveyedTopic* topic) {
  TM_ASSIGN_OR_RETURN(
      const Properties properties,
      ReadProperties(file_system, absl::StrCat(data_directory, "/", topic->name, ".topic")));
  topic->partition_count = topic->partitions.back().topic_partition.partition.value() + 1;
  if (properties.empty()) {
    // A topic that Kafka made.
    TM_ASSIGN_OR_RETURN(Properties metadata,
                        ReadProperties(file_system, absl::StrCat(topic->partitions.front().path,
                                                                 "/partition.metadata")));
    topic->id = metadata["topic_id"];
    return true;
  }
  for (const auto& [name, value] : properties) {
    absl::string_view setting = name;
    if (absl::ConsumePrefix(&setting, "config.")) topic->config[std::string(setting)] = value;
  }
  const auto value_of = [&](const char* name) {
    const auto found = properties.find(name);
    return found == properties.end() ? std::string() : found->second;
  };
  topic->id = value_of("topic_id");
  int32_t count = 0;
  if (absl::SimpleAtoi(value_of("partitions"), &count)) {
    topic->partition_count = std::max(topic->partition_count, count);
  }
  return value_of("state") == "live";
}

}  // namespace

absl::StatusOr<std::vector<SurveyedTopic>> SurveyTopics(
    FileSystem* file_system, absl::Span<const std::string> data_directories,
    absl::optional<absl::string_view> topic) {
  TM_RETURN_IF_ERROR(CheckDirectoriesExist(file_system, data_directories));
  TM_ASSIGN_OR_RETURN(std::vector<PartitionDirectory> directories,
                      ListPartitions(file_system, data_directories));
  std::vector<SurveyedTopic> topics;
  for (PartitionDirectory& directory : directories) {
    const std::string& name = directory.topic_partition.topic;
    if (topic.has_value() && name != *topic) continue;
    if (topics.empty() || topics.back().name != name) topics.emplace_back().name = name;
    topics.back().partitions.push_back(std::move(directory));
  }
  std::vector<SurveyedTopic> live;
  for (SurveyedTopic& surveyed : topics) {
    TM_ASSIGN_OR_RETURN(const bool is_live,
                        Describe(file_system, data_directories.front(), &surveyed));
    if (is_live) live.push_back(std::move(surveyed));
  }
  if (topic.has_value() && live.empty()) {
    return absl::NotFoundError(
        absl::StrCat("there is no topic '", *topic, "' in ", JoinDirectories(data_directories)));
  }
  return live;
}

}  // namespace tidemark
