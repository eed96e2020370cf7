#include "bench/rocksdb_store.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include "absl/strings/str_cat.h"
#include "bench/store_key.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr size_t kWriteBufferBytes = size_t{256} << 20;
constexpr size_t kBlockBytes = size_t{64} << 10;
constexpr size_t kReadaheadBytes = size_t{4} << 20;
constexpr size_t kBatchOverheadBytes = 32;
constexpr size_t kRecordOverheadBytes = 32;

absl::Status StatusOf(const rocksdb::Status& status) {
  return status.ok() ? absl::OkStatus()
                     : absl::UnavailableError(absl::StrCat("RocksDB: ", status.ToString()));
}

rocksdb::Slice SliceOf(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }

rocksdb::Options OptionsOf(Durability durability) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_write_buffer_number = 4;
  options.manual_wal_flush = durability == Durability::kBuffered;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = kBlockBytes;
  table.no_block_cache = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class RocksDbStore final : public Store {
 public:
  RocksDbStore(std::unique_ptr<rocksdb::DB> db, Durability durability) : db_(std::move(db)) {
    write_options_.sync = durability == Durability::kDurable;
  }

  absl::Status Append(int64_t first_number, absl::Span<const absl::string_view> values) override {
    size_t reserved = kBatchOverheadBytes;
    for (const absl::string_view value : values) reserved += value.size() + kRecordOverheadBytes;
    rocksdb::WriteBatch batch(reserved);
    for (const absl::string_view value : values) {
      const StoreKey key(first_number++);
      TM_RETURN_IF_ERROR(StatusOf(batch.Put({key.data(), key.size()}, SliceOf(value))));
    }
    return StatusOf(db_->Write(write_options_, &batch));
  }

  absl::Status Settle() override { return StatusOf(db_->Flush(rocksdb::FlushOptions())); }

  absl::Status ReadAll(
      const std::function<void(int64_t number, absl::string_view value)>& visit) override {
    rocksdb::ReadOptions options;
    options.readahead_size = kReadaheadBytes;
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      const rocksdb::Slice key = it->key();
      const rocksdb::Slice value = it->value();
      visit(StoreKey::NumberOf({key.data(), key.size()}), {value.data(), value.size()});
    }
    return StatusOf(it->status());
  }

 private:
  const std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions write_options_;
};

absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& directory, Durability durability) {
  rocksdb::DB* db = nullptr;
  TM_RETURN_IF_ERROR(StatusOf(rocksdb::DB::Open(OptionsOf(durability), directory, &db)));
  return std::make_unique<RocksDbStore>(std::unique_ptr<rocksdb::DB>(db), durability);
}

}  // namespace

StoreKind RocksDbKind() {
  const std::string common =
      absl::StrCat("RocksDB ", ROCKSDB_MAJOR, ".", ROCKSDB_MINOR, ".", ROCKSDB_PATCH,
                   ": one WriteBatch each, 256 MiB write buffers, no compression, 64 KiB blocks, "
                   "iterator with 4 MiB readahead; ");
  return {"RocksDB", common + "manual_wal_flush: up to 1 MiB of the log is in the process's memory",
          common + "WriteOptions::sync", Open};
}

}  // namespace tidemark
