#ifndef TIDEMARK_BENCH_READ_LIMITS_H_
#define TIDEMARK_BENCH_READ_LIMITS_H_

// What the machine can do for reading batches in order.

#include <memory>

#include "bench/contender.h"
#include "bench/read_tally.h"

namespace tidemark {

// Over a mapping of the whole file.
std::unique_ptr<Contender> NewMappedReadLimit(const Load& load, ReadWork work, Cache cache);

// With pread, 1 MiB at a time; past the page cache, if `is_direct`.
std::unique_ptr<Contender> NewPreadLimit(const Load& load, ReadWork work, Cache cache,
                                         bool is_direct);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_READ_LIMITS_H_
