#ifndef TIDEMARK_STORAGE_LOG_PRODUCER_TABLE_H_
#define TIDEMARK_STORAGE_LOG_PRODUCER_TABLE_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/format/index_entry.h"
#include "storage/format/producer_snapshot.h"
#include "storage/log.h"
#include "storage/log/open_transactions.h"
#include "storage/log/producer_state.h"
#include "storage/types.h"

namespace tidemark {

// All producers that a log knows of, and their transactions, up to one offset: Kafka's
// ProducerStateManager without its files.
//
// Not thread-safe.
class ProducerTable {
 public:
  // With more producers than this, those that have been silent longest are forgotten.
  static constexpr size_t kProducersMax = 1'000'000;

  explicit ProducerTable(size_t producers_max = kProducersMax) : producers_max_(producers_max) {}

  // Whether `batch` may be appended next. Returns the batch of the log that it repeats, if it is a
  // client's and one of the last few again. FAILED_PRECONDITION with an ErrorCode if it must not
  // be appended.
  absl::StatusOr<absl::optional<ProducerState::Batch>> Check(const ProducerBatch& batch,
                                                             AppendOrigin origin) const;

  // Notes that `batch` is in the log. Returns what belongs into the transaction index, if it has
  // aborted a transaction.
  absl::optional<TransactionIndexEntry> Apply(const ProducerBatch& batch);

  // Everything in the log is replicated below `offset`.
  void ReleaseBelow(Offset high_watermark) { transactions_.ReleaseBelow(high_watermark); }

  const OpenTransactions& transactions() const { return transactions_; }

  // Forgets the producers that have been silent for `silence`, unless they are in a transaction.
  void Expire(Timestamp now, absl::Duration silence);

  void Clear();
  // Takes in what a snapshot says. DATA_LOSS, and nothing is taken in, if an entry cannot be right.
  absl::Status Restore(absl::Span<const ProducerSnapshotEntry> entries);
  // By rising producer id.
  std::vector<ProducerSnapshotEntry> Snapshot() const;

  // Null if nothing is known of the producer.
  const ProducerState* Find(ProducerId producer_id) const;
  size_t size() const { return producers_.size(); }
  bool empty() const { return producers_.empty() && transactions_.empty(); }

 private:
  ProducerState& FindOrAdd(ProducerId producer_id);
  void ForgetSilent();

  size_t producers_max_;
  absl::flat_hash_map<ProducerId, ProducerState> producers_;
  OpenTransactions transactions_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_PRODUCER_TABLE_H_
