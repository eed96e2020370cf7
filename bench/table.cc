#include "bench/table.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tidemark {
namespace {

constexpr char kBold[] = "\x1b[1m";
constexpr char kGreen[] = "\x1b[32m";
constexpr char kRed[] = "\x1b[31m";
constexpr char kPlain[] = "\x1b[0m";

std::string Paint(const std::string& text, const char* colour, bool in_colour) {
  return in_colour ? absl::StrCat(colour, text, kPlain) : text;
}

std::string WithPrefix(double value, const std::string& unit) {
  if (value >= 1e9) return absl::StrFormat("%.3g G%s", value / 1e9, unit);
  if (value >= 1e6) return absl::StrFormat("%.3g M%s", value / 1e6, unit);
  if (value >= 1e3) return absl::StrFormat("%.3g k%s", value / 1e3, unit);
  return absl::StrFormat("%.3g %s", value, absl::StripLeadingAsciiWhitespace(unit));
}

std::string FormatSeconds(double seconds) {
  if (seconds < 1e-6) return absl::StrFormat("%.0f ns", seconds * 1e9);
  if (seconds < 1e-3) return absl::StrFormat("%.3g us", seconds * 1e6);
  if (seconds < 1) return absl::StrFormat("%.3g ms", seconds * 1e3);
  return absl::StrFormat("%.3g s", seconds);
}

const char* KindName(ContenderKind kind) {
  switch (kind) {
    case ContenderKind::kLimit:
      return "limit";
    case ContenderKind::kTidemark:
      return "tidemark";
    case ContenderKind::kPeer:
      break;
  }
  return "peer";
}

// Half of the spread as a part of the median.
std::string FormatSpread(const Summary& summary) {
  if (summary.median == 0) return "";
  return absl::StrFormat("+-%.0f%%", 50 * (summary.max - summary.min) / summary.median);
}

std::string FormatRatio(const absl::optional<double>& ratio) {
  return ratio.has_value() ? absl::StrFormat("%.2f", *ratio) : "-";
}

std::string FormatEntry(const Row& row, const EntryResult& entry) {
  const std::string name = entry.place.has_value()
                               ? absl::StrFormat("%s, %g %s", entry.name, *entry.place, row.axis)
                               : entry.name;
  std::string line = absl::StrFormat("  %-9s %-44s ", KindName(entry.kind), name);
  const auto found = entry.metrics.find(row.metric);
  if (found == entry.metrics.end()) {
    return absl::StrCat(line, "left out: ", entry.status.message());
  }
  absl::StrAppendFormat(&line, "%18s %7s %8s %8s", FormatMetric(row.metric, found->second.median),
                        FormatSpread(found->second), FormatRatio(entry.of_limit),
                        FormatRatio(entry.of_best_peer));
  const auto median = entry.metrics.find("p50_ns");
  if (median == entry.metrics.end()) return line;
  for (const char* const percentile : {"p50_ns", "p99_ns", "p999_ns", "max_ns"}) {
    absl::StrAppend(&line, "  ", FormatMetric(percentile, entry.metrics.at(percentile).median));
  }
  return line;
}

}  // namespace

std::string FormatMetric(const std::string& metric, double value) {
  if (metric == kRecordsPerSecond) return WithPrefix(value, " records/s");
  if (metric == kBatchesPerSecond) return WithPrefix(value, " batches/s");
  if (metric == kBytesPerSecond) return WithPrefix(value, "B/s");
  if (absl::EndsWith(metric, "_ns")) return FormatSeconds(value / 1e9);
  if (absl::EndsWith(metric, "seconds")) return FormatSeconds(value);
  if (absl::EndsWith(metric, "_bytes")) return WithPrefix(value, "B");
  return absl::StrFormat("%.3g", value);
}

std::string FormatRow(const Row& row, const RowResult& result, bool in_colour) {
  std::string text = absl::StrCat(Paint(row.name, kBold, in_colour), ": ", row.title, "\n");
  absl::StrAppendFormat(&text, "  %-9s %-44s %18s %7s %8s %8s\n", "", "", "median", "spread",
                        "of limit", "of peer");
  for (const EntryResult& entry : result.entries) {
    const std::string line = FormatEntry(row, entry);
    absl::StrAppend(&text, entry.is_judged ? Paint(line, kBold, in_colour) : line, "\n");
  }
  for (const Verdict& verdict : result.verdicts) {
    const std::string& metric = verdict.goal.metric.empty() ? row.metric : verdict.goal.metric;
    std::string measured = "nothing to compare with";
    if (verdict.measured.has_value()) {
      measured = verdict.goal.kind == Goal::Kind::kAtMost ? FormatMetric(metric, *verdict.measured)
                                                          : FormatRatio(verdict.measured);
    }
    absl::StrAppend(&text, "  goal: ", verdict.text, ": ", measured, ", ",
                    verdict.is_met                 ? Paint("met", kGreen, in_colour)
                    : verdict.measured.has_value() ? Paint("missed", kRed, in_colour)
                                                   : "open",
                    "\n");
  }
  return text;
}

}  // namespace tidemark
