#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_ENUMERATOR_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_ENUMERATOR_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/memory_env.h"
#include "tests/crash/enumerator/next_life.h"
#include "tests/crash/enumerator/recorder.h"
#include "tests/crash/enumerator/state.h"
#include "tests/crash/enumerator/state_check.h"
#include "tests/crash/enumerator/workload.h"

namespace tidemark {

struct EnumeratorOptions {
  // What the library gets in place of the file system; null for the file system itself.
  WrapFileSystem wrap;
  // Makes what fails calls of the workload while its moments are kept; null for nothing.
  std::function<FileFaultHook()> make_faults;
  uint64_t seed = 1;
  // Of each mode, at each moment where there are too many to go through all; 0 for no power losses
  // at all.
  int64_t losses_per_mode = 2;
  // All losses are gone through where no more changes than this are pending, and choices make no
  // more states than that.
  int64_t exhaustive_changes_max = 12;
  int64_t exhaustive_losses_max = 4096;
  // Of so many states one is opened without side files as well, and of so many one begins a life
  // that crashes again, while it is recovered and afterwards, up to `depth_max` crashes in a row.
  int64_t closely_every = 8;
  int64_t next_life_every = 24;
  size_t depth_max = 3;
  // Asked now and then; once true, no more states. Null for never.
  std::function<bool()> is_over;
};

struct Violation {
  CrashState state;
  std::string during;  // The call that was interrupted last.
  std::vector<std::string> what;
  int64_t states = 0;  // So many were opened until this one was found.
};

struct WorkloadReport {
  std::string name;
  // Of a call of the workload that failed.
  absl::Status status;
  int64_t points = 0;
  int64_t killed_points = 0;     // The death of the process there was looked at.
  int64_t exhausted_points = 0;  // All power losses of modes P and E were gone through.
  int64_t states = 0;
  int64_t opened_states = 0;    // The others have the files of one of these, by another account.
  int64_t repeated_states = 0;  // Like another one, and not looked at again.
  std::vector<Violation> violations;
};

// Goes through the ends that the life of one workload can have. Not thread-safe.
class Enumerator {
 public:
  Enumerator(const Workload& workload, const EnumeratorOptions& options);

  WorkloadReport Run();

  // One state; no sentences where all is well. NOT_FOUND if there is no such moment.
  absl::StatusOr<Violation> Replay(const CrashState& state);

 private:
  // What is open to choice at one moment, by the path that led there.
  struct Place {
    const CrashPoint* point;
    CrashState state;  // The last crash is to be chosen.
    CrashKind kind;    // The worst so far in this account.
    // Tells accounts apart that are not there at the same time.
    uint64_t account = 0;
  };

  absl::Status Record();
  bool IsOver() const;
  void VisitPoint(size_t number);
  bool VisitMode(const Place& place, CrashMode mode, bool is_small);
  void Visit(const Place& place, const Crash& crash, const MemorySnapshot& files);
  void VisitNextLife(const Place& begin, uint64_t key);
  NextLife PlayNext(const CrashState& state, const CrashPoint& begin) const;
  Violation Check(const CrashState& state, const CrashPoint& point,
                  const StateCheck::State& checked, bool closely);

  const Workload workload_;
  const EnumeratorOptions options_;
  SeededRandom random_;
  StateCheck check_;
  std::vector<CrashPoint> points_;
  absl::flat_hash_set<uint64_t> seen_;
  WorkloadReport report_;
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_ENUMERATOR_H_
