#include "storage/env/system_clock.h"

#include <ctime>

#include "storage/base/check.h"

namespace tidemark {
namespace {

timespec Read(clockid_t clock) {
  timespec now;
  // Fails only for a clock or an address that does not exist.
  TM_CHECK(clock_gettime(clock, &now) == 0);
  return now;
}

}  // namespace

absl::Time SystemClock::Now() { return absl::TimeFromTimespec(Read(CLOCK_REALTIME)); }

absl::Duration SystemClock::MonotonicNow() {
  return absl::DurationFromTimespec(Read(CLOCK_MONOTONIC));
}

}  // namespace tidemark
