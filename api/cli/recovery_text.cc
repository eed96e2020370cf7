#include "api/cli/recovery_text.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "api/cli/count_text.h"
#include "api/cli/json_line.h"
#include "nlohmann/json.hpp"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

struct Totals {
  int64_t clean = 0;
  int64_t scanned_bytes = 0;
  int64_t batches_kept = 0;
  int64_t dropped_segments = 0;
  int64_t rebuilt_files = 0;
};

Totals TotalsOf(const RecoveryReport& report) {
  Totals totals;
  for (const LogRecoveryReport& log : report.logs) {
    if (log.error.ok() && log.was_clean) ++totals.clean;
    totals.scanned_bytes += log.scanned_bytes;
    totals.batches_kept += log.batches_kept;
    totals.dropped_segments += log.dropped_segments;
    totals.rebuilt_files += static_cast<int64_t>(log.rebuilt_files.size());
  }
  return totals;
}

const char* StateOf(const LogRecoveryReport& log) {
  if (!log.error.ok()) return "offline";
  if (!log.damaged.empty()) return "damaged";
  return log.was_clean ? "clean" : "recovered";
}

std::string LogText(const LogRecoveryReport& log) {
  if (log.error.ok() && log.was_clean && log.rebuilt_files.empty() && log.notes.empty()) return "";
  std::string text =
      absl::StrCat(log.topic_partition.topic, "-", log.topic_partition.partition.value(), ": ",
                   StateOf(log), ": ", CountText(log.scanned_bytes, "byte", "bytes"), " checked, ",
                   CountText(log.batches_kept, "batch", "batches"), " kept, ",
                   CountText(log.dropped_bytes, "byte", "bytes"), " dropped");
  if (log.dropped_segments > 0) {
    absl::StrAppend(&text, ", ", CountText(log.dropped_segments, "segment", "segments"),
                    " dropped");
  }
  if (!log.rebuilt_files.empty()) {
    absl::StrAppend(&text, ", rebuilt ", absl::StrJoin(log.rebuilt_files, " "));
  }
  text += '\n';
  for (const std::string& note : log.notes) absl::StrAppend(&text, "    ", note, "\n");
  if (!log.error.ok()) absl::StrAppend(&text, "    ", log.error.message(), "\n");
  return text;
}

std::string TotalText(const RecoveryReport& report, bool is_dry_run) {
  const Totals totals = TotalsOf(report);
  return absl::StrCat(
      is_dry_run ? "dry run, nothing was changed: " : "",
      CountText(static_cast<int64_t>(report.logs.size()), "partition", "partitions"), ", ",
      totals.clean, " clean, ", report.offline_partitions(), " offline; ",
      CountText(totals.scanned_bytes, "byte", "bytes"), " checked, ",
      CountText(totals.batches_kept, "batch", "batches"), " kept, ",
      CountText(report.dropped_bytes(), "byte", "bytes"), " and ",
      CountText(totals.dropped_segments, "segment", "segments"), " dropped, ",
      CountText(totals.rebuilt_files, "file", "files"), " rebuilt\n");
}

Json LogJson(const LogRecoveryReport& log) {
  return {{"topic", log.topic_partition.topic},
          {"partition", log.topic_partition.partition.value()},
          {"state", StateOf(log)},
          {"error", log.error.ok() ? Json() : Json(std::string(log.error.message()))},
          {"scanned_bytes", log.scanned_bytes},
          {"batches_kept", log.batches_kept},
          {"dropped_bytes", log.dropped_bytes},
          {"dropped_segments", log.dropped_segments},
          {"rebuilt_files", log.rebuilt_files},
          {"notes", log.notes},
          {"duration_ms", absl::ToInt64Milliseconds(log.duration)}};
}

Json TotalJson(const RecoveryReport& report, bool is_dry_run) {
  const Totals totals = TotalsOf(report);
  return {{"dry_run", is_dry_run},
          {"was_clean", report.was_clean},
          {"partitions", report.logs.size()},
          {"clean", totals.clean},
          {"offline", report.offline_partitions()},
          {"scanned_bytes", totals.scanned_bytes},
          {"batches_kept", totals.batches_kept},
          {"dropped_bytes", report.dropped_bytes()},
          {"dropped_segments", totals.dropped_segments},
          {"rebuilt_files", totals.rebuilt_files},
          {"duration_ms", absl::ToInt64Milliseconds(report.duration)}};
}

}  // namespace

std::string FormatRecovery(const RecoveryReport& report, bool is_dry_run, OutputFormat format) {
  const bool is_json = format == OutputFormat::kJson;
  std::string text;
  for (const LogRecoveryReport& log : report.logs) {
    text += is_json ? JsonLine(LogJson(log)) : LogText(log);
  }
  return text + (is_json ? JsonLine(TotalJson(report, is_dry_run)) : TotalText(report, is_dry_run));
}

}  // namespace tidemark
