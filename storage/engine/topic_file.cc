#include "storage/engine/topic_file.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/base/status_macros.h"
#include "storage/engine/checked_text.h"
#include "storage/engine/topic_config.h"
#include "storage/format/topic_id.h"

namespace tidemark {
namespace {

constexpr absl::string_view kTopicFileSuffix = ".topic";

// The lines that each topic file begins with, in this order.
constexpr absl::string_view kTopicIdKey = "topic_id";
constexpr absl::string_view kStateKey = "state";
constexpr absl::string_view kPartitionsKey = "partitions";
constexpr absl::string_view kOffsetGapsKey = "offset_gaps";
constexpr size_t kFixedLines = 4;

absl::string_view StateName(TopicState state) {
  switch (state) {
    case TopicState::kCreating:
      return "creating";
    case TopicState::kDeleting:
      return "deleting";
    case TopicState::kLive:
      break;
  }
  return "live";
}

absl::Status Wrong(const TextLine& line, absl::string_view expected) {
  return absl::DataLossError(absl::StrCat("\"", absl::CHexEscape(line.key), ": ",
                                          absl::CHexEscape(line.value), "\", expected ", expected));
}

absl::Status TakeFixedLines(const std::vector<TextLine>& lines, TopicFile* file) {
  constexpr absl::string_view kKeys[kFixedLines] = {kTopicIdKey, kStateKey, kPartitionsKey,
                                                    kOffsetGapsKey};
  if (lines.size() < kFixedLines) return absl::DataLossError("lines are missing");
  for (size_t i = 0; i < kFixedLines; ++i) {
    if (lines[i].key != kKeys[i]) return Wrong(lines[i], kKeys[i]);
  }
  absl::StatusOr<TopicId> id = ParseTopicId(lines[0].value);
  if (!id.ok()) return Wrong(lines[0], "a topic id");
  file->id = *id;
  bool state_found = false;
  for (TopicState state : {TopicState::kCreating, TopicState::kLive, TopicState::kDeleting}) {
    if (lines[1].value != StateName(state)) continue;
    file->state = state;
    state_found = true;
  }
  if (!state_found) return Wrong(lines[1], "creating, live or deleting");
  if (!absl::SimpleAtoi(lines[2].value, &file->partition_count) || file->partition_count < 1 ||
      file->partition_count > kTopicPartitionsMax) {
    return Wrong(lines[2], absl::StrCat("a number from 1 to ", kTopicPartitionsMax));
  }
  file->offset_gaps_allowed = lines[3].value == "yes";
  if (!file->offset_gaps_allowed && lines[3].value != "no") return Wrong(lines[3], "yes or no");
  return absl::OkStatus();
}

absl::Status TakeConfigLines(absl::Span<const TextLine> lines, ConfigMap* config) {
  for (const TextLine& line : lines) {
    if (!TakeConfigLine(line, config)) return Wrong(line, "a setting that is not there yet");
  }
  return absl::OkStatus();
}

// What one release accepted, another may not know.
absl::StatusOr<ConfigMap> Kept(absl::StatusOr<ConfigMap> checked) {
  if (checked.ok()) return checked;
  return absl::FailedPreconditionError(checked.status().message());
}

}  // namespace

std::string TopicFileName(absl::string_view topic) { return absl::StrCat(topic, kTopicFileSuffix); }

absl::optional<absl::string_view> ParseTopicFileName(absl::string_view name) {
  if (!absl::ConsumeSuffix(&name, kTopicFileSuffix)) return absl::nullopt;
  return name;
}

std::string FormatTopicFile(const TopicFile& file) {
  std::vector<TextLine> lines = {
      {std::string(kTopicIdKey), FormatTopicId(file.id)},
      {std::string(kStateKey), std::string(StateName(file.state))},
      {std::string(kPartitionsKey), absl::StrCat(file.partition_count)},
      {std::string(kOffsetGapsKey), file.offset_gaps_allowed ? "yes" : "no"},
  };
  AppendConfigLines(file.config, &lines);
  return FormatCheckedText(lines);
}

absl::StatusOr<TopicFile> ParseTopicFile(absl::string_view text) {
  TM_ASSIGN_OR_RETURN(const std::vector<TextLine> lines, ParseCheckedText(text));
  TopicFile file;
  TM_RETURN_IF_ERROR(TakeFixedLines(lines, &file));
  TM_RETURN_IF_ERROR(
      TakeConfigLines(absl::MakeConstSpan(lines).subspan(kFixedLines), &file.config));
  TM_ASSIGN_OR_RETURN(file.config, Kept(CheckTopicSettings(file.config)));
  return file;
}

std::string FormatEngineProperties(const ConfigMap& config) {
  std::vector<TextLine> lines;
  AppendConfigLines(config, &lines);
  return FormatCheckedText(lines);
}

absl::StatusOr<ConfigMap> ParseEngineProperties(absl::string_view text) {
  TM_ASSIGN_OR_RETURN(const std::vector<TextLine> lines, ParseCheckedText(text));
  ConfigMap config;
  TM_RETURN_IF_ERROR(TakeConfigLines(lines, &config));
  return Kept(CheckBrokerSettings(config));
}

}  // namespace tidemark
