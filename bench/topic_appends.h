#ifndef TIDEMARK_BENCH_TOPIC_APPENDS_H_
#define TIDEMARK_BENCH_TOPIC_APPENDS_H_

// Appends of records with api/tidemark.h: encoding, placing and acknowledging are on the clock.

#include <memory>

#include "bench/contender.h"
#include "storage/engine.h"
#include "storage/types.h"

namespace tidemark {

struct TopicAppendOptions {
  Durability durability = Durability::kBuffered;
  bool with_latencies = false;
  // Written before the round, as for LogAppendOptions.
  int64_t steady_bytes = 0;
  ConfigMap topic_config = {};
  // 0: without a journal.
  int64_t journal_bytes = 0;
};

// Every thread of the load appends its share to partition 0, with Topic::Append where a batch is
// one record, else with Topic::AppendBatch.
std::unique_ptr<Contender> NewTopicAppend(const Load& load, const TopicAppendOptions& options);

// One thread appends to the partitions of the load in rotation with Topic::AppendAsync.
std::unique_ptr<Contender> NewTopicAppendAsync(const Load& load, const TopicAppendOptions& options);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_TOPIC_APPENDS_H_
