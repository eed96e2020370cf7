#ifndef TIDEMARK_BENCH_LOG_READS_H_
#define TIDEMARK_BENCH_LOG_READS_H_

// Tidemark reading a partition in order.

#include <memory>

#include "bench/contender.h"
#include "bench/read_limits.h"
#include "bench/read_tally.h"

namespace tidemark {

enum class ReadCall {
  kView,   // Log::View, in place; the caller verifies each batch, and reads its records.
  kRead,   // Log::Read, copied; the same.
  kTopic,  // Topic::Read, which does all that by itself.
};

// 1 MiB at a time. What is cold was taken out of the page cache before the engine was opened; the
// round has the part that opening has brought back as "cached_percent", which must stay below 5 and
// a MiB.
std::unique_ptr<Contender> NewLogRead(const Load& load, ReadCall call, ReadWork work, Cache cache);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_LOG_READS_H_
