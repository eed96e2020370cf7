#include "bench/lmdb_store.h"

#include <lmdb.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "bench/store_key.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

// Of address space: the file is sparse.
constexpr size_t kMapBytes = size_t{16} << 30;

absl::Status StatusOf(int result) {
  return result == MDB_SUCCESS
             ? absl::OkStatus()
             : absl::UnavailableError(absl::StrCat("LMDB: ", mdb_strerror(result)));
}

MDB_val ValueOf(absl::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};  // LMDB does not write there.
}

absl::string_view ViewOf(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

// Puts at the end of the tree, which splits no full page; where another thread was there with a
// later key, anywhere.
int Put(MDB_txn* transaction, MDB_dbi database, const StoreKey& number, absl::string_view bytes) {
  MDB_val key = ValueOf({number.data(), number.size()});
  MDB_val value = ValueOf(bytes);
  const int result = mdb_put(transaction, database, &key, &value, MDB_APPEND);
  return result == MDB_KEYEXIST ? mdb_put(transaction, database, &key, &value, MDB_NOOVERWRITE)
                                : result;
}

class LmdbStore final : public Store {
 public:
  explicit LmdbStore(MDB_env* environment) : environment_(environment) {}
  ~LmdbStore() override { mdb_env_close(environment_); }

  absl::Status Open(const std::string& directory, Durability durability) {
    TM_RETURN_IF_ERROR(StatusOf(mdb_env_set_mapsize(environment_, kMapBytes)));
    const unsigned flags = durability == Durability::kBuffered ? MDB_WRITEMAP | MDB_NOSYNC : 0;
    TM_RETURN_IF_ERROR(StatusOf(mdb_env_open(environment_, directory.c_str(), flags, 0644)));
    MDB_txn* transaction = nullptr;
    TM_RETURN_IF_ERROR(StatusOf(mdb_txn_begin(environment_, nullptr, 0, &transaction)));
    const int result = mdb_dbi_open(transaction, nullptr, 0, &database_);
    return StatusOf(result == MDB_SUCCESS ? mdb_txn_commit(transaction) : result);
  }

  // A transaction that writes waits for the one before it.
  absl::Status Append(int64_t first_number, absl::Span<const absl::string_view> values) override {
    MDB_txn* transaction = nullptr;
    TM_RETURN_IF_ERROR(StatusOf(mdb_txn_begin(environment_, nullptr, 0, &transaction)));
    for (const absl::string_view value : values) {
      const int result = Put(transaction, database_, StoreKey(first_number++), value);
      if (result == MDB_SUCCESS) continue;
      mdb_txn_abort(transaction);
      return StatusOf(result);
    }
    return StatusOf(mdb_txn_commit(transaction));
  }

  absl::Status Settle() override { return absl::OkStatus(); }

  absl::Status ReadAll(
      const std::function<void(int64_t number, absl::string_view value)>& visit) override {
    MDB_txn* transaction = nullptr;
    TM_RETURN_IF_ERROR(StatusOf(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &transaction)));
    const absl::Cleanup end = [transaction] { mdb_txn_abort(transaction); };
    MDB_cursor* cursor = nullptr;
    TM_RETURN_IF_ERROR(StatusOf(mdb_cursor_open(transaction, database_, &cursor)));
    const absl::Cleanup close = [cursor] { mdb_cursor_close(cursor); };
    MDB_val key;
    MDB_val value;
    int result = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    while (result == MDB_SUCCESS) {
      visit(StoreKey::NumberOf(ViewOf(key)), ViewOf(value));
      result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return StatusOf(result == MDB_NOTFOUND ? MDB_SUCCESS : result);
  }

 private:
  MDB_env* const environment_;
  MDB_dbi database_ = 0;
};

absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& directory, Durability durability) {
  MDB_env* environment = nullptr;
  TM_RETURN_IF_ERROR(StatusOf(mdb_env_create(&environment)));
  auto store = std::make_unique<LmdbStore>(environment);
  TM_RETURN_IF_ERROR(store->Open(directory, durability));
  return store;
}

}  // namespace

StoreKind LmdbKind() {
  const std::string common = absl::StrCat(
      "LMDB ", MDB_VERSION_MAJOR, ".", MDB_VERSION_MINOR, ".", MDB_VERSION_PATCH,
      ": one transaction each, one after another, MDB_APPEND, 16 GiB map; read by cursor, no "
      "checksums; ");
  return {"LMDB", common + "MDB_WRITEMAP, MDB_NOSYNC", common + "synced by each transaction", Open};
}

}  // namespace tidemark
