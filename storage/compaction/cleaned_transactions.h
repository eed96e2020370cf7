#ifndef TIDEMARK_STORAGE_COMPACTION_CLEANED_TRANSACTIONS_H_
#define TIDEMARK_STORAGE_COMPACTION_CLEANED_TRANSACTIONS_H_

#include <map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/format/control_record.h"
#include "storage/format/index_entry.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// Follows the transactions of a log from batch to batch, in order: whose records do not count,
// which markers have nothing left to mark, and which aborted transactions a reader still has to be
// told of. Not thread-safe.
class CleanedTransactions {
 public:
  // Makes aborted transactions known before the first of their batches comes. The same one may be
  // given again as long as its marker has not come.
  void AddAborted(absl::Span<const TransactionIndexEntry> aborted);

  // Takes note of the next batch; true if nothing needs its records: they were aborted, or it is a
  // marker of a transaction of which no batch has come. DATA_LOSS if a control record cannot be
  // read.
  absl::StatusOr<bool> OnBatch(const RecordBatchView& batch);

  // The aborted transactions whose markers have come since the last call and of which there was a
  // batch, in the order of the markers.
  std::vector<TransactionIndexEntry> TakeKept();

 private:
  struct Aborted {
    TransactionIndexEntry entry;
    bool has_batches = false;
  };

  // The transactions that begin up to `offset` are under way.
  void BeginUpTo(Offset offset);
  bool OnMarker(absl::optional<ControlRecordType> type, ProducerId producer_id);

  std::multimap<Offset, TransactionIndexEntry> coming_;  // By first offset.
  absl::flat_hash_map<ProducerId, Aborted> aborted_;
  absl::flat_hash_set<ProducerId> committed_;  // Or still to be decided: never aborted.
  std::vector<TransactionIndexEntry> kept_;
};

// The type of a control batch's record; absent where compaction has emptied the batch. DATA_LOSS if
// it cannot be read.
absl::StatusOr<absl::optional<ControlRecordType>> ReadControlType(const RecordBatchView& batch);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_CLEANED_TRANSACTIONS_H_
