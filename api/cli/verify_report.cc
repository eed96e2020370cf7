#include "api/cli/verify_report.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "api/cli/count_text.h"
#include "api/cli/json_line.h"
#include "nlohmann/json.hpp"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

const char* NameOf(Severity severity) { return severity == Severity::kDamage ? "damage" : "note"; }

}  // namespace

std::string FormatFinding(const Finding& finding, OutputFormat format) {
  const absl::optional<TopicPartition>& partition = finding.topic_partition;
  if (format == OutputFormat::kJson) {
    return JsonLine(
        {{"severity", NameOf(finding.severity)},
         {"topic", partition.has_value() ? Json(partition->topic) : Json()},
         {"partition", partition.has_value() ? Json(partition->partition.value()) : Json()},
         {"file", finding.file},
         {"position", finding.position.has_value() ? Json(finding.position->value()) : Json()},
         {"offset", finding.offset.has_value() ? Json(finding.offset->value()) : Json()},
         {"message", finding.message}});
  }
  std::string line = absl::StrCat(NameOf(finding.severity), ": ");
  if (partition.has_value()) {
    absl::StrAppend(&line, partition->topic, "-", partition->partition.value(), ": ");
  }
  absl::StrAppend(&line, finding.file);
  if (finding.position.has_value()) {
    absl::StrAppend(&line, ": position ", finding.position->value());
  }
  if (finding.offset.has_value()) {
    absl::StrAppend(&line, finding.position.has_value() ? ", " : ": ", "offset ",
                    finding.offset->value());
  }
  return absl::StrCat(line, ": ", finding.message, "\n");
}

std::string FormatTotals(const VerifyTotals& totals, OutputFormat format) {
  if (format == OutputFormat::kJson) {
    return JsonLine({{"partitions", totals.partition_count},
                     {"segments", totals.segment_count},
                     {"batches", totals.batch_count},
                     {"records", totals.record_count},
                     {"bytes", totals.bytes},
                     {"damage", totals.damage_count},
                     {"notes", totals.note_count}});
  }
  const std::string damage =
      totals.damage_count == 0
          ? "no damage"
          : CountText(totals.damage_count, "place with damage", "places with damage");
  return absl::StrCat("checked ", CountText(totals.partition_count, "partition", "partitions"),
                      ", ", CountText(totals.segment_count, "segment", "segments"), ", ",
                      CountText(totals.batch_count, "batch", "batches"), ", ",
                      CountText(totals.record_count, "record", "records"), ", ",
                      CountText(totals.bytes, "byte", "bytes"), ": ", damage, ", ",
                      CountText(totals.note_count, "note", "notes"), "\n");
}

}  // namespace tidemark
