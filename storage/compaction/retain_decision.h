#ifndef TIDEMARK_STORAGE_COMPACTION_RETAIN_DECISION_H_
#define TIDEMARK_STORAGE_COMPACTION_RETAIN_DECISION_H_

// What compaction keeps: Kafka's rules (KIP-58, KIP-98, KIP-534), of plain values.

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// What a log knows of a producer that may go on writing: where its last data is, and without any
// its epoch. One of the two has to survive, for the checks of its next batch.
struct LastProducerRecord {
  absl::optional<Offset> last_data_offset;
  ProducerEpoch epoch = kNoProducerEpoch;
};
using LastProducerRecords = absl::flat_hash_map<ProducerId, LastProducerRecord>;

// What holds for all batches of one cleaning.
struct CleaningContext {
  Timestamp now;
  Offset end;  // Behind the cleanable range: the batch that ends there stays, empty if need be.
  LastProducerRecords producers;
};

struct BatchDecision {
  bool drops_records = false;    // All of them, unread.
  bool keeps_empty = false;      // Its header stays although no record does.
  bool is_spent_marker = false;  // Nothing is left of its transaction.
};

// `is_spent`: as CleanedTransactions::OnBatch says of the batch.
BatchDecision DecideBatch(const RecordBatchView& batch, bool is_spent,
                          const CleaningContext& context);

// Whether a record of a data batch stays. `latest` is the largest offset that was noted for its key
// while offsets up to `map_end` (inclusive) were looked at.
bool KeepsRecord(const RecordBatchView& batch, const RecordView& record,
                 absl::optional<Offset> latest, Offset map_end, Timestamp now);

// Whether the batch, some of whose records stay, gets a delete horizon now.
bool NeedsDeleteHorizon(const RecordBatchView& batch, const BatchDecision& decision,
                        bool has_tombstones);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_RETAIN_DECISION_H_
