#ifndef TIDEMARK_BENCH_LOG_APPENDS_H_
#define TIDEMARK_BENCH_LOG_APPENDS_H_

// Appends of finished batches with storage/log.h.

#include <memory>

#include "bench/append_setup.h"
#include "bench/contender.h"

namespace tidemark {

// What happens to each batch on the clock, besides Log::Append.
enum class BatchWork {
  kVerify,  // Parsed, and its CRC summed by the caller, who then vouches for it.
  kTrust,   // Nothing: the caller vouches for a batch that it has made before.
  kCheck,   // Log::Append looks at CRC and records: what a broker does for its clients.
  kEncode,  // Built by a RecordBatchBuilder, which sums the CRC.
};

// Every thread of the load appends its share to partition 0; durable ones wait in Log::Sync.
std::unique_ptr<Contender> NewLogAppend(const Load& load, BatchWork work, const AppendSetup& setup);

// One thread appends to the partitions of the load in rotation, trusted; Log::AwaitDurable tells
// when each is durable.
std::unique_ptr<Contender> NewLogAppendAsync(const Load& load, const AppendSetup& setup);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_LOG_APPENDS_H_
