#include "api/cli/topic_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "api/cli/data_directories.h"
#include "api/cli/topic_survey.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr size_t kTextBytes = size_t{1} << 16;

// A record is seen this much after it was appended, at most; an idle follower costs next to
// nothing.
constexpr absl::Duration kPollInterval = absl::Milliseconds(20);
// How often a follower looks for new partitions.
constexpr int kPollsPerSurvey = 50;

}  // namespace

TopicReader::TopicReader(const TopicReaderOptions& options, const RecordFormat& format,
                         CliContext* context)
    : options_(options),
      format_(format),
      context_(context),
      progress_(context, !context->console->output_is_terminal()) {}

absl::Status TopicReader::Run() {
  TM_RETURN_IF_ERROR(OpenCursors());
  absl::Status status = options_.follow ? Follow() : ReadToEnds();
  status.Update(TellPrinted());
  return status;
}

absl::Status TopicReader::TellPrinted() {
  if (options_.on_printed == nullptr) return absl::OkStatus();
  TM_RETURN_IF_ERROR(output_status_);
  TM_RETURN_IF_ERROR(context_->console->Flush());
  std::map<PartitionId, Offset> printed;
  for (const PartitionCursor& cursor : cursors_) {
    const auto committed = options_.positions.find(cursor.topic_partition().partition);
    if (committed != options_.positions.end() && committed->second == cursor.next_offset() &&
        told_.count(committed->first) == 0) {
      continue;
    }
    printed[cursor.topic_partition().partition] = cursor.next_offset();
  }
  if (printed == told_) return absl::OkStatus();
  TM_RETURN_IF_ERROR(options_.on_printed(printed));
  told_ = std::move(printed);
  return absl::OkStatus();
}

absl::StatusOr<PartitionCursor> TopicReader::OpenCursor(const PartitionDirectory& directory) const {
  FileSystem* const file_system = context_->environment.file_system;
  const auto position = options_.positions.find(directory.topic_partition.partition);
  if (position != options_.positions.end()) {
    StartPosition start;
    start.kind = StartPosition::Kind::kOffset;
    start.offset = position->second;
    absl::StatusOr<PartitionCursor> cursor =
        PartitionCursor::Open(file_system, directory, start, options_.isolation);
    if (!absl::IsOutOfRange(cursor.status())) return cursor;
  }
  return PartitionCursor::Open(file_system, directory, options_.start, options_.isolation);
}

absl::Status TopicReader::OpenCursors() {
  FileSystem* const file_system = context_->environment.file_system;
  TM_ASSIGN_OR_RETURN(const std::vector<SurveyedTopic> topics,
                      SurveyTopics(file_system, options_.data_directories, options_.topic));
  const SurveyedTopic& topic = topics.front();
  for (const PartitionDirectory& directory : topic.partitions) {
    if (options_.partition.value_or(directory.topic_partition.partition) !=
        directory.topic_partition.partition) {
      continue;
    }
    TM_ASSIGN_OR_RETURN(PartitionCursor cursor, OpenCursor(directory));
    if (!options_.follow) cursor.StopAtEnd();
    cursors_.push_back(std::move(cursor));
  }
  if (!cursors_.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("topic ", options_.topic, " has no partition ",
                                          options_.partition->value(), " in ",
                                          JoinDirectories(options_.data_directories), "; it has ",
                                          topic.partition_count, ", counted from 0"));
}

absl::Status TopicReader::OpenNewPartitions() {
  if (options_.partition.has_value()) return absl::OkStatus();
  FileSystem* const file_system = context_->environment.file_system;
  TM_ASSIGN_OR_RETURN(const std::vector<SurveyedTopic> topics,
                      SurveyTopics(file_system, options_.data_directories, options_.topic));
  for (const PartitionDirectory& directory : topics.front().partitions) {
    const bool is_known =
        std::any_of(cursors_.begin(), cursors_.end(), [&](const PartitionCursor& cursor) {
          return cursor.topic_partition() == directory.topic_partition;
        });
    if (is_known) continue;
    TM_ASSIGN_OR_RETURN(PartitionCursor cursor,
                        PartitionCursor::Open(file_system, directory, {}, options_.isolation));
    cursors_.push_back(std::move(cursor));
  }
  return absl::OkStatus();
}

absl::Status TopicReader::ReadToEnds() {
  for (PartitionCursor& cursor : cursors_) {
    bool is_there = true;
    while (is_there && !IsDone()) {
      TM_ASSIGN_OR_RETURN(is_there, ReadFrom(&cursor));
    }
  }
  return absl::OkStatus();
}

absl::Status TopicReader::Follow() {
  Console* const console = context_->console;
  int idle_polls = 0;
  while (!IsDone()) {
    TM_ASSIGN_OR_RETURN(const bool is_there, ReadOnce());
    if (!is_there) {
      TM_RETURN_IF_ERROR(console->Flush());
      TM_RETURN_IF_ERROR(TellPrinted());
      if (++idle_polls % kPollsPerSurvey == 0) TM_RETURN_IF_ERROR(OpenNewPartitions());
    }
    const absl::Duration pause = is_there ? absl::ZeroDuration() : kPollInterval;
    const Console::Event event = console->Wait({.output = true}, pause);
    if (event == Console::Event::kInterrupted || event == Console::Event::kOutputGone) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> TopicReader::ReadOnce() {
  bool any = false;
  for (PartitionCursor& cursor : cursors_) {
    if (IsDone()) break;
    TM_ASSIGN_OR_RETURN(const bool is_there, ReadFrom(&cursor));
    any = any || is_there;
  }
  return any;
}

absl::StatusOr<bool> TopicReader::ReadFrom(PartitionCursor* cursor) {
  const absl::StatusOr<bool> is_there = cursor->Advance(
      [&](const RecordView& record) { return Print(cursor->topic_partition(), record); });
  // What was read in front of an error is printed as well.
  output_status_.Update(context_->console->Write(text_));
  text_.clear();
  TM_RETURN_IF_ERROR(is_there.status());
  TM_RETURN_IF_ERROR(output_status_);
  progress_.Update([&](absl::Duration elapsed) {
    return absl::StrFormat("%s-%d: offset %d; %d records, %.0f a second", options_.topic,
                           cursor->topic_partition().partition.value(),
                           cursor->next_offset().value(), printed_count_,
                           static_cast<double>(printed_count_) / absl::ToDoubleSeconds(elapsed));
  });
  return is_there;
}

bool TopicReader::Print(const TopicPartition& topic_partition, const RecordView& record) {
  format_.Print(topic_partition, record, &text_);
  ++printed_count_;
  if (text_.size() >= kTextBytes) {
    output_status_.Update(context_->console->Write(text_));
    text_.clear();
  }
  return output_status_.ok() && !IsDone();
}

}  // namespace tidemark
