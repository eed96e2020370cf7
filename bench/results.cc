#include "bench/results.h"

#include <sys/utsname.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "storage/base/check.h"

namespace tidemark {
namespace {

using nlohmann::ordered_json;

// What stands behind `label` in a file of "label : text" lines.
std::string LabelledLine(const std::string& path, absl::string_view label) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    absl::string_view rest = line;
    if (!absl::ConsumePrefix(&rest, label)) continue;
    return std::string(absl::StripAsciiWhitespace(
        absl::StripPrefix(absl::StripLeadingAsciiWhitespace(rest), ":")));
  }
  return "unknown";
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? line : "unknown";
}

// The type and options of the mount that `directory` is on, from the longest mount point.
std::string DescribeFileSystem(const std::string& directory) {
  std::ifstream file("/proc/mounts");
  std::string found = "unknown";
  size_t longest = 0;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, ' ');
    if (fields.size() < 4) continue;
    const std::string& point = fields[1];
    const bool is_above =
        point == "/" || directory == point || absl::StartsWith(directory, absl::StrCat(point, "/"));
    if (!is_above || point.size() < longest) continue;
    longest = point.size();
    found = absl::StrCat(fields[2], " on ", fields[0], " (", fields[3], ")");
    if (fields[2] == "tmpfs") absl::StrAppend(&found, ": in memory, durable figures mean nothing");
  }
  return found;
}

const char* KindName(ContenderKind kind) {
  return kind == ContenderKind::kLimit      ? "limit"
         : kind == ContenderKind::kTidemark ? "tidemark"
                                            : "peer";
}

const char* KindName(Goal::Kind kind) {
  switch (kind) {
    case Goal::Kind::kOfLimit:
      return "of_limit";
    case Goal::Kind::kOfBestPeer:
      return "of_best_peer";
    case Goal::Kind::kAtMost:
      return "at_most";
    case Goal::Kind::kOfFirst:
      break;
  }
  return "of_first";
}

ordered_json OrNull(const absl::optional<double>& value) {
  return value.has_value() ? ordered_json(*value) : ordered_json();
}

ordered_json LoadAsJson(const Load& load) {
  return {{"record_bytes", load.record_bytes},
          {"records_per_batch", load.records_per_batch},
          {"batches", load.batches},
          {"threads", load.threads},
          {"outstanding", load.outstanding},
          {"partitions", load.partitions},
          {"passes", load.passes}};
}

ordered_json EntryAsJson(const EntryResult& entry) {
  ordered_json metrics = ordered_json::object();
  for (const auto& [name, summary] : entry.metrics) {
    metrics[name] = {{"median", summary.median}, {"min", summary.min}, {"max", summary.max}};
  }
  ordered_json percentiles = ordered_json::array();
  if (entry.latencies.count() > 0) {
    for (const double fraction : {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995,
                                  0.9999, 0.99999, 1.0}) {
      percentiles.push_back({fraction, entry.latencies.Percentile(fraction)});
    }
  }
  return {{"name", entry.name},
          {"kind", KindName(entry.kind)},
          {"settings", entry.settings},
          {"line", entry.line},
          {"place", OrNull(entry.place)},
          {"status", entry.status.ok() ? "ok" : entry.status.ToString()},
          {"is_judged", entry.is_judged},
          {"of_limit", OrNull(entry.of_limit)},
          {"of_best_peer", OrNull(entry.of_best_peer)},
          {"metrics", metrics},
          {"percentiles_ns", percentiles},
          {"rounds", entry.rounds}};
}

ordered_json RowAsJson(const Row& row, const RowResult& result) {
  ordered_json goals = ordered_json::array();
  for (const Verdict& verdict : result.verdicts) {
    goals.push_back({{"text", verdict.text},
                     {"kind", KindName(verdict.goal.kind)},
                     {"value", verdict.goal.value},
                     {"metric", verdict.goal.metric.empty() ? row.metric : verdict.goal.metric},
                     {"measured", OrNull(verdict.measured)},
                     {"is_met", verdict.is_met}});
  }
  ordered_json entries = ordered_json::array();
  for (const EntryResult& entry : result.entries) entries.push_back(EntryAsJson(entry));
  return {{"name", row.name},
          {"title", row.title},
          {"load", LoadAsJson(row.load)},
          {"metric", row.metric},
          {"less_is_better", IsLessBetter(row.metric)},
          {"limit", row.limit},
          {"axis", row.axis},
          {"goals", goals},
          {"entries", entries}};
}

}  // namespace

Circumstances DescribeMachine(const std::string& directory) {
  utsname system = {};
  if (uname(&system) != 0) return {};
  return {{"date", absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::Now(), absl::UTCTimeZone())},
          {"processor", LabelledLine("/proc/cpuinfo", "model name")},
          {"cores", absl::StrCat(std::thread::hardware_concurrency())},
          {"memory", LabelledLine("/proc/meminfo", "MemTotal")},
          {"kernel", absl::StrCat(system.sysname, " ", system.release)},
          {"file system", DescribeFileSystem(directory)},
          {"directory", directory},
          {"compiler", absl::StrCat("g++ ", __VERSION__)},
          {"load before (1, 5, 15 min)", FirstLine("/proc/loadavg")}};
}

std::string ResultsAsJson(const Circumstances& circumstances, const std::vector<const Row*>& rows,
                          const std::vector<RowResult>& results) {
  TM_CHECK(rows.size() == results.size());
  ordered_json json = {{"circumstances", ordered_json::object()}, {"rows", ordered_json::array()}};
  for (const auto& [name, text] : circumstances) json["circumstances"][name] = text;
  for (size_t i = 0; i < rows.size(); ++i) {
    json["rows"].push_back(RowAsJson(*rows[i], results[i]));
  }
  return json.dump(1) + "\n";
}

absl::Status WriteTextFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

}  // namespace tidemark
