#ifndef TIDEMARK_BENCH_APPEND_LIMITS_H_
#define TIDEMARK_BENCH_APPEND_LIMITS_H_

// What the machine can do for appends that stay in the page cache, one thread.

#include <memory>

#include "bench/contender.h"

namespace tidemark {

enum class Pages {
  kNew,       // Of a new file, brought in by another thread ahead of the writer.
  kRecycled,  // Brought in before the round.
};

inline constexpr char kNewPagesLimit[] = "CRC and copy, new pages";
inline constexpr char kRecycledPagesLimit[] = "CRC and copy, recycled pages";

// The CRC-32C of each finished batch, and its copy into a mapped file. Adds the latency of each to
// the round if `with_latencies`.
std::unique_ptr<Contender> NewMappedCopyLimit(const Load& load, Pages pages, bool with_latencies);

// One pwrite for each batch, without a CRC, into a new file.
std::unique_ptr<Contender> NewPwriteLimit(const Load& load);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_APPEND_LIMITS_H_
