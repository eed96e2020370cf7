#ifndef TIDEMARK_BENCH_LEVELDB_STORE_H_
#define TIDEMARK_BENCH_LEVELDB_STORE_H_

#include "bench/store.h"

namespace tidemark {

StoreKind LevelDbKind();

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_LEVELDB_STORE_H_
