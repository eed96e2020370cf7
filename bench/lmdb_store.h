#ifndef TIDEMARK_BENCH_LMDB_STORE_H_
#define TIDEMARK_BENCH_LMDB_STORE_H_

#include "bench/store.h"

namespace tidemark {

StoreKind LmdbKind();

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_LMDB_STORE_H_
