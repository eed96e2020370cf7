#ifndef TIDEMARK_TESTS_HISTORIES_GENERATE_H_
#define TIDEMARK_TESTS_HISTORIES_GENERATE_H_

#include <cstdint>

#include "tests/histories/history.h"

namespace tidemark {

// The history of a seed. Each seed first draws what kinds of operations and faults it has at all,
// and how often, so that some do one thing many times and others a little of everything.
History Generate(uint64_t seed);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_HISTORIES_GENERATE_H_
