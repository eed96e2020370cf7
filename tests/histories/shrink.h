#ifndef TIDEMARK_TESTS_HISTORIES_SHRINK_H_
#define TIDEMARK_TESTS_HISTORIES_SHRINK_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "tests/histories/history.h"

namespace tidemark {

// A shorter history that `run` fails with the same kind of failure: operations are dropped in
// smaller and smaller groups, then arguments become 0 or smaller, for as long as something changes
// and `runs_max` runs last. `history` fails with `failure`.
History Shrink(const History& history, const absl::Status& failure,
               const std::function<absl::Status(const History&)>& run, int64_t runs_max);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_HISTORIES_SHRINK_H_
