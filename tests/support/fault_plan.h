#ifndef TIDEMARK_TESTS_SUPPORT_FAULT_PLAN_H_
#define TIDEMARK_TESTS_SUPPORT_FAULT_PLAN_H_

// Bad luck from a seed, for tests on a MemoryFileSystem: which of its calls fail, how, and for how
// long. A plan is drawn whole before the run, so that the same line gives the same plan, and a plan
// with some faults left out has the others as they were.
//
//   FaultPlan plan = FaultPlan::FromEnvironment(seed);
//   const ReplayOnFailure replay(plan);
//   files.SetFaultHook(plan.Hook());
//   ...the run...
//   plan.Heal();  // What follows must work.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/memory_env.h"

namespace tidemark {

enum class FaultClass {
  kIoError,       // EIO of any call.
  kNoSpace,       // ENOSPC of a call that may need a block.
  kQuota,         // EDQUOT of such a call.
  kReadOnly,      // EROFS of any change.
  kTooManyFiles,  // EMFILE of a call that opens something.
  kInterrupted,   // EINTR that whoever repeats calls gave up on: a code that nobody waits for.
  kShortWrite,    // A write that stops with EIO or ENOSPC after some of its bytes.
  kFailedSync,    // EIO of a sync, contents kept; the next one is fine.
  kRevertedSync,  // EIO of a sync, contents as on stable storage.
  // A sync that is OK though the disk did wrong: see SilentFault. Only where it is asked for, since
  // no single copy outlives it: a test must know what to expect, and has TrueContents to tell.
  kBitFlip,
  kZeroedPage,
  kLostWrite,
  kMisdirectedWrite,
};

// One fault: strikes the calls number `first_call` to `first_call + calls - 1` of those that match.
struct PlannedFault {
  static constexpr int64_t kForEver = int64_t{1} << 60;

  int64_t ordinal = 0;  // From 1, within its plan.
  FaultClass fault_class = FaultClass::kIoError;
  // Matches calls of these kinds, with a path that holds this ("" is in every path).
  std::vector<FileOperation::Kind> kinds;
  std::string path_part;
  int64_t first_call = 1;
  int64_t calls = 1;    // kForEver: all from the first one on.
  uint64_t choice = 0;  // What else is to be drawn when it strikes: any number will do.
};

struct FaultPlanOptions {
  // What may be drawn. A seed first draws which of these are on: one or two of them, for most.
  std::vector<FaultClass> classes = {
      FaultClass::kIoError,    FaultClass::kNoSpace,      FaultClass::kQuota,
      FaultClass::kReadOnly,   FaultClass::kTooManyFiles, FaultClass::kInterrupted,
      FaultClass::kShortWrite, FaultClass::kFailedSync,   FaultClass::kRevertedSync,
  };
  // What to add, or to put in their place, where the disk shall also lie.
  static std::vector<FaultClass> SilentClasses();
  // Half of the faults are only for paths that hold one of these.
  std::vector<std::string> path_parts = {".log", ".index", ".timeindex", "checkpoint", ".snapshot"};
  int64_t faults_max = 16;
  // About how many calls of a kind the run makes: faults begin within them, most of them early.
  int64_t calls = 200;
};

// A handle: copies are the same plan. Thread-safe.
class FaultPlan {
 public:
  // Draws the plan. The options are a part of the test, not of the line that replays it.
  explicit FaultPlan(uint64_t seed, const FaultPlanOptions& options = {});

  // Of "seed=42", or with only some faults, "seed=42 faults=3,17"; "faults=" for none.
  // INVALID_ARGUMENT for other text, or ordinals that the plan does not have.
  static absl::StatusOr<FaultPlan> Parse(absl::string_view line,
                                         const FaultPlanOptions& options = {});
  // The plan of the line in TIDEMARK_FAULTS if that is set, else that of `seed`. A line that does
  // not parse fails the test.
  static FaultPlan FromEnvironment(uint64_t seed, const FaultPlanOptions& options = {});

  // The same draws with only these faults, none of which has struck; ordinals of no fault do
  // nothing.
  FaultPlan Only(const std::vector<int64_t>& ordinals) const;

  // For MemoryFileSystem::SetFaultHook. Of several faults that match a call the first strikes.
  FileFaultHook Hook() const;
  // No fault strikes from now on.
  void Heal() const;

  uint64_t seed() const;
  std::vector<PlannedFault> faults() const;
  // The ordinals of those that struck so far, in rising order.
  std::vector<int64_t> struck() const;

  // "seed=42 faults=3,17", with what struck so far: the rest made no difference.
  std::string ReplayLine() const;
  // A line for each fault that struck: what it is, and the first call that it struck.
  std::string Describe() const;

 private:
  struct State;

  explicit FaultPlan(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

// Of faults with which `fails` is true, a list with which it still is, and of which no single one
// can be left out. Calls it for smaller and smaller lists, halves first.
std::vector<int64_t> ShrinkFaults(std::vector<int64_t> faults,
                                  const std::function<bool(const std::vector<int64_t>&)>& fails);

// At the end of its scope, if the test has failed by then, prints the one line that replays it and
// what struck.
class ReplayOnFailure {
 public:
  explicit ReplayOnFailure(FaultPlan plan);
  ReplayOnFailure(const ReplayOnFailure&) = delete;
  ReplayOnFailure& operator=(const ReplayOnFailure&) = delete;
  ~ReplayOnFailure();

 private:
  const FaultPlan plan_;
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_SUPPORT_FAULT_PLAN_H_
