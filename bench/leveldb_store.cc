#include "bench/leveldb_store.h"

#include <leveldb/db.h>
#include <leveldb/options.h>
#include <leveldb/write_batch.h>

#include "absl/strings/str_cat.h"
#include "bench/store_key.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr size_t kWriteBufferBytes = size_t{256} << 20;
constexpr size_t kFileBytes = size_t{64} << 20;
constexpr size_t kBlockBytes = size_t{64} << 10;

absl::Status StatusOf(const leveldb::Status& status) {
  return status.ok() ? absl::OkStatus()
                     : absl::UnavailableError(absl::StrCat("LevelDB: ", status.ToString()));
}

leveldb::Options DatabaseOptions() {
  leveldb::Options options;
  options.create_if_missing = true;
  options.compression = leveldb::kNoCompression;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_file_size = kFileBytes;
  options.block_size = kBlockBytes;
  return options;
}

class LevelDbStore final : public Store {
 public:
  LevelDbStore(std::unique_ptr<leveldb::DB> db, Durability durability) : db_(std::move(db)) {
    write_options_.sync = durability == Durability::kDurable;
  }

  absl::Status Append(int64_t first_number, absl::Span<const absl::string_view> values) override {
    leveldb::WriteBatch batch;
    for (const absl::string_view value : values) {
      const StoreKey key(first_number++);
      batch.Put({key.data(), key.size()}, {value.data(), value.size()});
    }
    return StatusOf(db_->Write(write_options_, &batch));
  }

  // No level has a file in this range, so that nothing but the memtable is written.
  absl::Status Settle() override {
    const StoreKey beyond_all(std::numeric_limits<int64_t>::max());
    const leveldb::Slice key(beyond_all.data(), beyond_all.size());
    db_->CompactRange(&key, &key);
    return absl::OkStatus();
  }

  absl::Status ReadAll(
      const std::function<void(int64_t number, absl::string_view value)>& visit) override {
    leveldb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(options));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      const leveldb::Slice key = it->key();
      const leveldb::Slice value = it->value();
      visit(StoreKey::NumberOf({key.data(), key.size()}), {value.data(), value.size()});
    }
    return StatusOf(it->status());
  }

 private:
  const std::unique_ptr<leveldb::DB> db_;
  leveldb::WriteOptions write_options_;
};

absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& directory, Durability durability) {
  leveldb::DB* db = nullptr;
  TM_RETURN_IF_ERROR(StatusOf(leveldb::DB::Open(DatabaseOptions(), directory, &db)));
  return std::make_unique<LevelDbStore>(std::unique_ptr<leveldb::DB>(db), durability);
}

}  // namespace

StoreKind LevelDbKind() {
  const std::string common = absl::StrCat(
      "LevelDB ", leveldb::kMajorVersion, ".", leveldb::kMinorVersion,
      ": one WriteBatch each, 256 MiB write buffer, 64 MiB files, no compression, 64 KiB blocks; "
      "iterator without checksums, its default; ");
  return {"LevelDB", common + "its log is written to the page cache by each batch",
          common + "WriteOptions::sync", Open};
}

}  // namespace tidemark
