#ifndef TIDEMARK_BENCH_LOG_APPENDS_H_
#define TIDEMARK_BENCH_LOG_APPENDS_H_

// Appends of finished batches with storage/log.h.

#include <cstdint>
#include <memory>
#include <string>

#include "bench/contender.h"
#include "storage/engine.h"
#include "storage/types.h"

namespace tidemark {

// What happens to each batch on the clock, besides Log::Append.
enum class BatchWork {
  kVerify,  // Parsed, and its CRC summed by the caller, who then vouches for it.
  kTrust,   // Nothing: the caller vouches for a batch that it has made before.
  kCheck,   // Log::Append looks at CRC and records: what a broker does for its clients.
  kEncode,  // Built by a RecordBatchBuilder, which sums the CRC.
};

struct LogAppendOptions {
  BatchWork work = BatchWork::kTrust;
  Durability durability = Durability::kBuffered;
  bool with_latencies = false;
  // Written before the round, see FillSteadily.
  int64_t steady_bytes = 0;
  ConfigMap topic_config = {};
  // 0: without a journal.
  int64_t journal_bytes = 0;
};

// Every thread of the load appends its share to partition 0; durable ones wait in Log::Sync.
std::unique_ptr<Contender> NewLogAppend(const Load& load, const LogAppendOptions& options);

// One thread appends to the partitions of the load in rotation, trusted; Log::AwaitDurable tells
// when each is durable.
std::unique_ptr<Contender> NewLogAppendAsync(const Load& load, const LogAppendOptions& options);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_LOG_APPENDS_H_
