#include "api/cli/offsets_command.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "api/cli/committed_offsets.h"
#include "api/cli/data_directories.h"
#include "api/cli/json_line.h"
#include "api/cli/open_directory.h"
#include "api/cli/output_format.h"
#include "api/cli/table.h"
#include "api/tidemark.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

using CommittedByGroup = std::map<std::string, OffsetsByPartition>;

struct OffsetsFlags {
  std::vector<std::string> data_directories;
  std::string group;
  std::string topic;
  int32_t partition = -1;
  int64_t offset = 0;
  std::string metadata;
  OutputFormat format = OutputFormat::kText;
};

using Run = absl::Status (*)(const OffsetsFlags&, CliContext*);

// True for what `--topic` and `--partition` leave.
bool IsAsked(const OffsetsFlags& flags, const TopicPartition& topic_partition) {
  return (flags.topic.empty() || flags.topic == topic_partition.topic) &&
         (flags.partition < 0 || PartitionId(flags.partition) == topic_partition.partition);
}

std::string Report(const OffsetsFlags& flags, const CommittedByGroup& groups) {
  std::string json;
  std::vector<std::vector<std::string>> rows = {
      {"GROUP", "TOPIC", "PARTITION", "OFFSET", "EPOCH", "COMMIT_TIME", "METADATA"}};
  for (const auto& [group, offsets] : groups) {
    for (const auto& [topic_partition, offset] : offsets) {
      rows.push_back(
          {absl::Utf8SafeCHexEscape(group), topic_partition.topic,
           absl::StrCat(topic_partition.partition.value()), absl::StrCat(offset.offset.value()),
           absl::StrCat(offset.leader_epoch.value()), absl::StrCat(offset.commit_time.value()),
           absl::Utf8SafeCHexEscape(offset.metadata)});
      json += JsonLine({{"group", group},
                        {"topic", topic_partition.topic},
                        {"partition", topic_partition.partition.value()},
                        {"offset", offset.offset.value()},
                        {"leader_epoch", offset.leader_epoch.value()},
                        {"commit_time", offset.commit_time.value()},
                        {"metadata", offset.metadata}});
    }
  }
  if (flags.format == OutputFormat::kJson) return json;
  return rows.size() == 1 ? "" : FormatTable(rows);
}

absl::StatusOr<CommittedByGroup> ReadAsked(const OffsetsFlags& flags, CliContext* context) {
  FileSystem* const file_system = context->environment.file_system;
  TM_ASSIGN_OR_RETURN(const CommittedByGroup groups,
                      ReadCommittedOffsets(file_system, flags.data_directories));
  CommittedByGroup asked;
  for (const auto& [group, offsets] : groups) {
    if (!flags.group.empty() && flags.group != group) continue;
    for (const auto& [topic_partition, offset] : offsets) {
      if (IsAsked(flags, topic_partition)) asked[group][topic_partition] = offset;
    }
  }
  return asked;
}

absl::Status List(const OffsetsFlags& flags, CliContext* context) {
  TM_ASSIGN_OR_RETURN(const CommittedByGroup asked, ReadAsked(flags, context));
  return context->console->Write(Report(flags, asked));
}

absl::Status Get(const OffsetsFlags& flags, CliContext* context) {
  TM_ASSIGN_OR_RETURN(const CommittedByGroup asked, ReadAsked(flags, context));
  if (asked.empty()) {
    return absl::NotFoundError(absl::StrCat(
        "group \"", absl::Utf8SafeCHexEscape(flags.group), "\" has committed no offset",
        flags.topic.empty() ? "" : absl::StrCat(" for ", flags.topic),
        flags.partition < 0 ? "" : absl::StrCat("-", flags.partition), " in ",
        JoinDirectories(flags.data_directories)));
  }
  return context->console->Write(Report(flags, asked));
}

absl::Status Set(const OffsetsFlags& flags, CliContext* context) {
  {
    TM_ASSIGN_OR_RETURN(Tidemark tide, OpenDirectories(flags.data_directories,
                                                       /*create_if_missing=*/false, context));
    OffsetAndMetadata offset;
    offset.offset = Offset(flags.offset);
    offset.metadata = flags.metadata;
    TM_RETURN_IF_ERROR(tide.groups().CommitOffsets(
        flags.group, {{TopicPartition{flags.topic, PartitionId(flags.partition)}, offset}},
        Durability::kDurable));
    TM_RETURN_IF_ERROR(tide.Close());
  }
  return Get(flags, context);
}

absl::Status Delete(const OffsetsFlags& flags, CliContext* context) {
  TM_ASSIGN_OR_RETURN(
      Tidemark tide, OpenDirectories(flags.data_directories, /*create_if_missing=*/false, context));
  Groups groups = tide.groups();
  if (flags.topic.empty()) {
    TM_RETURN_IF_ERROR(groups.DeleteGroup(flags.group, Durability::kDurable));
    return tide.Close();
  }
  TM_ASSIGN_OR_RETURN(const OffsetsByPartition offsets, groups.FetchOffsets(flags.group));
  std::vector<TopicPartition> asked;
  for (const auto& [topic_partition, offset] : offsets) {
    if (IsAsked(flags, topic_partition)) asked.push_back(topic_partition);
  }
  TM_RETURN_IF_ERROR(groups.DeleteOffsets(flags.group, asked, Durability::kDurable));
  return tide.Close();
}

CLI::App* AddAction(CLI::App* parent, const char* name, const char* description, Run run,
                    const std::shared_ptr<OffsetsFlags>& flags, CliContext* context) {
  CLI::App* const command = parent->add_subcommand(name, description);
  AddDataDirOption(command, &flags->data_directories);
  CLI::Option* const group = command->add_option("--group", flags->group, "Group");
  group->check([](const std::string& text) {
    return std::string(text.empty() ? "a group has a name" : "");
  });
  if (run != List) group->required();
  CLI::Option* const topic = command->add_option("--topic", flags->topic, "Topic");
  CLI::Option* const partition = command->add_option("--partition", flags->partition, "Partition")
                                     ->check(CLI::NonNegativeNumber);
  partition->needs(topic);
  if (run == Set) {
    topic->required();
    partition->required();
  }
  if (run != Delete) AddOutputOption(command, &flags->format);
  command->callback([flags, context, run] {
    context->action = [flags, context, run] { return Finish(run(*flags, context), context); };
  });
  return command;
}

}  // namespace

void AddOffsetsCommand(CLI::App* app, CliContext* context) {
  CLI::App* const offsets =
      app->add_subcommand("offsets", "Show and change what consumer groups have committed");
  offsets->require_subcommand(1);
  auto flags = std::make_shared<OffsetsFlags>();
  AddAction(offsets, "list", "Show the committed offsets of all groups, or of one", List, flags,
            context);
  AddAction(offsets, "get", "Show what a group has committed; refused if that is nothing", Get,
            flags, context);
  CLI::App* const set = AddAction(offsets, "set", "Commit an offset", Set, flags, context);
  set->add_option("--offset", flags->offset, "The next offset to read")
      ->required()
      ->check(CLI::NonNegativeNumber);
  set->add_option("--metadata", flags->metadata, "Text that is kept with it");
  AddAction(offsets, "delete", "Forget a group, or what it has committed for a topic or partition",
            Delete, flags, context);
}

}  // namespace tidemark
