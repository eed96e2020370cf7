#ifndef TIDEMARK_BENCH_TOPIC_APPENDS_H_
#define TIDEMARK_BENCH_TOPIC_APPENDS_H_

// Appends of records with api/tidemark.h: encoding, placing and acknowledging are on the clock.

#include <memory>

#include "bench/append_setup.h"
#include "bench/contender.h"

namespace tidemark {

// Every thread of the load appends its share to partition 0, with Topic::Append where a batch is
// one record, else with Topic::AppendBatch.
std::unique_ptr<Contender> NewTopicAppend(const Load& load, const AppendSetup& setup);

// One thread appends to the partitions of the load in rotation with Topic::AppendAsync.
std::unique_ptr<Contender> NewTopicAppendAsync(const Load& load, const AppendSetup& setup);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_TOPIC_APPENDS_H_
