#include "bench/leveldb_store.h"
#include "bench/lmdb_store.h"
#include "bench/rocksdb_store.h"
#include "bench/sqlite_store.h"
#include "bench/store.h"

namespace tidemark {

std::vector<StoreKind> Stores() { return {RocksDbKind(), LevelDbKind(), LmdbKind(), SqliteKind()}; }

}  // namespace tidemark
