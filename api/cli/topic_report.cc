#include "api/cli/topic_report.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/cli/json_line.h"
#include "api/cli/table.h"
#include "nlohmann/json.hpp"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

// What describe shows of one partition.
struct PartitionReport {
  int32_t number = 0;
  int64_t start_offset = 0;
  int64_t end_offset = 0;
  int64_t segments = 0;
  int64_t size_bytes = 0;  // Of the .log files, with what is preallocated.
};

absl::StatusOr<PartitionReport> Examine(FileSystem* file_system,
                                        const PartitionDirectory& directory) {
  PartitionReport report;
  report.number = directory.topic_partition.partition.value();
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<ReadOnlyPartition> partition,
                      ReadOnlyPartition::Open(file_system, directory.path, directory.home));
  TM_ASSIGN_OR_RETURN(const Offset start, partition->FindStart());
  TM_ASSIGN_OR_RETURN(const Offset end, partition->FindEnd());
  report.start_offset = start.value();
  report.end_offset = end.value();
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system->List(directory.path));
  for (const DirectoryEntry& entry : entries) {
    if (!absl::EndsWith(entry.name, ".log")) continue;
    const absl::StatusOr<FileInfo> info =
        file_system->Stat(absl::StrCat(directory.path, "/", entry.name));
    if (absl::IsNotFound(info.status())) continue;  // Deleted meanwhile.
    TM_RETURN_IF_ERROR(info.status());
    ++report.segments;
    report.size_bytes += info->size_bytes;
  }
  return report;
}

std::string TopicText(const SurveyedTopic& topic, const std::vector<PartitionReport>& partitions) {
  std::string text = absl::StrCat("topic       ", topic.name, "\n");
  if (!topic.id.empty()) absl::StrAppend(&text, "id          ", topic.id, "\n");
  absl::StrAppend(&text, "partitions  ", topic.partition_count, "\n");
  for (const auto& [name, value] : topic.config) {
    absl::StrAppend(&text, "config      ", name, "=", value, "\n");
  }
  std::vector<std::vector<std::string>> rows = {{"PARTITION", "START", "END", "SEGMENTS", "BYTES"}};
  for (const PartitionReport& partition : partitions) {
    rows.push_back({absl::StrCat(partition.number), absl::StrCat(partition.start_offset),
                    absl::StrCat(partition.end_offset), absl::StrCat(partition.segments),
                    absl::StrCat(partition.size_bytes)});
  }
  return text + FormatTable(rows);
}

std::string TopicJson(const SurveyedTopic& topic, const std::vector<PartitionReport>& partitions) {
  Json json = {{"topic", topic.name},
               {"topic_id", topic.id.empty() ? Json() : Json(topic.id)},
               {"partition_count", topic.partition_count},
               {"config", Json::object()},
               {"partitions", Json::array()}};
  for (const auto& [name, value] : topic.config) json["config"][name] = value;
  for (const PartitionReport& partition : partitions) {
    json["partitions"].push_back({{"partition", partition.number},
                                  {"start_offset", partition.start_offset},
                                  {"end_offset", partition.end_offset},
                                  {"segments", partition.segments},
                                  {"size_bytes", partition.size_bytes}});
  }
  return JsonLine(json);
}

}  // namespace

std::string ReportTopicList(const std::vector<SurveyedTopic>& topics, OutputFormat format) {
  std::string text;
  std::vector<std::vector<std::string>> rows = {{"TOPIC", "PARTITIONS", "ID"}};
  for (const SurveyedTopic& topic : topics) {
    rows.push_back({topic.name, absl::StrCat(topic.partition_count), topic.id});
    text += JsonLine({{"topic", topic.name},
                      {"topic_id", topic.id.empty() ? Json() : Json(topic.id)},
                      {"partition_count", topic.partition_count}});
  }
  if (format == OutputFormat::kJson) return text;
  return topics.empty() ? "" : FormatTable(rows);
}

absl::StatusOr<std::string> ReportTopic(FileSystem* file_system, const SurveyedTopic& topic,
                                        OutputFormat format) {
  std::vector<PartitionReport> partitions;
  for (const PartitionDirectory& directory : topic.partitions) {
    TM_ASSIGN_OR_RETURN(const PartitionReport report, Examine(file_system, directory));
    partitions.push_back(report);
  }
  return format == OutputFormat::kJson ? TopicJson(topic, partitions)
                                       : TopicText(topic, partitions);
}

}  // namespace tidemark
