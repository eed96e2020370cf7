#include "bench/sqlite_store.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "storage/base/mutex.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

constexpr char kSetUp[] = R"(
  PRAGMA page_size = 4096;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA wal_autocheckpoint = 16384;
  PRAGMA mmap_size = 17179869184;
  CREATE TABLE IF NOT EXISTS queue(number INTEGER PRIMARY KEY, value BLOB NOT NULL);
)";

constexpr int64_t kAppendsMax = 100000;

class SqliteStore final : public Store {
 public:
  absl::Status Open(const std::string& directory, Durability durability) {
    const std::string path = absl::StrCat(directory, "/queue.sqlite");
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    sqlite3* database = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
    MutexLock lock(&mutex_);
    database_.reset(database);
    TM_RETURN_IF_ERROR(StatusOf(result));
    TM_RETURN_IF_ERROR(Execute(kSetUp));
    TM_RETURN_IF_ERROR(Execute(durability == Durability::kDurable ? "PRAGMA synchronous = FULL"
                                                                  : "PRAGMA synchronous = NORMAL"));
    TM_RETURN_IF_ERROR(Compile("BEGIN IMMEDIATE", &begin_));
    TM_RETURN_IF_ERROR(Compile("COMMIT", &commit_));
    TM_RETURN_IF_ERROR(Compile("INSERT INTO queue VALUES (?, ?)", &insert_));
    return Compile("SELECT number, value FROM queue ORDER BY number", &select_);
  }

  // A transaction that writes waits for the one before it.
  absl::Status Append(int64_t first_number, absl::Span<const absl::string_view> values) override {
    MutexLock lock(&mutex_);
    if (values.size() == 1) return Insert(first_number, values[0]);
    TM_RETURN_IF_ERROR(Run(begin_.get()));
    for (const absl::string_view value : values) {
      TM_RETURN_IF_ERROR(Insert(first_number++, value));
    }
    return Run(commit_.get());
  }

  absl::Status Settle() override {
    MutexLock lock(&mutex_);
    return Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  absl::Status ReadAll(
      const std::function<void(int64_t number, absl::string_view value)>& visit) override {
    MutexLock lock(&mutex_);
    int result = sqlite3_step(select_.get());
    for (; result == SQLITE_ROW; result = sqlite3_step(select_.get())) {
      const void* const bytes = sqlite3_column_blob(select_.get(), 1);
      const auto size = static_cast<size_t>(sqlite3_column_bytes(select_.get(), 1));
      visit(sqlite3_column_int64(select_.get(), 0), {static_cast<const char*>(bytes), size});
    }
    return StatusOf(sqlite3_reset(select_.get()));
  }

 private:
  absl::Status StatusOf(int result) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (result == SQLITE_OK || result == SQLITE_DONE) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("SQLite: ", sqlite3_errmsg(database_.get())));
  }

  absl::Status Execute(const char* sql) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return StatusOf(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr));
  }

  absl::Status Compile(const char* sql, Statement* statement)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    sqlite3_stmt* compiled = nullptr;
    const int result =
        sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &compiled, nullptr);
    statement->reset(compiled);
    return StatusOf(result);
  }

  absl::Status Run(sqlite3_stmt* statement) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    sqlite3_step(statement);  // The reset returns the error of the step.
    return StatusOf(sqlite3_reset(statement));
  }

  absl::Status Insert(int64_t number, absl::string_view value)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    TM_RETURN_IF_ERROR(StatusOf(sqlite3_bind_int64(insert_.get(), 1, number)));
    TM_RETURN_IF_ERROR(
        StatusOf(sqlite3_bind_blob64(insert_.get(), 2, value.data(), value.size(), SQLITE_STATIC)));
    return Run(insert_.get());
  }

  Mutex mutex_;  // Over whole transactions and reads: they share one connection.
  Database database_ ABSL_GUARDED_BY(mutex_);
  Statement begin_ ABSL_GUARDED_BY(mutex_);
  Statement commit_ ABSL_GUARDED_BY(mutex_);
  Statement insert_ ABSL_GUARDED_BY(mutex_);
  Statement select_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& directory, Durability durability) {
  auto store = std::make_unique<SqliteStore>();
  TM_RETURN_IF_ERROR(store->Open(directory, durability));
  return store;
}

}  // namespace

StoreKind SqliteKind() {
  const std::string common = absl::StrCat(
      "SQLite ", SQLITE_VERSION,
      ": rowid table, prepared statements, one transaction each, one after another, WAL with a "
      "checkpoint every 64 MiB, 4 KiB pages, exclusive locking, mapped reads; synchronous=");
  return {"SQLite", common + "NORMAL", common + "FULL", Open, kAppendsMax};
}

}  // namespace tidemark
