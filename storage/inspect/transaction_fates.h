#ifndef TIDEMARK_STORAGE_INSPECT_TRANSACTION_FATES_H_
#define TIDEMARK_STORAGE_INSPECT_TRANSACTION_FATES_H_

#include <deque>
#include <map>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/inspect/log_walker.h"
#include "storage/inspect/partition_files.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// Transactions that are neither committed nor aborted, with their first offsets.
using OpenTransactions = std::map<ProducerId, Offset>;

// Those that are open at `offset`: from the last snapshot of the producers that is not behind it,
// and the batches from there on. ABORTED, DATA_LOSS as LogWalker. `segments` are the base offsets
// of the log's segments, at least one.
absl::StatusOr<OpenTransactions> FindOpenTransactions(FileSystem* file_system,
                                                      const PartitionPlace& place,
                                                      bool are_gaps_allowed,
                                                      const std::vector<Offset>& segments,
                                                      Offset offset);

// What becomes of the transactions that a reader meets on its way through the log. Looks ahead in
// the log, no further than to the marker that decides. Not thread-safe.
//
// Any call returns ABORTED when the log was cut, and DATA_LOSS, as LogWalker does.
class TransactionFates {
 public:
  enum class Fate { kCommitted, kAborted, kOpen };

  // The reader begins at `offset`, in a log of these segments, at least one. Nothing is owned.
  static absl::StatusOr<TransactionFates> Create(FileSystem* file_system,
                                                 const PartitionPlace* place, bool are_gaps_allowed,
                                                 const std::vector<Offset>& segments,
                                                 Offset offset);

  // Whether a transaction is open that began in front of where the reader began: all that the
  // reader would see is behind the last stable offset.
  absl::StatusOr<bool> IsOpenInFront();

  // Of the transaction that the reader's batch belongs to: one with a producer, not a marker. To be
  // asked in the order of the log.
  absl::StatusOr<Fate> Of(const RecordBatchView& batch);

  // The reader has passed a control batch.
  void Pass(const RecordBatchView& control_batch);

 private:
  struct Marker {
    Offset offset;
    bool is_commit = false;
  };

  TransactionFates(LogWalker walker, const OpenTransactions& open);

  // The producer's first marker behind `offset`, if it is there yet.
  absl::StatusOr<absl::optional<Marker>> FindMarker(ProducerId producer_id, Offset offset);

  LogWalker walker_;  // Ahead of the reader.
  Offset passed_;     // Markers in front of it decide nothing any more.
  std::map<ProducerId, std::deque<Marker>> markers_;
  OpenTransactions open_in_front_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_TRANSACTION_FATES_H_
