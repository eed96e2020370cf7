#ifndef TIDEMARK_STORAGE_INDEX_TRANSACTION_INDEX_H_
#define TIDEMARK_STORAGE_INDEX_TRANSACTION_INDEX_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"
#include "storage/format/index_entry.h"
#include "storage/index/append_only_vector.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

// The aborted transactions of one segment, by their markers: docs/format/transaction_index.md.
//
// One writer, which calls Add; any number of readers, which take no lock.
class TransactionIndex {
 public:
  // `entry` has a larger last offset than those before it.
  void Add(const TransactionIndexEntry& entry) { entries_.PushBack(entry); }

  // Adds to `found` the transactions that overlap [`from`, `end`). Returns true if no later segment
  // can have more of them.
  bool Collect(Offset from, Offset end, std::vector<AbortedTransaction>* found) const;

  int64_t size() const { return entries_.size(); }
  const TransactionIndexEntry& entry(int64_t i) const { return entries_[i]; }

 private:
  AppendOnlyVector<TransactionIndexEntry> entries_;
};

// What the file of the segment that begins at `base_offset` holds; nothing if it is absent.
// DATA_LOSS, naming file and entry, if that is not what a log writes: it has to be rebuilt then.
absl::StatusOr<std::vector<TransactionIndexEntry>> LoadTransactionIndex(FileSystem* file_system,
                                                                        absl::string_view path,
                                                                        Offset base_offset);

// Makes the file hold the entries, on stable storage but for its name.
absl::Status StoreTransactionIndex(FileSystem* file_system, absl::string_view path,
                                   const TransactionIndex& index);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INDEX_TRANSACTION_INDEX_H_
