#ifndef TIDEMARK_BENCH_COMPACTIONS_H_
#define TIDEMARK_BENCH_COMPACTIONS_H_

// Compaction of a log in which every key stands four times, beside reading all of it and writing a
// quarter.

#include <memory>

#include "bench/contender.h"

namespace tidemark {

// Sums the CRC of each batch of a mapped, cached file, writes every fourth one to a new file, and
// syncs that.
std::unique_ptr<Contender> NewCompactionLimit(const Load& load);

// StorageEngine::RunCompaction of one partition in about ten segments.
std::unique_ptr<Contender> NewCompaction(const Load& load);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_COMPACTIONS_H_
