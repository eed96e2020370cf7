// Goal: a plan of faults is bad luck that repeats, can be thinned out, and strikes as it says.
// Method: plans of many seeds against one short script of calls.

#include "tests/support/fault_plan.h"

#include <cstdlib>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;

// What each call of the script said.
std::string RunScript(const FaultPlan& plan, MemoryFileSystem* files) {
  files->SetFaultHook(plan.Hook());
  std::string said;
  const auto note = [&](const absl::Status& status) {
    absl::StrAppend(&said, static_cast<int>(status.code()), status.message(), ";");
  };
  for (int i = 0; i < 40; ++i) {
    const std::string path = absl::StrCat("/", i, i % 2 == 0 ? ".log" : ".index");
    const auto file = files->Open(path, OpenMode::kCreate);
    note(file.status());
    if (!file.ok()) continue;
    note((*file)->Write(0, "0123456789"));
    note((*file)->Sync());
    std::string out(10, '?');
    note((*file)->Read(0, absl::MakeSpan(out)).status());
    note(files->Rename(path, path + ".deleted"));
    note(files->SyncDirectory("/"));
  }
  return said;
}

std::string RunScript(const FaultPlan& plan) {
  MemoryFileSystem files;
  return RunScript(plan, &files);
}

TEST(FaultPlan, TheSameLineGivesTheSameRun) {
  std::set<std::string> runs;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const FaultPlan plan(seed);
    const std::string run = RunScript(plan);
    runs.insert(run);
    EXPECT_EQ(RunScript(FaultPlan::Parse(absl::StrCat("seed=", seed)).value()), run);
    // What did not strike made no difference.
    const FaultPlan replayed = FaultPlan::Parse(plan.ReplayLine()).value();
    EXPECT_EQ(RunScript(replayed), run) << plan.ReplayLine();
    EXPECT_EQ(replayed.struck(), plan.struck());
    EXPECT_EQ(replayed.Describe(), plan.Describe());
  }
  EXPECT_GT(runs.size(), 20);
}

TEST(FaultPlan, LeavingAFaultOutLeavesTheOthersAsTheyWere) {
  uint64_t seed = 0;
  while (FaultPlan(seed).faults().size() < 4) ++seed;
  const FaultPlan plan(seed);
  const FaultPlan thinned = plan.Only({1, 3});
  ASSERT_EQ(thinned.faults().size(), 2);
  for (const PlannedFault& fault : thinned.faults()) {
    const PlannedFault original = plan.faults()[static_cast<size_t>(fault.ordinal - 1)];
    EXPECT_EQ(fault.ordinal, original.ordinal);
    EXPECT_EQ(fault.kinds, original.kinds);
    EXPECT_EQ(fault.path_part, original.path_part);
    EXPECT_EQ(fault.first_call, original.first_call);
    EXPECT_EQ(fault.calls, original.calls);
    EXPECT_EQ(fault.choice, original.choice);
  }
  EXPECT_EQ(FaultPlan::Parse(absl::StrCat("seed=", seed, " faults=1,3")).value().faults().size(),
            2);
}

TEST(FaultPlan, WithoutFaultsNothingFails) {
  EXPECT_EQ(RunScript(FaultPlan::Parse("seed=7 faults=").value()),
            RunScript(FaultPlan(7, {.classes = {}})));
  EXPECT_EQ(RunScript(FaultPlan(7, {.classes = {}})).find("planned fault"), std::string::npos);
}

TEST(FaultPlan, OtherLinesAreRefused) {
  for (const absl::string_view line :
       {"", "42", "seed=", "seed=x", "seed=-1", "seed=1 2", "seed=1 faults=x", "seed=1 faults=0",
        "seed=1 faults=1000", "seed=1 faults=1 more", "faults=1 seed=1"}) {
    EXPECT_EQ(FaultPlan::Parse(line).status().code(), absl::StatusCode::kInvalidArgument) << line;
  }
}

TEST(FaultPlan, MostSeedsUseFewClassesAndAllOccur) {
  std::map<FaultClass, int> seen;
  int few = 0;
  int for_ever = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    std::set<FaultClass> classes;
    for (const PlannedFault& fault : FaultPlan(seed).faults()) {
      classes.insert(fault.fault_class);
      if (fault.calls == PlannedFault::kForEver) ++for_ever;
    }
    for (const FaultClass fault_class : classes) ++seen[fault_class];
    if (classes.size() <= 2) ++few;
  }
  EXPECT_GT(few, 250);
  EXPECT_EQ(seen.size(), FaultPlanOptions().classes.size());
  EXPECT_GT(for_ever, 50);
}

// A plan with one fault, of the first seed that draws it.
FaultPlan PlanWith(FaultClass fault_class, Kind kind, int64_t calls) {
  for (uint64_t seed = 0;; ++seed) {
    const FaultPlan plan(seed, {.classes = {fault_class}, .path_parts = {}, .faults_max = 1});
    const PlannedFault fault = plan.faults()[0];
    if (fault.first_call == 1 && fault.calls == calls && fault.kinds == std::vector<Kind>{kind}) {
      return plan;
    }
  }
}

struct ClassCase {
  FaultClass fault_class;
  absl::StatusCode code;
};

TEST(FaultPlan, EachClassHasTheStatusThatTheSystemWouldGive) {
  const ClassCase kCases[] = {
      {FaultClass::kIoError, absl::StatusCode::kUnavailable},
      {FaultClass::kNoSpace, absl::StatusCode::kResourceExhausted},
      {FaultClass::kQuota, absl::StatusCode::kResourceExhausted},
      {FaultClass::kReadOnly, absl::StatusCode::kPermissionDenied},
      {FaultClass::kTooManyFiles, absl::StatusCode::kUnavailable},
      {FaultClass::kInterrupted, absl::StatusCode::kUnknown},
  };
  for (const ClassCase& c : kCases) {
    const FaultPlan plan = PlanWith(c.fault_class, Kind::kCreate, 1);
    MemoryFileSystem files;
    files.SetFaultHook(plan.Hook());
    EXPECT_EQ(files.Open("/f", OpenMode::kCreate).status().code(), c.code) << plan.Describe();
    EXPECT_TRUE(files.Open("/f", OpenMode::kCreate).ok());
    EXPECT_EQ(plan.struck(), std::vector<int64_t>{1});
  }
}

TEST(FaultPlan, AShortWriteLeavesAPartOfItsBytes) {
  std::set<int64_t> sizes;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const FaultPlan plan(seed, {.classes = {FaultClass::kShortWrite}, .path_parts = {}});
    MemoryFileSystem files;
    files.SetFaultHook(plan.Hook());
    const auto file = files.Open("/f", OpenMode::kCreate).value();
    if (!file->Write(0, "0123456789").ok()) sizes.insert(file->Size().value());
  }
  EXPECT_GT(sizes.size(), 5);
  EXPECT_LT(*sizes.rbegin(), 10);
}

TEST(FaultPlan, AFailedSyncKeepsTheContentsOrRevertsThemAndTheNextIsFine) {
  for (const bool revert : {false, true}) {
    const FaultPlan plan =
        PlanWith(revert ? FaultClass::kRevertedSync : FaultClass::kFailedSync, Kind::kSync, 1);
    MemoryFileSystem files;
    files.SetFaultHook(plan.Hook());
    const auto file = files.Open("/f", OpenMode::kCreate).value();
    ASSERT_TRUE(file->Write(0, "x").ok());
    EXPECT_EQ(file->Sync().code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(file->Sync().ok());
    std::string out(1, '?');
    EXPECT_EQ(file->Read(0, absl::MakeSpan(out)).value(), 1);
    EXPECT_EQ(out, revert ? std::string(1, '\0') : "x");
  }
}

TEST(FaultPlan, SilentFaultsAreOnlyThereWhereTheyAreAskedFor) {
  for (const FaultClass fault_class : FaultPlanOptions().classes) {
    for (const FaultClass silent : FaultPlanOptions::SilentClasses())
      EXPECT_NE(fault_class, silent);
  }
  // A sync that is OK, and other bytes than were written.
  for (const FaultClass silent : FaultPlanOptions::SilentClasses()) {
    const FaultPlan plan = PlanWith(silent, Kind::kSync, 1);
    MemoryFileSystem files;
    files.SetFaultHook(plan.Hook());
    const auto file = files.Open("/f", OpenMode::kCreate).value();
    ASSERT_TRUE(file->Write(0, "0123456789").ok());
    ASSERT_TRUE(file->Sync().ok());
    std::string out(10, '?');
    ASSERT_EQ(file->Read(0, absl::MakeSpan(out)).value(), 10);
    EXPECT_NE(out, "0123456789") << plan.Describe();
    EXPECT_EQ(files.TrueContents("/f").value(), "0123456789");
    EXPECT_EQ(plan.struck().size(), 1);
  }
}

TEST(FaultPlan, OfSeveralFaultsOfACallTheFirstStrikesAndAllCountIt) {
  // Both are for the first write; the second is not for the second write then.
  for (uint64_t seed = 0;; ++seed) {
    const FaultPlan plan(seed, {.classes = {FaultClass::kShortWrite}, .path_parts = {}});
    const std::vector<PlannedFault> faults = plan.faults();
    if (faults.size() < 2 || faults[0].first_call != 1 || faults[0].calls != 1 ||
        faults[1].first_call != 1 || faults[1].calls != 1) {
      continue;
    }
    const FaultPlan both = plan.Only({1, 2});
    MemoryFileSystem files;
    files.SetFaultHook(both.Hook());
    const auto file = files.Open("/f", OpenMode::kCreate).value();
    EXPECT_FALSE(file->Write(0, "x").ok());
    EXPECT_TRUE(file->Write(0, "x").ok());
    EXPECT_EQ(both.struck(), std::vector<int64_t>{1});
    return;
  }
}

TEST(FaultPlan, AFaultForEverEndsWhenItIsHealed) {
  const FaultPlan plan = PlanWith(FaultClass::kNoSpace, Kind::kWrite, PlannedFault::kForEver);
  MemoryFileSystem files;
  files.SetFaultHook(plan.Hook());
  const auto file = files.Open("/f", OpenMode::kCreate).value();
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(file->Write(0, "x").ok());
  plan.Heal();
  EXPECT_TRUE(file->Write(0, "x").ok());
  EXPECT_EQ(plan.ReplayLine(), absl::StrCat("seed=", plan.seed(), " faults=1"));
}

TEST(FaultPlan, AFaultForAPathLeavesOthersAlone) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const FaultPlan plan(seed, {.path_parts = {"victim"}});
    bool for_all = false;
    for (const PlannedFault& fault : plan.faults()) for_all |= fault.path_part.empty();
    if (for_all) continue;
    EXPECT_EQ(RunScript(plan).find("planned fault"), std::string::npos) << seed;
    EXPECT_TRUE(plan.struck().empty());
  }
}

TEST(FaultPlan, ALineInTheEnvironmentReplacesTheSeed) {
  ASSERT_EQ(setenv("TIDEMARK_FAULTS", "seed=9 faults=", 1), 0);
  const FaultPlan plan = FaultPlan::FromEnvironment(1);
  ASSERT_EQ(unsetenv("TIDEMARK_FAULTS"), 0);
  EXPECT_EQ(plan.seed(), 9);
  EXPECT_TRUE(plan.faults().empty());
  EXPECT_EQ(FaultPlan::FromEnvironment(1).seed(), 1);
}

TEST(ShrinkFaults, KeepsWhatIsNeededAlone) {
  int runs = 0;
  const auto needs_3_and_14 = [&](const std::vector<int64_t>& faults) {
    ++runs;
    const std::set<int64_t> there(faults.begin(), faults.end());
    return there.count(3) > 0 && there.count(14) > 0;
  };
  std::vector<int64_t> all;
  for (int64_t i = 1; i <= 64; ++i) all.push_back(i);
  EXPECT_EQ(ShrinkFaults(all, needs_3_and_14), (std::vector<int64_t>{3, 14}));
  EXPECT_LT(runs, 64);
  const auto always = [](const std::vector<int64_t>&) { return true; };
  EXPECT_TRUE(ShrinkFaults(all, always).empty());
  EXPECT_TRUE(ShrinkFaults({}, always).empty());
  // 2 is needed only as long as 1 is there.
  const auto odd = [](const std::vector<int64_t>& faults) {
    return faults.empty() || faults.front() == 2 || faults.size() == 2;
  };
  EXPECT_TRUE(ShrinkFaults({1, 2}, odd).empty());
}

}  // namespace
}  // namespace tidemark
