#include "api/cli/consume_command.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/types/optional.h"
#include "api/cli/committed_offsets.h"
#include "api/cli/data_directories.h"
#include "api/cli/open_directory.h"
#include "api/cli/topic_reader.h"
#include "api/tidemark.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

struct ConsumeFlags {
  TopicReaderOptions reader;
  int32_t partition = -1;
  std::string format = "%v\\n";
  std::string group;
  bool commits = false;
};

std::map<std::string, Isolation> Isolations() {
  return {{"read_uncommitted", Isolation::kReadUncommitted},
          {"read_committed", Isolation::kReadCommitted}};
}

// Absent if `text` is none of earliest, latest and an offset.
absl::optional<StartPosition> ParseStart(const std::string& text) {
  StartPosition start;
  int64_t offset = 0;
  if (text == "earliest") {
    start.kind = StartPosition::Kind::kEarliest;
  } else if (text == "latest") {
    start.kind = StartPosition::Kind::kLatest;
  } else if (absl::SimpleAtoi(text, &offset) && offset >= 0) {
    start.kind = StartPosition::Kind::kOffset;
    start.offset = Offset(offset);
  } else {
    return absl::nullopt;
  }
  return start;
}

absl::Status Read(const TopicReaderOptions& options, const ConsumeFlags& flags,
                  CliContext* context) {
  return TopicReader(options, RecordFormat::Parse(flags.format).value(), context).Run();
}

void SetPositions(const OffsetsByPartition& offsets, TopicReaderOptions* options) {
  for (const auto& [topic_partition, offset] : offsets) {
    if (topic_partition.topic != options->topic) continue;
    options->positions[topic_partition.partition] = offset.offset;
  }
}

// Holds the directory, so that nobody else can commit meanwhile.
absl::Status ReadAndCommit(const ConsumeFlags& flags, CliContext* context) {
  TM_ASSIGN_OR_RETURN(Tidemark tide, OpenDirectories(flags.reader.data_directories,
                                                     /*create_if_missing=*/false, context));
  Groups groups = tide.groups();
  TM_ASSIGN_OR_RETURN(const OffsetsByPartition committed, groups.FetchOffsets(flags.group));
  TopicReaderOptions options = flags.reader;
  SetPositions(committed, &options);
  options.on_printed = [&](const std::map<PartitionId, Offset>& printed) {
    OffsetsByPartition offsets;
    for (const auto& [partition, offset] : printed) {
      offsets[TopicPartition{options.topic, partition}].offset = offset;
    }
    return groups.CommitOffsets(flags.group, offsets);
  };
  absl::Status status = Read(options, flags, context);
  status.Update(tide.Close());  // What was committed is durable from here on.
  return status;
}

absl::Status ReadFromGroup(const ConsumeFlags& flags, CliContext* context) {
  TM_ASSIGN_OR_RETURN(const auto groups, ReadCommittedOffsets(context->environment.file_system,
                                                              flags.reader.data_directories));
  TopicReaderOptions options = flags.reader;
  const auto found = groups.find(flags.group);
  if (found != groups.end()) SetPositions(found->second, &options);
  return Read(options, flags, context);
}

ExitCode Consume(const ConsumeFlags& flags, CliContext* context) {
  const absl::Status status = flags.commits         ? ReadAndCommit(flags, context)
                              : flags.group.empty() ? Read(flags.reader, flags, context)
                                                    : ReadFromGroup(flags, context);
  return Finish(status, context);
}

void AddStartOptions(CLI::App* command, const std::shared_ptr<ConsumeFlags>& flags) {
  CLI::Option* const offset =
      command
          ->add_option_function<std::string>(
              "--offset",
              [flags](const std::string& text) { flags->reader.start = *ParseStart(text); },
              "Where to begin in each partition; by default earliest")
          ->check([](const std::string& text) {
            return ParseStart(text).has_value() ? "" : "'" + text + "' is no offset";
          })
          ->option_text("earliest|latest|N");
  command
      ->add_option_function<int64_t>(
          "--timestamp",
          [flags](int64_t milliseconds) {
            flags->reader.start.kind = StartPosition::Kind::kTimestamp;
            flags->reader.start.timestamp = Timestamp(milliseconds);
          },
          "Begin at the first record of this time or later, in ms since 1970")
      ->excludes(offset);
}

}  // namespace

void AddConsumeCommand(CLI::App* app, CliContext* context) {
  auto flags = std::make_shared<ConsumeFlags>();
  CLI::App* command = app->add_subcommand("consume", "Print the records of a topic");
  AddDataDirOption(command, &flags->reader.data_directories);
  command->add_option("--topic", flags->reader.topic, "Topic")->required();
  command->add_option("--partition", flags->partition, "Partition; by default all, one by one")
      ->check(CLI::NonNegativeNumber);
  AddStartOptions(command, flags);
  command
      ->add_option_function<std::string>(
          "--isolation",
          [flags](const std::string& name) { flags->reader.isolation = Isolations().at(name); },
          "Whether records of open and aborted transactions are printed, too (the default)")
      ->check(CLI::IsMember(Isolations()))
      ->option_text("read_uncommitted|read_committed");
  command->add_option("--max-records", flags->reader.records_max, "End after this many records")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--format", flags->format,
                   "What to print for a record: %t topic, %p partition, %o offset, %T timestamp, "
                   "%k key, %v value, %h headers, %%; \\n, \\t, \\\\ (default %v\\n)")
      ->check([](const std::string& text) {
        return std::string(RecordFormat::Parse(text).status().message());
      });
  command->add_flag("--follow", flags->reader.follow,
                    "Go on with what is appended, until interrupted");
  CLI::Option* const group =
      command->add_option("--group", flags->group,
                          "Begin where this group has come to, and elsewhere where --offset says");
  group->check([](const std::string& text) {
    return std::string(text.empty() ? "a group has a name" : "");
  });
  command->add_flag("--commit", flags->commits, "Commit for the group what was printed")
      ->needs(group);
  command->callback([flags, context] {
    if (flags->partition >= 0) flags->reader.partition = PartitionId(flags->partition);
    context->handles_interrupts = flags->reader.follow;
    context->action = [flags, context] { return Consume(*flags, context); };
  });
}

}  // namespace tidemark
