#ifndef TIDEMARK_BENCH_ROCKSDB_STORE_H_
#define TIDEMARK_BENCH_ROCKSDB_STORE_H_

#include "bench/store.h"

namespace tidemark {

StoreKind RocksDbKind();

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_ROCKSDB_STORE_H_
