#include "api/cli/records_command.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/cli/data_directories.h"
#include "api/cli/json_line.h"
#include "api/cli/open_directory.h"
#include "api/cli/output_format.h"
#include "api/tidemark.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

struct RecordsFlags {
  std::vector<std::string> data_directories;
  std::string topic;
  int32_t partition = 0;
  int64_t before = 0;
  OutputFormat format = OutputFormat::kText;
};

std::string Report(const RecordsFlags& flags, const PartitionOffsets& old_offsets,
                   const PartitionOffsets& offsets) {
  if (flags.format == OutputFormat::kJson) {
    return JsonLine({{"topic", flags.topic},
                     {"partition", flags.partition},
                     {"old_start_offset", old_offsets.earliest.value()},
                     {"start_offset", offsets.earliest.value()},
                     {"end_offset", offsets.latest.value()}});
  }
  const bool has_moved = offsets.earliest > old_offsets.earliest;
  return absl::StrCat(flags.topic, "-", flags.partition, ": ",
                      has_moved ? "records deleted: the log now goes from "
                                : "nothing to delete: the log goes from ",
                      offsets.earliest.value(), " to ", offsets.latest.value(), "\n");
}

absl::Status Delete(const RecordsFlags& flags, CliContext* context) {
  TM_ASSIGN_OR_RETURN(
      Tidemark tide, OpenDirectories(flags.data_directories, /*create_if_missing=*/false, context));
  TM_ASSIGN_OR_RETURN(Topic topic, tide.OpenTopic(flags.topic));
  const PartitionId partition(flags.partition);
  TM_ASSIGN_OR_RETURN(const PartitionOffsets old_offsets, topic.Offsets(partition));
  TM_RETURN_IF_ERROR(topic.DeleteRecordsBefore(partition, Offset(flags.before)));
  TM_ASSIGN_OR_RETURN(const PartitionOffsets offsets, topic.Offsets(partition));
  TM_RETURN_IF_ERROR(tide.Close());
  return context->console->Write(Report(flags, old_offsets, offsets));
}

}  // namespace

void AddRecordsCommand(CLI::App* app, CliContext* context) {
  CLI::App* const records = app->add_subcommand("records", "Delete records");
  records->require_subcommand(1);
  auto flags = std::make_shared<RecordsFlags>();
  CLI::App* const command =
      records->add_subcommand("delete", "Delete the records below an offset, for good");
  AddDataDirOption(command, &flags->data_directories);
  command->add_option("--topic", flags->topic, "Topic")->required();
  command->add_option("--partition", flags->partition, "Partition")
      ->required()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--before", flags->before, "The first offset that stays")
      ->required()
      ->check(CLI::NonNegativeNumber);
  AddOutputOption(command, &flags->format);
  command->callback([flags, context] {
    context->action = [flags, context] { return Finish(Delete(*flags, context), context); };
  });
}

}  // namespace tidemark
