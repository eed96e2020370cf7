#ifndef TIDEMARK_STORAGE_LOG_PRODUCER_STATE_H_
#define TIDEMARK_STORAGE_LOG_PRODUCER_STATE_H_

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/format/producer_snapshot.h"
#include "storage/log.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// The end of a transaction, as its marker says it.
struct TransactionMarker {
  int32_t coordinator_epoch = 0;
  bool is_commit = false;
};

// What of a batch concerns its producer.
struct ProducerBatch {
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  Sequence base_sequence = kNoSequence;
  Offset base_offset;
  int32_t last_offset_delta = 0;
  Timestamp timestamp = kNoTimestamp;  // The largest of the batch.
  bool is_transactional = false;
  absl::optional<TransactionMarker> marker;  // Of a batch that ends a transaction.

  Offset last_offset() const { return base_offset + last_offset_delta; }
  // The last record's; sequences wrap to 0 after 2^31 - 1.
  Sequence last_sequence() const;
};

// Nothing for a batch that concerns no producer: one without a producer id, a control record of
// another kind, a marker that compaction has emptied. DATA_LOSS for a marker that cannot be read.
absl::StatusOr<absl::optional<ProducerBatch>> ReadProducerBatch(const RecordBatchView& batch);

// What a log knows of one producer: enough to tell what comes next from what came before and from
// what came too late.
class ProducerState {
 public:
  // Kafka's clients have at most this many batches under way.
  static constexpr int kBatchesKept = 5;

  struct Batch {
    Sequence last_sequence = kNoSequence;
    Offset last_offset{-1};
    int32_t offset_delta = 0;
    Timestamp timestamp = kNoTimestamp;

    Offset first_offset() const { return last_offset - offset_delta; }
    Sequence first_sequence() const;
  };

  explicit ProducerState(ProducerId producer_id) : producer_id_(producer_id) {}
  explicit ProducerState(const ProducerSnapshotEntry& entry);

  // The kept batch with the same epoch and sequences; null if there is none.
  const Batch* FindDuplicate(const ProducerBatch& batch) const;

  // Whether `batch` may come next, from a client or from a coordinator. FAILED_PRECONDITION with an
  // ErrorCode if it may not. A producer of whom nothing is known may begin with any sequence.
  absl::Status Check(const ProducerBatch& batch, AppendOrigin origin) const;

  // Notes that `batch` is in the log; what was not checked is taken as it is. Returns the first
  // offset of the transaction that it has ended, if there was one.
  absl::optional<Offset> Apply(const ProducerBatch& batch);

  ProducerId producer_id() const { return producer_id_; }
  Timestamp last_timestamp() const { return last_timestamp_; }
  absl::optional<Offset> transaction_first_offset() const { return transaction_first_offset_; }
  Sequence last_sequence() const { return count_ == 0 ? kNoSequence : last().last_sequence; }

  ProducerSnapshotEntry ToEntry() const;

 private:
  const Batch& last() const { return batches_[static_cast<size_t>(count_ - 1)]; }
  absl::Status CheckSequence(const ProducerBatch& batch) const;
  absl::Status CheckMarker(const ProducerBatch& batch) const;
  void SetEpoch(ProducerEpoch epoch);
  void AddBatch(const Batch& batch);

  ProducerId producer_id_;
  ProducerEpoch epoch_ = kNoProducerEpoch;
  int32_t coordinator_epoch_ = -1;
  Timestamp last_timestamp_ = kNoTimestamp;
  absl::optional<Offset> transaction_first_offset_;
  int count_ = 0;
  std::array<Batch, kBatchesKept> batches_;  // The first count_, rising; all of this epoch.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_PRODUCER_STATE_H_
