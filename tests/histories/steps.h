#ifndef TIDEMARK_TESTS_HISTORIES_STEPS_H_
#define TIDEMARK_TESTS_HISTORIES_STEPS_H_

// What each kind of operation does to a world, and what must come of it.

#include "absl/status/status.h"
#include "tests/histories/history.h"
#include "tests/histories/world.h"

namespace tidemark {

// kAppend, kProduce, kMarker, kFollow.
absl::Status DoAppend(World* world, const Operation& operation);
absl::Status DoProduce(World* world, const Operation& operation);
absl::Status DoMarker(World* world, const Operation& operation);
absl::Status DoFollow(World* world, const Operation& operation);

// kRead, kFind.
absl::Status DoRead(World* world, const Operation& operation);
absl::Status DoFind(World* world, const Operation& operation);

// All others.
absl::Status DoOther(World* world, const Operation& operation);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_HISTORIES_STEPS_H_
