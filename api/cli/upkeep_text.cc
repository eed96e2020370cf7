#include "api/cli/upkeep_text.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "api/cli/count_text.h"
#include "api/cli/json_line.h"
#include "api/cli/table.h"
#include "nlohmann/json.hpp"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

const char* NameOf(RetentionReason reason) {
  switch (reason) {
    case RetentionReason::kNone:
      return "";
    case RetentionReason::kLogStart:
      return "log_start";
    case RetentionReason::kConsumed:
      return "consumed";
    case RetentionReason::kSize:
      return "size";
    case RetentionReason::kTime:
      return "time";
  }
  return "";
}

Json ErrorJson(const absl::Status& status) {
  return status.ok() ? Json() : Json(std::string(status.message()));
}

std::string RowsAndTotal(const Rows& rows, const std::string& total) {
  return (rows.size() > 1 ? FormatTable(rows) : "") + total;
}

std::string RetentionText(absl::Span<const RetentionOutcome> outcomes) {
  Rows rows = {{"TOPIC", "PARTITION", "OLD_START", "START", "SEGMENTS", "BYTES", "REASON"}};
  int64_t segments = 0;
  int64_t bytes = 0;
  for (const RetentionOutcome& outcome : outcomes) {
    segments += outcome.removed_segments;
    bytes += outcome.removed_bytes;
    if (outcome.removed_segments == 0 && outcome.new_start == outcome.old_start) continue;
    rows.push_back({outcome.topic_partition.topic,
                    absl::StrCat(outcome.topic_partition.partition.value()),
                    absl::StrCat(outcome.old_start.value()),
                    absl::StrCat(outcome.new_start.value()), absl::StrCat(outcome.removed_segments),
                    absl::StrCat(outcome.removed_bytes), NameOf(outcome.reason)});
  }
  return RowsAndTotal(rows, absl::StrCat(CountText(static_cast<int64_t>(outcomes.size()),
                                                   "partition", "partitions"),
                                         ": ", CountText(segments, "segment", "segments"), " and ",
                                         CountText(bytes, "byte", "bytes"), " removed\n"));
}

Json ToJson(const RetentionOutcome& outcome) {
  const bool has_reason = outcome.reason != RetentionReason::kNone;
  return {{"topic", outcome.topic_partition.topic},
          {"partition", outcome.topic_partition.partition.value()},
          {"old_start_offset", outcome.old_start.value()},
          {"start_offset", outcome.new_start.value()},
          {"removed_segments", outcome.removed_segments},
          {"removed_bytes", outcome.removed_bytes},
          {"reason", has_reason ? Json(NameOf(outcome.reason)) : Json()},
          {"error", ErrorJson(outcome.status)}};
}

std::string Change(int64_t before, int64_t after) { return absl::StrCat(before, "->", after); }

std::string CompactionText(absl::Span<const CompactionOutcome> outcomes) {
  Rows rows = {{"TOPIC", "PARTITION", "FROM", "UNTIL", "PASSES", "SEGMENTS", "BYTES", "RECORDS"}};
  int64_t saved_bytes = 0;
  int64_t records = 0;
  for (const CompactionOutcome& outcome : outcomes) {
    saved_bytes += outcome.saved_bytes();
    records += outcome.records_before - outcome.records_after;
    if (outcome.pass_count == 0) continue;
    rows.push_back(
        {outcome.topic_partition.topic, absl::StrCat(outcome.topic_partition.partition.value()),
         absl::StrCat(outcome.first_dirty.value()), absl::StrCat(outcome.cleaned_until.value()),
         absl::StrCat(outcome.pass_count), Change(outcome.segments_before, outcome.segments_after),
         Change(outcome.bytes_before, outcome.bytes_after),
         Change(outcome.records_before, outcome.records_after)});
  }
  return RowsAndTotal(
      rows,
      absl::StrCat(CountText(static_cast<int64_t>(outcomes.size()), "partition", "partitions"),
                   ": ", CountText(records, "record", "records"), " removed, ",
                   CountText(saved_bytes, "byte", "bytes"), " saved\n"));
}

Json ToJson(const CompactionOutcome& outcome) {
  return {{"topic", outcome.topic_partition.topic},
          {"partition", outcome.topic_partition.partition.value()},
          {"first_dirty_offset", outcome.first_dirty.value()},
          {"cleaned_until_offset", outcome.cleaned_until.value()},
          {"passes", outcome.pass_count},
          {"segments_before", outcome.segments_before},
          {"segments_after", outcome.segments_after},
          {"bytes_before", outcome.bytes_before},
          {"bytes_after", outcome.bytes_after},
          {"records_before", outcome.records_before},
          {"records_after", outcome.records_after},
          {"keyless_records", outcome.keyless_records},
          {"duration_ms", absl::ToInt64Milliseconds(outcome.took)},
          {"error", ErrorJson(outcome.status)}};
}

template <typename Outcome>
std::string JsonLines(absl::Span<const Outcome> outcomes) {
  std::string lines;
  for (const Outcome& outcome : outcomes) lines += JsonLine(ToJson(outcome));
  return lines;
}

}  // namespace

std::string FormatRetention(absl::Span<const RetentionOutcome> outcomes, OutputFormat format) {
  return format == OutputFormat::kJson ? JsonLines(outcomes) : RetentionText(outcomes);
}

std::string FormatCompaction(absl::Span<const CompactionOutcome> outcomes, OutputFormat format) {
  return format == OutputFormat::kJson ? JsonLines(outcomes) : CompactionText(outcomes);
}

}  // namespace tidemark
