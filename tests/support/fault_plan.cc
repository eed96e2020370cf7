#include "tests/support/fault_plan.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "storage/base/mutex.h"
#include "storage/base/status_macros.h"
#include "storage/env/errno_status.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;

constexpr char kVariable[] = "TIDEMARK_FAULTS";

absl::string_view NameOf(FaultClass fault_class) {
  switch (fault_class) {
    case FaultClass::kIoError:
      return "I/O error";
    case FaultClass::kNoSpace:
      return "no space";
    case FaultClass::kQuota:
      return "quota";
    case FaultClass::kReadOnly:
      return "read-only";
    case FaultClass::kTooManyFiles:
      return "too many files";
    case FaultClass::kInterrupted:
      return "interrupted";
    case FaultClass::kShortWrite:
      return "short write";
    case FaultClass::kFailedSync:
      return "failed sync";
    case FaultClass::kRevertedSync:
      return "reverted sync";
    case FaultClass::kBitFlip:
      return "bit flip";
    case FaultClass::kZeroedPage:
      return "zeroed page";
    case FaultClass::kLostWrite:
      return "lost write";
    case FaultClass::kMisdirectedWrite:
      return "misdirected write";
  }
  return "?";
}

std::vector<Kind> KindsOf(FaultClass fault_class) {
  switch (fault_class) {
    case FaultClass::kIoError:
    case FaultClass::kInterrupted:
      return {Kind::kOpen,
              Kind::kRead,
              Kind::kMap,
              Kind::kPopulate,
              Kind::kList,
              Kind::kStat,
              Kind::kFreeBytes,
              Kind::kLock,
              Kind::kCreate,
              Kind::kWrite,
              Kind::kTruncate,
              Kind::kAllocate,
              Kind::kSync,
              Kind::kRename,
              Kind::kRemove,
              Kind::kCreateDirectory,
              Kind::kRemoveDirectory,
              Kind::kSyncDirectory};
    case FaultClass::kNoSpace:
    case FaultClass::kQuota:
      return {Kind::kCreate, Kind::kWrite,  Kind::kAllocate,       Kind::kPopulate,
              Kind::kSync,   Kind::kRename, Kind::kCreateDirectory};
    case FaultClass::kReadOnly:
      return {Kind::kCreate, Kind::kWrite,  Kind::kTruncate,        Kind::kAllocate,
              Kind::kRename, Kind::kRemove, Kind::kCreateDirectory, Kind::kRemoveDirectory};
    case FaultClass::kTooManyFiles:
      return {Kind::kOpen, Kind::kCreate,    Kind::kList,
              Kind::kLock, Kind::kFreeBytes, Kind::kSyncDirectory};
    case FaultClass::kShortWrite:
      return {Kind::kWrite};
    case FaultClass::kFailedSync:
      return {Kind::kSync, Kind::kSyncDirectory};
    case FaultClass::kRevertedSync:
    case FaultClass::kBitFlip:
    case FaultClass::kZeroedPage:
    case FaultClass::kLostWrite:
    case FaultClass::kMisdirectedWrite:
      return {Kind::kSync};
  }
  return {};
}

int ErrorOf(const PlannedFault& fault) {
  switch (fault.fault_class) {
    case FaultClass::kNoSpace:
      return ENOSPC;
    case FaultClass::kQuota:
      return EDQUOT;
    case FaultClass::kReadOnly:
      return EROFS;
    case FaultClass::kTooManyFiles:
      return EMFILE;
    case FaultClass::kInterrupted:
      return EINTR;
    case FaultClass::kShortWrite:
      return fault.choice % 2 == 0 ? EIO : ENOSPC;
    default:
      return EIO;
  }
}

SilentFault SilentFaultOf(const PlannedFault& fault) {
  switch (fault.fault_class) {
    case FaultClass::kBitFlip:
      return SilentFault::kBitFlip;
    case FaultClass::kZeroedPage:
      return SilentFault::kZeroedPage;
    case FaultClass::kLostWrite:
      return SilentFault::kLostWrite;
    case FaultClass::kMisdirectedWrite:
      return fault.choice % 2 == 0 ? SilentFault::kMisdirectedWrite
                                   : SilentFault::kMisdirectedToOtherFile;
    default:
      return SilentFault::kNone;
  }
}

FileFault Strike(const PlannedFault& fault, const FileOperation& operation) {
  FileFault result;
  result.silent = SilentFaultOf(fault);
  if (result.silent != SilentFault::kNone) {
    result.choice = fault.choice / 2;
    return result;
  }
  result.status = ErrnoStatus(ErrorOf(fault), absl::StrCat("planned fault ", fault.ordinal, " at"),
                              operation.path);
  if (fault.fault_class == FaultClass::kShortWrite && operation.length_bytes > 0) {
    result.written_bytes =
        static_cast<int64_t>((fault.choice / 2) % static_cast<uint64_t>(operation.length_bytes));
  }
  result.revert = fault.fault_class == FaultClass::kRevertedSync;
  return result;
}

// A number from 1 to `most`; each power of two as likely as the next.
int64_t DrawSmall(Random* random, int64_t most) {
  int64_t bound = 1;
  while (bound < most && random->Next() % 5 != 0) bound *= 2;
  return 1 + static_cast<int64_t>(random->Next() % static_cast<uint64_t>(std::min(bound, most)));
}

template <typename T>
const T& DrawOne(Random* random, const std::vector<T>& from) {
  return from[random->Next() % from.size()];
}

// One time in two a single class, in four two, and so on.
std::vector<FaultClass> DrawClasses(Random* random, std::vector<FaultClass> classes) {
  std::vector<FaultClass> drawn;
  do {
    if (classes.empty()) break;
    const size_t i = random->Next() % classes.size();
    drawn.push_back(classes[i]);
    classes.erase(classes.begin() + static_cast<std::ptrdiff_t>(i));
  } while (random->Next() % 2 == 0);
  return drawn;
}

int64_t DrawCalls(Random* random, FaultClass fault_class) {
  const uint64_t coin = random->Next() % 8;
  // Syncs that go wrong, loudly or silently, are single events.
  if (fault_class >= FaultClass::kFailedSync || coin < 5) return 1;
  if (coin < 7) return 2 + static_cast<int64_t>(random->Next() % 30);
  return PlannedFault::kForEver;
}

std::vector<PlannedFault> DrawFaults(uint64_t seed, const FaultPlanOptions& options) {
  SeededRandom random(seed);
  const std::vector<FaultClass> classes = DrawClasses(&random, options.classes);
  if (classes.empty()) return {};
  std::vector<PlannedFault> faults;
  const int64_t count = DrawSmall(&random, options.faults_max);
  for (int64_t ordinal = 1; ordinal <= count; ++ordinal) {
    PlannedFault fault;
    fault.ordinal = ordinal;
    fault.fault_class = DrawOne(&random, classes);
    const std::vector<Kind> kinds = KindsOf(fault.fault_class);
    fault.kinds = random.Next() % 4 == 0 ? kinds : std::vector<Kind>{DrawOne(&random, kinds)};
    if (!options.path_parts.empty() && random.Next() % 2 == 0) {
      fault.path_part = DrawOne(&random, options.path_parts);
    }
    fault.first_call = DrawSmall(&random, options.calls);
    fault.calls = DrawCalls(&random, fault.fault_class);
    fault.choice = random.Next();
    faults.push_back(std::move(fault));
  }
  return faults;
}

bool Matches(const PlannedFault& fault, const FileOperation& operation) {
  return std::find(fault.kinds.begin(), fault.kinds.end(), operation.kind) != fault.kinds.end() &&
         absl::string_view(operation.path).find(fault.path_part) != absl::string_view::npos;
}

}  // namespace

std::vector<FaultClass> FaultPlanOptions::SilentClasses() {
  return {FaultClass::kBitFlip, FaultClass::kZeroedPage, FaultClass::kLostWrite,
          FaultClass::kMisdirectedWrite};
}

struct FaultPlan::State {
  State(uint64_t its_seed, std::vector<PlannedFault> its_faults)
      : seed(its_seed), faults(std::move(its_faults)), matched(faults.size()) {}

  FileFault Decide(const FileOperation& operation) {
    MutexLock lock(&mutex);
    FileFault result;
    bool strikes = false;
    if (healed) return result;
    for (size_t i = 0; i < faults.size(); ++i) {
      const PlannedFault& fault = faults[i];
      if (!Matches(fault, operation)) continue;
      const int64_t past_calls = ++matched[i] - fault.first_call;
      if (past_calls < 0 || past_calls >= fault.calls || strikes) continue;
      strikes = true;
      result = Strike(fault, operation);
      if (struck.insert(fault.ordinal).second) {
        absl::StrAppend(&description, "fault ", fault.ordinal, ", ", NameOf(fault.fault_class),
                        ", of call ", operation.ordinal, fault.calls == 1 ? "" : " and later ones",
                        ", of ", operation.path, "\n");
      }
    }
    return result;
  }

  const uint64_t seed;
  const std::vector<PlannedFault> faults;

  // Held for no longer than a decision takes.
  Mutex mutex;
  std::vector<int64_t> matched ABSL_GUARDED_BY(mutex);
  std::set<int64_t> struck ABSL_GUARDED_BY(mutex);
  std::string description ABSL_GUARDED_BY(mutex);
  bool healed ABSL_GUARDED_BY(mutex) = false;
};

FaultPlan::FaultPlan(std::shared_ptr<State> state) : state_(std::move(state)) {}

FaultPlan::FaultPlan(uint64_t seed, const FaultPlanOptions& options)
    : FaultPlan(std::make_shared<State>(seed, DrawFaults(seed, options))) {}

absl::StatusOr<FaultPlan> FaultPlan::Parse(absl::string_view line,
                                           const FaultPlanOptions& options) {
  const auto wrong = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("'", line, "' is not like 'seed=42' or 'seed=42 faults=3,17'"));
  };
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  uint64_t seed = 0;
  if (words.empty() || words.size() > 2 || words[0].substr(0, 5) != "seed=" ||
      !absl::SimpleAtoi(words[0].substr(5), &seed)) {
    return wrong();
  }
  const FaultPlan plan(seed, options);
  if (words.size() == 1) return plan;
  if (words[1].substr(0, 7) != "faults=") return wrong();
  std::vector<int64_t> ordinals;
  for (const absl::string_view word : absl::StrSplit(words[1].substr(7), ',', absl::SkipEmpty())) {
    ordinals.emplace_back();
    if (!absl::SimpleAtoi(word, &ordinals.back())) return wrong();
    if (ordinals.back() < 1 || ordinals.back() > static_cast<int64_t>(plan.faults().size())) {
      return absl::InvalidArgumentError(absl::StrCat("'", line, "': that plan has the faults 1 to ",
                                                     plan.faults().size(), " only"));
    }
  }
  return plan.Only(ordinals);
}

FaultPlan FaultPlan::FromEnvironment(uint64_t seed, const FaultPlanOptions& options) {
  const char* const line = std::getenv(kVariable);
  if (line == nullptr) return FaultPlan(seed, options);
  absl::StatusOr<FaultPlan> plan = Parse(line, options);
  if (plan.ok()) return *std::move(plan);
  ADD_FAILURE() << kVariable << ": " << plan.status();
  return FaultPlan(seed, options);
}

FaultPlan FaultPlan::Only(const std::vector<int64_t>& ordinals) const {
  std::vector<PlannedFault> kept;
  for (const PlannedFault& fault : faults()) {
    if (std::find(ordinals.begin(), ordinals.end(), fault.ordinal) != ordinals.end()) {
      kept.push_back(fault);
    }
  }
  return FaultPlan(std::make_shared<State>(seed(), std::move(kept)));
}

FileFaultHook FaultPlan::Hook() const {
  return [state = state_](const FileOperation& operation) { return state->Decide(operation); };
}

void FaultPlan::Heal() const {
  MutexLock lock(&state_->mutex);
  state_->healed = true;
}

uint64_t FaultPlan::seed() const { return state_->seed; }

std::vector<PlannedFault> FaultPlan::faults() const { return state_->faults; }

std::vector<int64_t> FaultPlan::struck() const {
  MutexLock lock(&state_->mutex);
  return {state_->struck.begin(), state_->struck.end()};
}

std::string FaultPlan::ReplayLine() const {
  return absl::StrCat("seed=", seed(), " faults=", absl::StrJoin(struck(), ","));
}

std::string FaultPlan::Describe() const {
  MutexLock lock(&state_->mutex);
  return state_->description;
}

std::vector<int64_t> ShrinkFaults(std::vector<int64_t> faults,
                                  const std::function<bool(const std::vector<int64_t>&)>& fails) {
  for (size_t step = std::max<size_t>(faults.size() / 2, 1); !faults.empty(); step /= 2) {
    bool shorter = false;
    for (size_t begin = 0; begin < faults.size();) {
      const size_t end = std::min(begin + step, faults.size());
      std::vector<int64_t> without(faults.begin(),
                                   faults.begin() + static_cast<std::ptrdiff_t>(begin));
      without.insert(without.end(), faults.begin() + static_cast<std::ptrdiff_t>(end),
                     faults.end());
      if (fails(without)) {
        faults = std::move(without);
        shorter = true;
      } else {
        begin = end;
      }
    }
    // One that was needed may no longer be, once another is gone.
    if (step == 1 && !shorter) break;
    if (step == 1) step = 2;
  }
  return faults;
}

ReplayOnFailure::ReplayOnFailure(FaultPlan plan) : plan_(std::move(plan)) {}

ReplayOnFailure::~ReplayOnFailure() {
  if (!testing::Test::HasFailure()) return;
  std::printf("Replay with --test_env=%s='%s'\n%s", kVariable, plan_.ReplayLine().c_str(),
              plan_.Describe().c_str());
}

}  // namespace tidemark
