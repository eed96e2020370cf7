#ifndef TIDEMARK_TESTS_HISTORIES_ISOLATED_H_
#define TIDEMARK_TESTS_HISTORIES_ISOLATED_H_

// Runs histories in a process of their own, so that one that ends in an abort is a failure like any
// other.

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "tests/histories/history.h"

namespace tidemark {

struct SeedFailure {
  uint64_t seed = 0;
  absl::Status status;
};

// The first of the seeds from `first` to `last` whose history fails, or nothing.
absl::optional<SeedFailure> RunSeeds(uint64_t first, uint64_t last);

// RunHistory; "process died: ..." if it did. `quietly`: without what it says on standard error.
absl::Status RunIsolated(const History& history, bool quietly);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_HISTORIES_ISOLATED_H_
