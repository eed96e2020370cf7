#ifndef TIDEMARK_STORAGE_ENGINE_PARALLEL_FOR_H_
#define TIDEMARK_STORAGE_ENGINE_PARALLEL_FOR_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "storage/env.h"

namespace tidemark {

// Calls `work` once for each of 0 to count - 1, at most `parallelism` at a time, in any order, on
// this thread and on what the executor has to spare. Returns when all calls have returned. Needs no
// task of the executor to run: this thread does everything that nobody else has taken.
void ParallelFor(Executor* executor, int64_t parallelism, int64_t count,
                 absl::FunctionRef<void(int64_t)> work);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_PARALLEL_FOR_H_
