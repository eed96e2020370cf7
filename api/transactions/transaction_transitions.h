#ifndef TIDEMARK_API_TRANSACTIONS_TRANSACTION_TRANSITIONS_H_
#define TIDEMARK_API_TRANSACTIONS_TRANSACTION_TRANSITIONS_H_

// How a transactional id goes from one state to the next (KIP-98, KIP-890): values in, values out.
// Every transaction has an epoch of its own: its end, not its beginning, raises the epoch, so that
// whatever comes late from it is refused.

#include <set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "api/transactions/transaction_value.h"
#include "storage/types.h"

namespace tidemark {

// Who a producer is; whoever is not it any more is fenced.
struct ProducerIdentity {
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;

  friend bool operator==(const ProducerIdentity&, const ProducerIdentity&) = default;
};

// True while a transaction's outcome is decided and not all of its markers are written.
bool IsEnding(const TransactionValue& value);
// True for the status of an outcome that is kCommit.
bool IsCommit(const TransactionValue& value);

// True if the epochs of its producer id are used up: the next producer, or the next transaction,
// needs a new id.
bool NeedsNewProducerId(const TransactionValue& value);

// A producer begins under the id, fencing those before. `before` is absent for a new transactional
// id, and has no transaction that is open or ending. `new_id` must be given where there is no
// `before`, or where it needs a new id.
TransactionValue BeginProducer(const absl::optional<TransactionValue>& before,
                               absl::optional<ProducerId> new_id, absl::Duration timeout,
                               Timestamp now);

// OK if `identity` is the producer that the id has now. FAILED_PRECONDITION with
// kInvalidProducerEpoch otherwise.
absl::Status CheckIdentity(const TransactionValue& value, const ProducerIdentity& identity);

// The partitions join the open transaction; begins one if there is none. Must not be ending.
TransactionValue JoinPartitions(const TransactionValue& before,
                                const std::set<TopicPartition>& partitions, Timestamp now);

// Decides the outcome of the open transaction. `next_id` must be given where `before` needs a new
// id. The value's producer id and epoch are those of the markers.
TransactionValue DecideOutcome(const TransactionValue& before, bool is_commit,
                               absl::optional<ProducerId> next_id, Timestamp now);

// Every partition has its marker. The value's producer id and epoch are those of the producer's
// next transaction.
TransactionValue CompleteOutcome(const TransactionValue& before, Timestamp now);

// True for a transaction that has been open for longer than its timeout.
bool IsOverdue(const TransactionValue& value, Timestamp now);
// True for an id without a transaction that has not been used for `retention`.
bool IsForgotten(const TransactionValue& value, Timestamp now, absl::Duration retention);

}  // namespace tidemark

#endif  // TIDEMARK_API_TRANSACTIONS_TRANSACTION_TRANSITIONS_H_
