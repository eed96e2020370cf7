// The performance instrument: see bench/README.md.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench/results.h"
#include "bench/row.h"
#include "bench/runner.h"
#include "bench/table.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

struct Flags {
  bool is_quick = false;
  bool is_smoke = false;
  bool lists = false;
  std::vector<std::string> only;
  int rounds = 0;
  std::string out;
  std::string commit = "unknown";
};

Scale ScaleOf(const Flags& flags) {
  return flags.is_smoke ? Scale::kSmoke : flags.is_quick ? Scale::kQuick : Scale::kFull;
}

const char* NameOf(Scale scale) {
  return scale == Scale::kFull ? "full" : scale == Scale::kQuick ? "quick" : "smoke";
}

int RoundsOf(const Flags& flags) {
  if (flags.rounds > 0) return flags.rounds;
  return flags.is_smoke ? 1 : flags.is_quick ? 3 : 5;
}

int64_t WarmBytesOf(Scale scale) {
  return scale == Scale::kSmoke ? 0 : int64_t{scale == Scale::kQuick ? 256 : 768} << 20;
}

// A directory of one's own on the disk in question, removed in the end.
class WorkDirectory {
 public:
  explicit WorkDirectory(const std::string& parent)
      : path_(absl::StrCat(parent, "/tidemark_bench_XXXXXX")) {
    is_made_ = mkdtemp(path_.data()) != nullptr;
  }
  ~WorkDirectory() {
    std::error_code error;
    if (is_made_) std::filesystem::remove_all(path_, error);
  }
  bool is_made() const { return is_made_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool is_made_ = false;
};

std::string BenchParent() {
  const char* const chosen = std::getenv("TIDEMARK_BENCH_DIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
}

// Those asked for, in the order of the report; INVALID_ARGUMENT for a name that no row has.
absl::StatusOr<std::vector<const Row*>> Choose(const std::vector<Row>& rows,
                                               const std::vector<std::string>& only) {
  std::vector<const Row*> chosen;
  for (const Row& row : rows) {
    const bool is_named = std::find(only.begin(), only.end(), row.name) != only.end();
    if (only.empty() || is_named) chosen.push_back(&row);
  }
  for (const std::string& name : only) {
    const auto has_name = [&](const Row& row) { return row.name == name; };
    if (std::find_if(rows.begin(), rows.end(), has_name) != rows.end()) continue;
    return absl::InvalidArgumentError(absl::StrCat("there is no row '", name, "'; see --list"));
  }
  return chosen;
}

std::vector<RowResult> RunRows(const std::vector<const Row*>& rows, RunOptions options) {
  const bool in_colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  const bool shows_progress = isatty(STDERR_FILENO) != 0;
  std::vector<RowResult> results;
  for (const Row* const row : rows) {
    if (shows_progress) {
      options.on_progress = [&](int round, const std::string& contender) {
        std::fprintf(stderr, "\r\x1b[K%zu of %zu: %s, round %d of %d: %s", results.size() + 1,
                     rows.size(), row->name.c_str(), round, options.rounds, contender.c_str());
      };
    }
    results.push_back(RunRow(*row, options));
    if (shows_progress) std::fprintf(stderr, "\r\x1b[K");
    std::printf("%s\n", FormatRow(*row, results.back(), in_colour).c_str());
    std::fflush(stdout);
  }
  return results;
}

absl::Status Run(const Flags& flags) {
  const Scale scale = ScaleOf(flags);
  const std::vector<Row> all = AllRows(scale);
  TM_ASSIGN_OR_RETURN(const std::vector<const Row*> rows, Choose(all, flags.only));
  if (flags.lists) {
    for (const Row* const row : rows)
      std::printf("%-24s %s\n", row->name.c_str(), row->title.c_str());
    return absl::OkStatus();
  }
  const WorkDirectory directory(BenchParent());
  if (!directory.is_made()) {
    return absl::UnavailableError(absl::StrCat("cannot make ", directory.path()));
  }
  Circumstances circumstances = DescribeMachine(BenchParent());
  const int rounds = RoundsOf(flags);
  circumstances.insert(circumstances.begin() + 1, {"commit", flags.commit});
  circumstances.push_back(
      {"settings", absl::StrCat(NameOf(scale), ", ", rounds, " rounds; medians are shown")});
  for (const auto& [name, text] : circumstances) {
    std::printf("%s: %s\n", name.c_str(), text.c_str());
  }
  std::printf("\n");
  const std::vector<RowResult> results =
      RunRows(rows, {directory.path(), rounds, WarmBytesOf(scale), nullptr});
  if (!flags.out.empty()) {
    TM_RETURN_IF_ERROR(WriteTextFile(absl::StrCat(flags.out, "/bench.json"),
                                     ResultsAsJson(circumstances, rows, results)));
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const absl::Status status = results[i].status();
    if (!status.ok())
      return absl::Status(status.code(), absl::StrCat(rows[i]->name, ": ", status.message()));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace tidemark

int main(int argument_count, char** arguments) {
  tidemark::Flags flags;
  CLI::App app("Measures Tidemark beside the machine's limits and other stores.", "bench");
  app.add_flag("--quick", flags.is_quick, "Less of everything: a few minutes in all");
  app.add_flag("--smoke", flags.is_smoke, "As little as shows that everything works");
  app.add_flag("--list", flags.lists, "Only names the rows");
  app.add_option("--only", flags.only, "Only this row; may be given again")->take_all();
  app.add_option("--rounds", flags.rounds, "How often each contender takes its turn")
      ->check(CLI::Range(1, 1000));
  app.add_option("--out", flags.out, "A directory for bench.json")->check(CLI::ExistingDirectory);
  app.add_option("--commit", flags.commit, "What is measured, for the report");
  CLI11_PARSE(app, argument_count, arguments);
  const absl::Status status = tidemark::Run(flags);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bench: %s\n", status.ToString().c_str());
  return 1;
}
