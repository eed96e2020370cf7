// The program behind tools/crash: tests/crash/enumerator/README.md.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "storage/posix_env.h"
#include "tests/crash/enumerator/campaign.h"
#include "tests/crash/enumerator/enumerator.h"

namespace tidemark {
namespace {

constexpr char kUsage[] =
    "usage: tools/crash [--minutes N | --seconds N] [--seed S] [--workload NAME] [--jobs J]\n"
    "                   [--losses N] [--json]\n"
    "       tools/crash --replay 'workload=... crash=... mode=... choices=...'\n"
    "       tools/crash --list\n"
    "Ends lives of the library at every change of files in every way, and looks at what is left.\n"
    "Exit status: 0 all is well, 1 a promise was broken, 2 bad arguments.\n";

struct Arguments {
  CampaignOptions campaign;
  double seconds = 60;
  bool json = false;
  bool list = false;
  std::string replay;
  bool is_valid = true;
};

bool TakeValue(absl::string_view name, const std::vector<std::string>& all, size_t* index,
               std::string* value) {
  absl::string_view argument = all[*index];
  if (argument == name && *index + 1 < all.size()) {
    *value = all[++*index];
    return true;
  }
  if (!absl::ConsumePrefix(&argument, name) || !absl::ConsumePrefix(&argument, "=")) return false;
  *value = std::string(argument);
  return true;
}

void ShowProgress(int64_t states, absl::Duration left) {
  const std::string text = absl::StrFormat("\r%d states, %.0f seconds left   ", states,
                                           std::max(absl::ToDoubleSeconds(left), 0.0));
  std::fputs(text.c_str(), stderr);
}

Arguments Parse(const std::vector<std::string>& all) {
  Arguments arguments;
  CampaignOptions& campaign = arguments.campaign;
  for (size_t i = 0; i < all.size(); ++i) {
    std::string value;
    bool ok = true;
    if (TakeValue("--minutes", all, &i, &value)) {
      ok = absl::SimpleAtod(value, &arguments.seconds);
      arguments.seconds *= 60;
    } else if (TakeValue("--seconds", all, &i, &value)) {
      ok = absl::SimpleAtod(value, &arguments.seconds);
    } else if (TakeValue("--seed", all, &i, &value)) {
      ok = absl::SimpleAtoi(value, &campaign.enumerator.seed);
    } else if (TakeValue("--jobs", all, &i, &value)) {
      ok = absl::SimpleAtoi(value, &campaign.jobs) && campaign.jobs > 0;
    } else if (TakeValue("--losses", all, &i, &value)) {
      ok = absl::SimpleAtoi(value, &campaign.enumerator.losses_per_mode);
    } else if (TakeValue("--workload", all, &i, &value)) {
      campaign.workload_prefix = value;
    } else if (TakeValue("--replay", all, &i, &value)) {
      arguments.replay = value;
    } else if (all[i] == "--json") {
      arguments.json = true;
    } else if (all[i] == "--progress") {
      campaign.on_workload = ShowProgress;
    } else if (all[i] == "--list") {
      arguments.list = true;
    } else {
      ok = false;
    }
    if (!ok) std::fprintf(stderr, "tools/crash: cannot use '%s'\n", all[i].c_str());
    arguments.is_valid &= ok;
  }
  campaign.duration = absl::Seconds(arguments.seconds);
  return arguments;
}

void PrintViolation(const Violation& violation) {
  std::printf("\nviolated, in a crash during \"%s\":\n", violation.during.c_str());
  for (const std::string& what : violation.what) std::printf("  %s\n", what.c_str());
  std::printf("tools/crash --replay '%s'\n", FormatCrashState(violation.state).c_str());
}

int Replay(const std::string& line) {
  const absl::StatusOr<CrashState> state = ParseCrashState(line);
  if (!state.ok()) {
    std::fprintf(stderr, "tools/crash: %s\n", state.status().ToString().c_str());
    return 2;
  }
  const absl::optional<Workload> workload = FindWorkload(state->workload);
  if (!workload.has_value()) {
    std::fprintf(stderr, "tools/crash: there is no workload '%s'; see --list\n",
                 state->workload.c_str());
    return 2;
  }
  Enumerator enumerator(*workload, EnumeratorOptions());
  const absl::StatusOr<Violation> violation = enumerator.Replay(*state);
  if (!violation.ok()) {
    std::fprintf(stderr, "tools/crash: %s\n", violation.status().ToString().c_str());
    return 2;
  }
  if (violation->what.empty()) {
    std::printf("all is well after this crash, which was during \"%s\"\n",
                violation->during.c_str());
    return 0;
  }
  PrintViolation(*violation);
  return 1;
}

double Rate(const CampaignRow& row) {
  const double seconds = absl::ToDoubleSeconds(row.took);
  return seconds > 0 ? static_cast<double>(row.states) / seconds : 0;
}

// Sums rows up, by the level of what they test and in all.
std::map<std::string, CampaignRow> WithSums(std::map<std::string, CampaignRow> rows) {
  std::map<std::string, CampaignRow> sums;
  for (const auto& [name, row] : rows) {
    for (const std::string& sum : {name.substr(0, name.find_first_of("-:")), std::string("all")}) {
      CampaignRow& total = sums["= " + sum];
      total.runs += row.runs;
      total.points += row.points;
      total.exhausted_points += row.exhausted_points;
      total.states += row.states;
      total.opened_states += row.opened_states;
      total.repeated_states += row.repeated_states;
      total.violations += row.violations;
      total.took += row.took;
    }
  }
  rows.merge(sums);
  return rows;
}

void PrintTable(const std::map<std::string, CampaignRow>& rows) {
  std::printf("%-30s %7s %7s %9s %10s %10s %10s %10s %10s\n", "workload", "runs", "points",
              "all losses", "states", "opened", "repeated", "states/s", "violations");
  for (const auto& [name, row] : rows) {
    std::printf("%s",
                absl::StrFormat("%-30s %7d %7d %10d %10d %10d %10d %10.0f %10d\n", name, row.runs,
                                row.points, row.exhausted_points, row.states, row.opened_states,
                                row.repeated_states, Rate(row), row.violations)
                    .c_str());
  }
}

void PrintJson(uint64_t seed, const std::map<std::string, CampaignRow>& rows,
               const std::vector<WorkloadReport>& failures) {
  std::printf("{\"seed\": %s, \"workloads\": {", absl::StrCat(seed).c_str());
  const char* separator = "";
  for (const auto& [name, row] : rows) {
    std::printf("%s", absl::StrFormat("%s\n  \"%s\": {\"runs\": %d, \"points\": %d, "
                                      "\"exhausted_points\": %d, \"states\": %d, "
                                      "\"opened_states\": %d, "
                                      "\"repeated_states\": %d, \"states_per_second\": %.0f, "
                                      "\"violations\": %d}",
                                      separator, name, row.runs, row.points, row.exhausted_points,
                                      row.states, row.opened_states, row.repeated_states, Rate(row),
                                      row.violations)
                          .c_str());
    separator = ",";
  }
  std::printf("\n}, \"replays\": [");
  separator = "";
  for (const WorkloadReport& report : failures) {
    for (const Violation& violation : report.violations) {
      std::printf("%s\n  \"%s\"", separator, FormatCrashState(violation.state).c_str());
      separator = ",";
    }
  }
  std::printf("\n]}\n");
}

int RunCampaign(const Arguments& arguments) {
  const std::unique_ptr<Clock> clock = NewSystemClock();
  Campaign campaign(arguments.campaign, clock.get());
  std::fprintf(stderr, "seed %s, %.0f seconds, %d jobs\n",
               absl::StrCat(arguments.campaign.enumerator.seed).c_str(), arguments.seconds,
               arguments.campaign.jobs);
  const std::clock_t before = std::clock();
  campaign.Run();
  if (arguments.campaign.on_workload != nullptr) std::fputs("\n", stderr);
  const double processor_seconds =
      static_cast<double>(std::clock() - before) / double{CLOCKS_PER_SEC};
  const std::vector<WorkloadReport> failures = campaign.failures();
  const std::map<std::string, CampaignRow> rows = WithSums(campaign.rows());
  if (arguments.json) {
    PrintJson(arguments.campaign.enumerator.seed, rows, failures);
  } else {
    PrintTable(rows);
    std::printf(
        "%s",
        absl::StrFormat("%d states in %.1f seconds of processor time: %.0f a second\n",
                        campaign.states(), processor_seconds,
                        static_cast<double>(campaign.states()) / std::max(processor_seconds, 0.001))
            .c_str());
    for (const WorkloadReport& report : failures) {
      if (!report.status.ok()) {
        std::printf("\n%s could not be played: %s\n", report.name.c_str(),
                    report.status.ToString().c_str());
      }
      for (size_t i = 0; i < report.violations.size() && i < 3; ++i) {
        PrintViolation(report.violations[i]);
      }
    }
  }
  bool is_complete = campaign.states() > 0;
  for (const std::string& name : campaign.missing()) {
    std::fprintf(stderr, "tools/crash: %s was not gone through\n", name.c_str());
    is_complete = false;
  }
  return failures.empty() && is_complete ? 0 : 1;
}

int Main(const std::vector<std::string>& all) {
  const Arguments arguments = Parse(all);
  if (!arguments.is_valid) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (arguments.list) {
    for (const Workload& workload : ScriptedWorkloads()) std::puts(workload.name.c_str());
    std::puts("log:LETTERS\nengine:LETTERS");
    return 0;
  }
  return arguments.replay.empty() ? RunCampaign(arguments) : Replay(arguments.replay);
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) { return tidemark::Main({argv + 1, argv + argc}); }
