#ifndef TIDEMARK_BENCH_PARTITIONS_H_
#define TIDEMARK_BENCH_PARTITIONS_H_

// How appends, memory and opening grow with the number of partitions. Where there are thousands,
// their files are on tmpfs.

#include <memory>

#include "bench/contender.h"

namespace tidemark {

// Appends the load to its partitions in rotation, buffered; each has one batch before. The round's
// "idle_partition_bytes" is what the allocator has given for each partition of an engine that has
// just been opened.
std::unique_ptr<Contender> NewRotation(const Load& load);

// Opens the load's partitions, which have been closed properly with a batch in each.
std::unique_ptr<Contender> NewOpenClean(const Load& load);

// Opens one partition with the load in it, of which nothing is below a recovery point: its process
// ended without closing it. What was written is in the page cache.
std::unique_ptr<Contender> NewOpenCrashed(const Load& load);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_PARTITIONS_H_
