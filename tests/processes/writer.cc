// A process that writes, for the tests of this folder to drive and to kill: it has one data
// directory open, does what the lines of its input say, one by one, and answers each.
//
// Usage: writer DIRECTORY OPEN_FILES_MAX
//
//   topic NAME PARTITIONS [SETTING=VALUE]...         makes it, unless it exists
//   engine [SETTING=VALUE]...
//   append TOPIC PARTITION FIRST COUNT SIZE KEYS DURABILITY
//       records FIRST, FIRST+1, ..., each an append of its own; "a NUMBER OFFSET" for each once it
//       is acknowledged. Stops at the first that is refused. See record() of writer_process.py.
//   read TOPIC PARTITION OFFSET                      up to the end: "ok START FIRST COUNT END"
//   delete TOPIC PARTITION OFFSET, retain, compact, errors, close
//   hold, release                                    takes every descriptor, or gives them back
//
// The answer is "ok ..." or "error CODE MESSAGE".

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "api/tidemark.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

using Words = std::vector<std::string>;

void Say(absl::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

int64_t Number(const std::string& word) {
  int64_t number = 0;
  return absl::SimpleAtoi(word, &number) ? number : -1;
}

ConfigMap Settings(const Words& words, size_t first) {
  ConfigMap settings;
  for (size_t i = first; i < words.size(); ++i) {
    const std::pair<std::string, std::string> setting =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    settings.insert(setting);
  }
  return settings;
}

class Writer {
 public:
  explicit Writer(Tidemark tidemark) : tidemark_(std::move(tidemark)) {}

  // What follows "ok".
  absl::StatusOr<std::string> Do(const Words& words) {
    const auto found = commands_.find(words[0]);
    if (found == commands_.end()) return absl::InvalidArgumentError("no such command");
    const auto& [word_count, command] = found->second;
    if (words.size() < word_count) return absl::InvalidArgumentError("too few words");
    return command(words);
  }

 private:
  using Command = std::function<absl::StatusOr<std::string>(const Words&)>;

  absl::StatusOr<std::string> MakeTopic(const Words& words);
  absl::StatusOr<std::string> Append(const Words& words);
  absl::StatusOr<std::string> Read(const Words& words);
  absl::StatusOr<std::string> Retain();
  absl::StatusOr<std::string> Compact();
  std::string BackgroundErrors();
  std::string Hold();

  Tidemark tidemark_;
  std::vector<int> held_;
  const std::map<std::string, std::pair<size_t, Command>> commands_ = {
      {"topic", {3, [this](const Words& words) { return MakeTopic(words); }}},
      {"engine",
       {1,
        [this](const Words& words) {
          return Plain(tidemark_.AlterEngineConfig(Settings(words, 1)));
        }}},
      {"append", {8, [this](const Words& words) { return Append(words); }}},
      {"read", {4, [this](const Words& words) { return Read(words); }}},
      {"delete",
       {4,
        [this](const Words& words) -> absl::StatusOr<std::string> {
          TM_ASSIGN_OR_RETURN(Topic topic, tidemark_.OpenTopic(words[1]));
          return Plain(topic.DeleteRecordsBefore(
              PartitionId(static_cast<int32_t>(Number(words[2]))), Offset(Number(words[3]))));
        }}},
      {"retain", {1, [this](const Words&) { return Retain(); }}},
      {"compact", {1, [this](const Words&) { return Compact(); }}},
      {"errors", {1, [this](const Words&) { return BackgroundErrors(); }}},
      {"hold", {1, [this](const Words&) { return Hold(); }}},
      {"release",
       {1,
        [this](const Words&) {
          for (const int descriptor : held_) close(descriptor);
          held_.clear();
          return std::string();
        }}},
      {"close", {1, [this](const Words&) { return Plain(tidemark_.Close()); }}},
  };

  static absl::StatusOr<std::string> Plain(const absl::Status& status) {
    if (!status.ok()) return status;
    return std::string();
  }
};

absl::StatusOr<std::string> Writer::MakeTopic(const Words& words) {
  TopicOptions options;
  options.partition_count = static_cast<int32_t>(Number(words[2]));
  options.config = Settings(words, 3);
  options.exists_ok = true;
  return Plain(tidemark_.CreateTopic(words[1], options).status());
}

absl::StatusOr<std::string> Writer::Append(const Words& words) {
  TM_ASSIGN_OR_RETURN(Topic topic, tidemark_.OpenTopic(words[1]));
  ProduceOptions options;
  options.partition = PartitionId(static_cast<int32_t>(Number(words[2])));
  options.durability = words[7] == "durable" ? Durability::kDurable : Durability::kBuffered;
  const int64_t first = Number(words[3]);
  const int64_t keys = Number(words[6]);
  const std::string filler(static_cast<size_t>(Number(words[5])), '=');
  for (int64_t number = first; number < first + Number(words[4]); ++number) {
    const std::string key = keys > 0 ? absl::StrCat("k", number * 7919 % keys) : "";
    const std::string value = absl::StrCat(number, ":", filler);
    Record record;
    if (keys > 0) record.key = key;
    record.value = value;
    TM_ASSIGN_OR_RETURN(const AppendAck ack, topic.Append(record, options));
    Say(absl::StrCat("a ", number, " ", ack.offset.value()));
  }
  return std::string();
}

absl::StatusOr<std::string> Writer::Read(const Words& words) {
  TM_ASSIGN_OR_RETURN(Topic topic, tidemark_.OpenTopic(words[1]));
  const PartitionId partition(static_cast<int32_t>(Number(words[2])));
  TM_ASSIGN_OR_RETURN(const PartitionOffsets offsets, topic.Offsets(partition));
  Offset next = std::max(Offset(Number(words[3])), offsets.earliest);
  absl::optional<Offset> first;
  int64_t count = 0;
  while (next < offsets.latest) {
    TM_ASSIGN_OR_RETURN(const FetchedRecords records, topic.Read(partition, next));
    if (records.empty()) break;
    if (!first.has_value()) first = records[0].offset;
    count += static_cast<int64_t>(records.size());
    next = records.next_offset();
  }
  return absl::StrCat(offsets.earliest.value(), " ", first.value_or(next).value(), " ", count, " ",
                      offsets.latest.value());
}

absl::StatusOr<std::string> Writer::Retain() {
  TM_ASSIGN_OR_RETURN(const std::vector<RetentionOutcome> outcomes, tidemark_.RunRetention());
  for (const RetentionOutcome& outcome : outcomes) TM_RETURN_IF_ERROR(outcome.status);
  return std::string();
}

absl::StatusOr<std::string> Writer::Compact() {
  TM_ASSIGN_OR_RETURN(const std::vector<CompactionOutcome> outcomes, tidemark_.RunCompaction());
  for (const CompactionOutcome& outcome : outcomes) TM_RETURN_IF_ERROR(outcome.status);
  return std::string();
}

// Of retention and of compaction, in one line.
std::string Writer::BackgroundErrors() {
  std::string text;
  for (const absl::Status& status : tidemark_.background_errors()) {
    absl::StrAppend(&text, status.ToString(), "; ");
  }
  return text;
}

std::string Writer::Hold() {
  for (;;) {
    const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return absl::StrCat(held_.size());
    held_.push_back(descriptor);
  }
}

int Run(const std::string& directory, int64_t open_files_max) {
  OpenOptions options;
  options.open_files_max = open_files_max;
  absl::StatusOr<Tidemark> tidemark = Tidemark::Open(directory, options);
  if (!tidemark.ok()) {
    Say(absl::StrCat("error ", absl::StatusCodeToString(tidemark.status().code()), " ",
                     tidemark.status().message()));
    return 1;
  }
  Writer writer(*std::move(tidemark));
  Say("ok");
  for (std::string line; std::getline(std::cin, line);) {
    const absl::StatusOr<std::string> done = writer.Do(absl::StrSplit(line, ' '));
    Say(done.ok() ? absl::StrCat("ok ", *done)
                  : absl::StrCat("error ", absl::StatusCodeToString(done.status().code()), " ",
                                 done.status().message()));
  }
  return 0;
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return tidemark::Run(argv[1], tidemark::Number(argv[2]));
}
