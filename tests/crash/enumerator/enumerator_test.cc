#include "tests/crash/enumerator/enumerator.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/crash/mutants/mutant_file_system.h"

namespace tidemark {
namespace {

std::string Text(const WorkloadReport& report) {
  std::string text = report.status.ok() ? "" : report.status.ToString();
  for (const Violation& violation : report.violations) {
    absl::StrAppend(&text, FormatCrashState(violation.state), "\n  ",
                    absl::StrJoin(violation.what, "\n  "), "\n");
  }
  return text;
}

WorkloadReport RunOne(const std::string& name, const EnumeratorOptions& options) {
  const absl::optional<Workload> workload = FindWorkload(name);
  EXPECT_TRUE(workload.has_value()) << name;
  return Enumerator(*workload, options).Run();
}

EnumeratorOptions OnForgetfulDirectories() {
  EnumeratorOptions options;
  options.wrap = [](FileSystem* real) {
    return std::make_unique<MutantFileSystem>(Mutant::kNoDirectorySync, real);
  };
  return options;
}

TEST(Enumerator, B01_H01_WorkloadsKeepTheirPromisesWhateverTheCrash) {
  EnumeratorOptions options;
  options.losses_per_mode = 1;
  options.exhaustive_losses_max = 8;
  options.closely_every = 3;
  options.next_life_every = 5;
  for (const char* name : {"log-restart", "log-torn-append", "log:PXY", "log:XYDO", "engine:MAC"}) {
    const WorkloadReport report = RunOne(name, options);
    EXPECT_EQ(Text(report), "");
    EXPECT_GT(report.states, 2 * report.points) << name;
  }
}

TEST(Enumerator, GoesThroughAllLossesWhereFewChangesArePending) {
  EnumeratorOptions options;
  options.next_life_every = 1 << 30;
  const WorkloadReport report = RunOne("log:AS", options);
  EXPECT_EQ(Text(report), "");
  EXPECT_EQ(report.exhausted_points, report.points);
}

TEST(Enumerator, NoticesThatADirectoryWasNotSyncedAndSaysHowToSeeItAgain) {
  const EnumeratorOptions options = OnForgetfulDirectories();
  const WorkloadReport report = RunOne("log:BS", options);
  ASSERT_FALSE(report.violations.empty());
  const Violation& violation = report.violations.front();
  const absl::StatusOr<CrashState> state = ParseCrashState(FormatCrashState(violation.state));
  ASSERT_TRUE(state.ok()) << state.status();
  Enumerator again(*FindWorkload(state->workload), options);
  const absl::StatusOr<Violation> replayed = again.Replay(*state);
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->what, violation.what);
  Enumerator sound(*FindWorkload(state->workload), EnumeratorOptions());
  EXPECT_EQ(sound.Replay(*state)->what, std::vector<std::string>());
}

TEST(Enumerator, TheSameSeedMakesTheSameStates) {
  EnumeratorOptions options;
  options.exhaustive_changes_max = 0;
  options.seed = 7;
  EXPECT_EQ(RunOne("log:ABS", options).states, RunOne("log:ABS", options).states);
}

TEST(CrashStateText, IsReadBackAsItWasWritten) {
  const std::string line = "workload=log-roll crash=17,4,2 mode=P,K,F choices=0.1.2,,4294967295";
  const absl::StatusOr<CrashState> state = ParseCrashState(line);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(FormatCrashState(*state), line);
  for (const char* bad : {"", "workload=x crash=1 mode=Q choices=", "workload=x crash=a mode=K",
                          "workload=x crash=1,2 mode=K", "workload=x crash=1 mode=P choices=b"}) {
    EXPECT_FALSE(ParseCrashState(bad).ok()) << bad;
  }
}

TEST(Workloads, HaveNamesOfTheirOwnAndAreFoundByThem) {
  std::set<std::string> names;
  for (const Workload& workload : ScriptedWorkloads()) {
    EXPECT_TRUE(names.insert(workload.name).second) << workload.name;
    EXPECT_TRUE(FindWorkload(workload.name).has_value());
  }
  EXPECT_GE(names.size(), 12u);
  EXPECT_FALSE(FindWorkload("nothing").has_value());
}

TEST(Workloads, ShortOnesAreAllSequencesOfUpToThreeCalls) {
  SeededRandom random(1);
  std::set<std::string> names;
  for (const Workload& workload : ShortWorkloads(&random)) names.insert(workload.name);
  EXPECT_EQ(names.size(), 14u + 14 * 14 + 14 * 14 * 14 + 13 + 13 * 13 + 13 * 13 * 13);
}

}  // namespace
}  // namespace tidemark
