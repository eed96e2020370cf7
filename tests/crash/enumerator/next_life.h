#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_NEXT_LIFE_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_NEXT_LIFE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "tests/crash/enumerator/machine.h"
#include "tests/crash/enumerator/recorder.h"

namespace tidemark {

// A life that begins on what a crash has left: recovery, then a few calls.
struct NextLife {
  // Of a call that failed.
  absl::Status status;
  // The moments at which it may end. Those of the recovery come first, and keep the account of the
  // life before; an opening that has returned begins an account of its own.
  std::vector<CrashPoint> points;
  size_t recovery_points = 0;
};

// The same calls for the same `begin`. `number` is 1 for the life after that of the workload, and
// so on: no life appends what another one has.
NextLife PlayNextLife(const MachineMaker& make, const WrapFileSystem& wrap, const CrashPoint& begin,
                      int64_t number);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_NEXT_LIFE_H_
