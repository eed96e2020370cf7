// The tester is tested: each mistake is found within so many states, and its absence is not.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "storage/memory_env.h"
#include "storage/options.h"
#include "tests/crash/enumerator/enumerator.h"
#include "tests/crash/enumerator/machine.h"
#include "tests/crash/enumerator/stage.h"
#include "tests/crash/enumerator/state_check.h"
#include "tests/crash/enumerator/workload.h"
#include "tests/crash/mutants/mutant_file_system.h"

namespace tidemark {
namespace {

WrapFileSystem Wrap(Mutant mutant) {
  return [mutant](FileSystem* real) { return std::make_unique<MutantFileSystem>(mutant, real); };
}

// The first violation, if there is one, and how many states it took to come to it.
struct Search {
  int64_t states = 0;
  std::string violation;
};

// Goes through draws of power losses until a violation, or until there were so many states.
Search SearchFor(const Workload& workload, EnumeratorOptions options, int64_t states_max) {
  Search search;
  for (uint64_t seed = 1; search.states < states_max; ++seed) {
    options.seed = seed;
    const WorkloadReport report = Enumerator(workload, options).Run();
    EXPECT_GT(report.states, 0);
    if (!report.violations.empty()) {
      const Violation& first = report.violations.front();
      search.states += first.states;
      search.violation =
          absl::StrCat(FormatCrashState(first.state), ": ", absl::StrJoin(first.what, "; "));
      return search;
    }
    search.states += report.states;
  }
  return search;
}

// Found with the mistake, within `states_max`; and nothing is, in as many, without.
void ExpectFound(const Workload& workload, const EnumeratorOptions& options, int64_t states_max) {
  const Search search = SearchFor(workload, options, states_max);
  EXPECT_NE(search.violation, "");
  EXPECT_LE(search.states, states_max);
  std::printf("%s: found after %lld states: %s\n", workload.name.c_str(),
              static_cast<long long>(search.states), search.violation.c_str());
  EnumeratorOptions sound = options;
  sound.wrap = nullptr;
  EXPECT_EQ(SearchFor(workload, sound, states_max).violation, "");
}

void ExpectFound(Mutant mutant, absl::string_view workload, int64_t states_max) {
  const absl::optional<Workload> found = FindWorkload(workload);
  ASSERT_TRUE(found.has_value()) << workload;
  EnumeratorOptions options;
  options.wrap = Wrap(mutant);
  // A little of each moment, not all of the first ones.
  options.exhaustive_losses_max = 8;
  ExpectFound(*found, options, states_max);
}

TEST(Mutants, AnAcknowledgementBeforeTheSyncIsFound) {
  ExpectFound(Mutant::kAckBeforeSync, "log:AS", 100);
}

// The first life has nothing to recover.
TEST(Mutants, ARecoveredSegmentThatIsNotSyncedIsFoundInTheLifeBehindACrash) {
  ExpectFound(Mutant::kNoRecoveredSync, "log:AS", 200);
}

TEST(Mutants, ADirectoryThatIsNotSyncedIsFound) {
  ExpectFound(Mutant::kNoDirectorySync, "log:BS", 100);
}

TEST(Mutants, ACheckpointAheadOfTheLogIsFound) {
  ExpectFound(Mutant::kCheckpointAhead, "engine-checkpoint", 500);
}

TEST(Mutants, ASwapOfAnUnsyncedSegmentIsFound) {
  ExpectFound(Mutant::kSwapWithoutSync, "engine-compaction", 500);
}

TEST(Mutants, AFailedSyncThatIsCalledAgainIsFound) {
  EnumeratorOptions options;
  options.wrap = Wrap(Mutant::kRetriedSync);
  // Every other sync of a segment fails, and leaves its pages clean.
  options.make_faults = [] {
    return [count = 0](const FileOperation& operation) mutable {
      const bool is_sync =
          operation.kind == FileOperation::Kind::kSync && absl::EndsWith(operation.path, ".log");
      if (!is_sync || ++count % 2 == 0) return FileFault();
      return FileFault(absl::UnavailableError("sync: input/output error"));
    };
  };
  const absl::optional<Workload> workload = FindWorkload("log:AS");
  ASSERT_TRUE(workload.has_value());
  ExpectFound(*workload, options, 200);
}

// Rolls, where a power loss can take the end of a segment and leave the next one.
void PlayRolls(Stage* stage) {
  stage->Open();
  stage->BeginRecording();
  for (int i = 0; i < 8; ++i) stage->Append({.value_bytes = 150});
}

Workload Rolls(MachineMaker make) { return {"rolls", std::move(make), PlayRolls}; }

LogConfig SmallSegments(bool offset_gaps_allowed) {
  LogConfig config;
  config.segment_bytes_max = 500;
  config.offset_gaps_allowed = offset_gaps_allowed;
  return config;
}

// Recovery then takes what does not continue the log for a gap.
TEST(Mutants, ARecoveryThatDoesNotCheckContinuityIsFound) {
  const auto lives = std::make_shared<int>(0);
  const MachineMaker strict = LogMachines(SmallSegments(false));
  const MachineMaker lenient = LogMachines(SmallSegments(true));
  const Workload mutant = Rolls([=](FileSystem* file_system, const Notes& notes) {
    // The stage makes one to prepare the disk, and another one to open it.
    return (++*lives <= 2 ? strict : lenient)(file_system, notes);
  });
  EXPECT_NE(SearchFor(mutant, EnumeratorOptions(), 100).violation, "");
  EXPECT_EQ(SearchFor(Rolls(strict), EnumeratorOptions(), 100).violation, "");
}

// A byte of a batch below the recovery point is damaged; then the process dies.
std::vector<std::string> OpenDamaged(const WrapFileSystem& wrap) {
  const MachineMaker make = EngineMachines({});
  Stage stage(make, nullptr);
  stage.Open();
  stage.CreateTopic("t", 1, {});
  for (int i = 0; i < 4; ++i) stage.Append();
  stage.Sync();
  stage.Checkpoint();
  stage.BeginRecording();
  stage.Append();
  const std::vector<CrashPoint> points = stage.TakePoints();
  EXPECT_TRUE(stage.status().ok()) << stage.status();
  const CrashPoint& end = points.back();
  MemoryFileSystem disk(end.files);
  const absl::StatusOr<std::unique_ptr<File>> segment =
      disk.Open("/data/t-0/00000000000000000000.log", OpenMode::kReadWrite);
  EXPECT_TRUE(segment.ok()) << segment.status();
  EXPECT_TRUE((*segment)->Write(150, "damaged").ok());
  StateCheck check(make, wrap);
  return check.Run({disk.Snapshot(), end.expectation, end.notes, CrashKind::kProcess}, false);
}

TEST(Mutants, A16_DamageThatIsCutAsIfTornIsFound) {
  const auto tells = [](const std::vector<std::string>& violations) {
    return absl::StrContains(absl::StrJoin(violations, "\n"), "DATA_LOSS");
  };
  EXPECT_TRUE(tells(OpenDamaged(nullptr)));
  const std::vector<std::string> silent = OpenDamaged(Wrap(Mutant::kDamageCutAsTorn));
  EXPECT_FALSE(silent.empty());
  EXPECT_FALSE(tells(silent)) << absl::StrJoin(silent, "\n");
}

}  // namespace
}  // namespace tidemark
