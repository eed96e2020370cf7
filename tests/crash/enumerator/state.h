#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_STATE_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_STATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"
#include "storage/memory_env.h"

namespace tidemark {

// How a life ends at a moment: the letters of replay lines.
enum class CrashMode : char {
  kKill = 'K',     // The process alone.
  kDrop = 'D',     // The power, and nothing that was not synced is kept.
  kOrdered = 'E',  // As a journal keeps order.
  kSubset = 'P',   // Any subset.
  kGarbage = 'F',  // Any subset, and garbage in what was not synced.
};

// One end of a life: at which moment of it, how, and what the power loss chose.
struct Crash {
  size_t point = 0;
  CrashMode mode = CrashMode::kKill;
  std::vector<uint64_t> choices;
};

// The life of a workload ends, then those of the recoveries that follow.
struct CrashState {
  std::string workload;
  std::vector<Crash> crashes;
};

// 'workload=log-roll crash=17,4 mode=P,K choices=0.1.2,': one part for each crash.
std::string FormatCrashState(const CrashState& state);
absl::StatusOr<CrashState> ParseCrashState(absl::string_view line);

// What `crash` leaves of the files. Choices beyond those that it has are 0.
MemorySnapshot Apply(const Crash& crash, const MemorySnapshot& files);

// Calls `visit` with each power loss of this mode that choices can make, `crash.choices` among it,
// and what is left of the files. False, and only the first ones were visited, where there are more
// than `count_max`.
bool VisitAllLosses(const MemorySnapshot& files, Crash crash, int64_t count_max,
                    absl::FunctionRef<void(const Crash&, const MemorySnapshot&)> visit);
void VisitRandomLoss(const MemorySnapshot& files, Crash crash, Random* random,
                     absl::FunctionRef<void(const Crash&, const MemorySnapshot&)> visit);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_STATE_H_
