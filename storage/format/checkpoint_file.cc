#include "storage/format/checkpoint_file.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/format/decimal.h"
#include "storage/format/text_lines.h"
#include "storage/format/topic_name.h"

namespace tidemark {
namespace {

constexpr absl::string_view kVersion = "0";

std::string FormatPrefix(size_t count) { return absl::StrCat(kVersion, "\n", count, "\n"); }

// Takes the version and the count off the front.
absl::StatusOr<int32_t> TakePrefix(TextLines* lines) {
  absl::string_view line;
  if (!lines->Take(&line) || line != kVersion) return lines->Expected("version 0");
  int32_t count = 0;
  if (!lines->Take(&line) || !ParseDecimal(line, &count) || count < 0) {
    return lines->Expected("the number of entries");
  }
  return count;
}

// Takes what stands before the first space off the front of `text`, and the space.
absl::string_view TakeField(absl::string_view* text) {
  const absl::string_view field = text->substr(0, text->find(' '));
  text->remove_prefix(std::min(text->size(), field.size() + 1));
  return field;
}

absl::Status ExpectEnd(TextLines* lines, int32_t count) {
  absl::string_view line;
  if (!lines->Take(&line)) return absl::OkStatus();
  return lines->Expected(absl::StrCat("the end after ", count, " entries"));
}

}  // namespace

std::string FormatOffsetCheckpoint(absl::Span<const OffsetCheckpointEntry> entries) {
  std::string text = FormatPrefix(entries.size());
  for (const OffsetCheckpointEntry& entry : entries) {
    absl::StrAppend(&text, entry.partition.topic, " ", entry.partition.partition.value(), " ",
                    entry.offset.value(), "\n");
  }
  return text;
}

absl::StatusOr<std::vector<OffsetCheckpointEntry>> ParseOffsetCheckpoint(absl::string_view text) {
  std::vector<OffsetCheckpointEntry> entries;
  if (text.empty()) return entries;
  TextLines lines(text);
  TM_ASSIGN_OR_RETURN(const int32_t count, TakePrefix(&lines));
  absl::flat_hash_set<std::tuple<absl::string_view, int32_t>> seen;
  for (int32_t i = 0; i < count; ++i) {
    absl::string_view line;
    if (!lines.Take(&line)) return lines.Expected(absl::StrCat("entry ", i + 1, " of ", count));
    const absl::string_view topic = TakeField(&line);
    int32_t partition = 0;
    int64_t offset = 0;
    if (!ValidateTopicName(topic).ok() || !ParseDecimal(TakeField(&line), &partition) ||
        partition < 0 || !ParseDecimal(line, &offset)) {
      return lines.Expected("'<topic> <partition> <offset>'");
    }
    if (!seen.emplace(topic, partition).second) {
      return lines.Expected("a partition that is not in a line before");
    }
    entries.push_back({{std::string(topic), PartitionId(partition)}, Offset(offset)});
  }
  TM_RETURN_IF_ERROR(ExpectEnd(&lines, count));
  return entries;
}

std::string FormatLeaderEpochCheckpoint(absl::Span<const LeaderEpochEntry> entries) {
  std::string text = FormatPrefix(entries.size());
  for (const LeaderEpochEntry& entry : entries) {
    absl::StrAppend(&text, entry.epoch.value(), " ", entry.start_offset.value(), "\n");
  }
  return text;
}

absl::StatusOr<std::vector<LeaderEpochEntry>> ParseLeaderEpochCheckpoint(absl::string_view text) {
  TextLines lines(text);
  TM_ASSIGN_OR_RETURN(const int32_t count, TakePrefix(&lines));
  std::vector<LeaderEpochEntry> entries;
  int32_t last_epoch = -1;
  int64_t last_start = -1;
  for (int32_t i = 0; i < count; ++i) {
    absl::string_view line;
    if (!lines.Take(&line)) return lines.Expected(absl::StrCat("entry ", i + 1, " of ", count));
    int32_t epoch = 0;
    int64_t start = 0;
    if (!ParseDecimal(TakeField(&line), &epoch) || !ParseDecimal(line, &start)) {
      return lines.Expected("'<epoch> <start offset>'");
    }
    if (epoch <= last_epoch || start <= last_start) {
      return lines.Expected(
          absl::StrCat("an epoch above ", last_epoch, " and an offset above ", last_start));
    }
    last_epoch = epoch;
    last_start = start;
    entries.push_back({LeaderEpoch(epoch), Offset(start)});
  }
  TM_RETURN_IF_ERROR(ExpectEnd(&lines, count));
  return entries;
}

}  // namespace tidemark
