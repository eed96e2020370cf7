#include "api/cli/topic_command.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "api/cli/data_directories.h"
#include "api/cli/open_directory.h"
#include "api/cli/output_format.h"
#include "api/cli/topic_report.h"
#include "api/cli/topic_survey.h"
#include "api/tidemark.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

struct TopicFlags {
  std::vector<std::string> data_directories;
  std::string topic;
  int32_t partition_count = 0;
  std::vector<std::string> settings;          // "name=value".
  std::vector<std::string> deleted_settings;  // Names.
  OutputFormat format = OutputFormat::kText;
};

using Run = absl::Status (*)(const TopicFlags&, CliContext*);

absl::Status Describe(const TopicFlags& flags, CliContext* context) {
  FileSystem* const file_system = context->environment.file_system;
  absl::optional<absl::string_view> topic;
  if (!flags.topic.empty()) topic = flags.topic;
  TM_ASSIGN_OR_RETURN(const std::vector<SurveyedTopic> topics,
                      SurveyTopics(file_system, flags.data_directories, topic));
  bool is_first = true;
  for (const SurveyedTopic& surveyed : topics) {
    TM_ASSIGN_OR_RETURN(const std::string report, ReportTopic(file_system, surveyed, flags.format));
    const bool wants_gap = !is_first && flags.format == OutputFormat::kText;
    TM_RETURN_IF_ERROR(context->console->Write(wants_gap ? "\n" + report : report));
    is_first = false;
  }
  return absl::OkStatus();
}

absl::Status List(const TopicFlags& flags, CliContext* context) {
  absl::optional<absl::string_view> topic;
  if (!flags.topic.empty()) topic = flags.topic;
  TM_ASSIGN_OR_RETURN(
      const std::vector<SurveyedTopic> topics,
      SurveyTopics(context->environment.file_system, flags.data_directories, topic));
  return context->console->Write(ReportTopicList(topics, flags.format));
}

ConfigMap ParseSettings(const std::vector<std::string>& settings) {
  ConfigMap config;
  for (const std::string& setting : settings) {
    const std::pair<std::string, std::string> pair =
        absl::StrSplit(setting, absl::MaxSplits('=', 1));
    config[pair.first] = pair.second;
  }
  return config;
}

absl::Status Create(const TopicFlags& flags, CliContext* context) {
  TopicOptions options;
  options.partition_count = flags.partition_count;
  options.config = ParseSettings(flags.settings);
  {
    TM_ASSIGN_OR_RETURN(Tidemark tide, OpenDirectories(flags.data_directories,
                                                       /*create_if_missing=*/true, context));
    TM_RETURN_IF_ERROR(tide.CreateTopic(flags.topic, options).status());
    TM_RETURN_IF_ERROR(tide.Close());
  }
  return Describe(flags, context);
}

// Settings and partitions are two changes. The second one is looked at before the first one is
// made, so that only a failing disk can come between them.
absl::Status ChangeTopic(const TopicFlags& flags, Tidemark* tide) {
  const bool changes_settings = !flags.settings.empty() || !flags.deleted_settings.empty();
  if (flags.partition_count > 0) {
    TM_ASSIGN_OR_RETURN(const TopicDescription topic, tide->DescribeTopic(flags.topic));
    if (flags.partition_count <= topic.partition_count) {
      return absl::InvalidArgumentError(absl::StrCat(
          "topic ", flags.topic, " has ", topic.partition_count, " partitions; --partitions ",
          flags.partition_count, " is not more, and partitions cannot be taken away"));
    }
  }
  if (changes_settings) {
    TM_RETURN_IF_ERROR(
        tide->AlterTopicConfig(flags.topic, ParseSettings(flags.settings), flags.deleted_settings));
  }
  if (flags.partition_count == 0) return absl::OkStatus();
  return Annotate(tide->AddPartitions(flags.topic, flags.partition_count),
                  changes_settings ? "the settings were changed, the partitions were not"
                                   : "nothing was changed");
}

absl::Status Alter(const TopicFlags& flags, CliContext* context) {
  {
    TM_ASSIGN_OR_RETURN(Tidemark tide, OpenDirectories(flags.data_directories,
                                                       /*create_if_missing=*/false, context));
    TM_RETURN_IF_ERROR(ChangeTopic(flags, &tide));
    TM_RETURN_IF_ERROR(tide.Close());
  }
  return Describe(flags, context);
}

// The name in "name=value".
std::string NameOf(const std::string& setting) { return setting.substr(0, setting.find('=')); }

void CheckAlterFlags(const TopicFlags& flags) {
  if (flags.partition_count == 0 && flags.settings.empty() && flags.deleted_settings.empty()) {
    throw CLI::ValidationError("nothing to change: --partitions, --config or --delete-config");
  }
  for (const std::string& setting : flags.settings) {
    if (std::count(flags.deleted_settings.begin(), flags.deleted_settings.end(), NameOf(setting))) {
      throw CLI::ValidationError("--config and --delete-config both name " + NameOf(setting));
    }
  }
}

absl::Status Delete(const TopicFlags& flags, CliContext* context) {
  TM_ASSIGN_OR_RETURN(
      Tidemark tide, OpenDirectories(flags.data_directories, /*create_if_missing=*/false, context));
  TM_RETURN_IF_ERROR(tide.DeleteTopic(flags.topic));
  return tide.Close();
}

CLI::App* AddAction(CLI::App* parent, const char* name, const char* description, Run run,
                    const std::shared_ptr<TopicFlags>& flags, CliContext* context) {
  CLI::App* command = parent->add_subcommand(name, description);
  AddDataDirOption(command, &flags->data_directories);
  command->callback([flags, context, run] {
    context->action = [flags, context, run] { return Finish(run(*flags, context), context); };
  });
  return command;
}

std::string CheckSetting(const std::string& text) {
  const bool is_setting = text.find('=') != std::string::npos && text[0] != '=';
  return is_setting ? "" : "'" + text + "' is not name=value";
}

void AddChangeOptions(CLI::App* command, const char* partitions, TopicFlags* flags) {
  command->add_option("--partitions", flags->partition_count, partitions)
      ->check(CLI::PositiveNumber);
  command->add_option("--config", flags->settings, "A setting by Kafka's name; may be repeated")
      ->check(CheckSetting)
      ->take_all()
      ->allow_extra_args(false)
      ->option_text("NAME=VALUE");
}

}  // namespace

void AddTopicCommand(CLI::App* app, CliContext* context) {
  CLI::App* topic = app->add_subcommand("topic", "Make, alter, list, describe and delete topics");
  topic->require_subcommand(1);
  auto flags = std::make_shared<TopicFlags>();

  CLI::App* create = AddAction(topic, "create", "Make a topic, and the data directory if need be",
                               Create, flags, context);
  AddOutputOption(create, &flags->format);
  create->add_option("--topic", flags->topic, "Name: [a-zA-Z0-9._-], at most 249")->required();
  AddChangeOptions(create, "Partitions; by default num.partitions of the data directory",
                   flags.get());

  CLI::App* alter =
      AddAction(topic, "alter", "Change settings, or add partitions", Alter, flags, context);
  AddOutputOption(alter, &flags->format);
  alter->add_option("--topic", flags->topic, "Topic")->required();
  alter->parse_complete_callback([flags] { CheckAlterFlags(*flags); });
  AddChangeOptions(alter, "Partitions from now on; keys move to others", flags.get());
  alter
      ->add_option("--delete-config", flags->deleted_settings,
                   "A setting to take back to its default; may be repeated")
      ->take_all()
      ->allow_extra_args(false)
      ->option_text("NAME");

  CLI::App* list = AddAction(topic, "list", "List topics", List, flags, context);
  CLI::App* describe =
      AddAction(topic, "describe", "Show topics with their settings, partitions and offsets",
                Describe, flags, context);
  for (CLI::App* const command : {list, describe}) {
    AddOutputOption(command, &flags->format);
    command->add_option("--topic", flags->topic, "This topic only");
  }
  AddAction(topic, "delete", "Delete a topic and all its records, for good", Delete, flags, context)
      ->add_option("--topic", flags->topic, "Topic")
      ->required();
}

}  // namespace tidemark
