#ifndef TIDEMARK_BENCH_STORE_CONTENDERS_H_
#define TIDEMARK_BENCH_STORE_CONTENDERS_H_

// The part that any store can take in a row: see bench/store.h.

#include <memory>

#include "bench/contender.h"
#include "bench/read_tally.h"
#include "bench/row.h"
#include "bench/store.h"
#include "storage/types.h"

namespace tidemark {

// Every thread of the load appends its share, one Store::Append for each batch. Checked by
// Store::ReadAll: every number with its value.
std::unique_ptr<Contender> NewStoreAppend(const Load& load, const StoreKind& kind,
                                          Durability durability, bool with_latencies);

// Store::ReadAll of the load, which was appended before. From the page cache, or after the store
// was closed and all its files were taken out of the cache.
std::unique_ptr<Contender> NewStoreScan(const Load& load, const StoreKind& kind, Cache cache);

// One of each store, in a row of appends.
void AddStoreAppends(Durability durability, bool with_latencies, Row* row);
void AddStoreScans(Cache cache, Row* row);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_STORE_CONTENDERS_H_
