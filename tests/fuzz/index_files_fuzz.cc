// The three index files of a segment. The first six bytes say where the segment begins and how
// large its .log is, the next two how much of the rest is the offset index; what is left is the
// time index, and all of it the transaction index.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/check.h"
#include "storage/env/whole_file.h"
#include "storage/format/index_entry.h"
#include "storage/index/index_file.h"
#include "storage/index/segment_index.h"
#include "storage/index/transaction_index.h"
#include "storage/memory_env.h"
#include "storage/types.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

constexpr int64_t kIntervalBytes = 4096;

void CheckEntries(const SegmentIndex& index, int64_t log_size_bytes) {
  for (int64_t i = 0; i < index.offset_entry_count(); ++i) {
    const OffsetIndexEntry& entry = index.offset_entry(i);
    TM_CHECK(entry.position >= FilePosition(0) && entry.position < FilePosition(log_size_bytes));
    TM_CHECK(i == 0 || entry.relative_offset > index.offset_entry(i - 1).relative_offset);
    const Offset offset = index.base_offset() + entry.relative_offset.value();
    TM_CHECK(index.Lookup(offset) == entry.position);
  }
  for (int64_t i = 1; i < index.time_entry_count(); ++i) {
    TM_CHECK(index.time_entry(i).timestamp > index.time_entry(i - 1).timestamp);
  }
}

// What loads is stored and loaded as the same.
void CheckIndexes(MemoryFileSystem* files, Offset base, int64_t log_size_bytes) {
  const IndexPaths paths{"/i", "/t"};
  SegmentIndex index(base, kIntervalBytes);
  const absl::Status loaded = LoadIndexFiles(files, paths, log_size_bytes, &index);
  if (!loaded.ok()) {
    TM_CHECK(absl::IsDataLoss(loaded));
    return;
  }
  CheckEntries(index, log_size_bytes);
  TM_CHECK(StoreIndexFiles(files, paths, index).ok());
  SegmentIndex again(base, kIntervalBytes);
  TM_CHECK(LoadIndexFiles(files, paths, log_size_bytes, &again).ok());
  TM_CHECK(index == again);
}

void CheckTransactionIndex(MemoryFileSystem* files, Offset base) {
  absl::StatusOr<std::vector<TransactionIndexEntry>> entries =
      LoadTransactionIndex(files, "/x", base);
  if (!entries.ok()) {
    TM_CHECK(absl::IsDataLoss(entries.status()));
    return;
  }
  TransactionIndex index;
  for (const TransactionIndexEntry& entry : *entries) {
    TM_CHECK(index.size() == 0 || entry.last_offset > index.entry(index.size() - 1).last_offset);
    index.Add(entry);
  }
  TM_CHECK(StoreTransactionIndex(files, "/x", index).ok());
  const absl::StatusOr<std::vector<TransactionIndexEntry>> again =
      LoadTransactionIndex(files, "/x", base);
  TM_CHECK(again.ok() && *again == *entries);
}

}  // namespace

void FuzzIndexFiles(absl::string_view input) {
  FuzzInput choices(input);
  const Offset base(choices.TakeUint16());
  const int64_t log_size_bytes = int64_t{choices.TakeUint16()} << 15 | choices.TakeUint16();
  const size_t offset_index_bytes = choices.TakeUint16();
  MemoryFileSystem files;
  TM_CHECK(PutWholeFile(&files, "/", "x", choices.rest()).ok());
  TM_CHECK(PutWholeFile(&files, "/", "i", choices.TakeBytes(offset_index_bytes)).ok());
  TM_CHECK(PutWholeFile(&files, "/", "t", choices.rest()).ok());
  CheckIndexes(&files, base, log_size_bytes);
  CheckTransactionIndex(&files, base);
}

}  // namespace tidemark
