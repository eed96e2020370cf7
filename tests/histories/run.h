#ifndef TIDEMARK_TESTS_HISTORIES_RUN_H_
#define TIDEMARK_TESTS_HISTORIES_RUN_H_

#include <string>

#include "absl/status/status.h"
#include "tests/histories/history.h"
#include "tests/histories/world.h"

namespace tidemark {

// Does what the history says, and compares at each step. The error names the operation, and begins
// with what kind of failure it is, up to a colon. The same history ends in the same way each time.
absl::Status RunHistory(const History& history, World::Tamper tamper = nullptr);

// What two errors of one kind have in common.
std::string KindOfFailure(const absl::Status& status);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_HISTORIES_RUN_H_
