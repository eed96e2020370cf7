#ifndef TIDEMARK_BENCH_SQLITE_STORE_H_
#define TIDEMARK_BENCH_SQLITE_STORE_H_

#include "bench/store.h"

namespace tidemark {

StoreKind SqliteKind();

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_SQLITE_STORE_H_
