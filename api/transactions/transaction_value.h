#ifndef TIDEMARK_API_TRANSACTIONS_TRANSACTION_VALUE_H_
#define TIDEMARK_API_TRANSACTIONS_TRANSACTION_VALUE_H_

// Values of `__transaction_state`: docs/format/transaction_state.md.

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/types.h"

namespace tidemark {

// Where a transactional id stands; the numbers are Kafka's.
enum class TransactionStatus : int8_t {
  kEmpty = 0,           // A producer, and no transaction of it yet.
  kOngoing = 1,         // Open.
  kPrepareCommit = 2,   // Decided; not every partition has its marker yet.
  kPrepareAbort = 3,    // The same.
  kCompleteCommit = 4,  // Every partition has its marker.
  kCompleteAbort = 5,
  kDead = 6,  // Expired; about to be removed.
  kPrepareEpochFence = 7,
};

// "Ongoing"; empty for a number that is none.
absl::string_view TransactionStatusName(TransactionStatus status);

// The value of a transactional id.
struct TransactionValue {
  ProducerId producer_id = kNoProducerId;
  // The one before, where the last transaction used up its epochs; else -1.
  ProducerId previous_producer_id = kNoProducerId;
  // The one to come, where this transaction does; else -1.
  ProducerId next_producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  absl::Duration timeout;  // Whole milliseconds, that fit an int32.
  TransactionStatus status = TransactionStatus::kEmpty;
  // Those that have records of the transaction. Empty while `status` is kEmpty.
  std::set<TopicPartition> partitions;
  Timestamp last_update_time = kNoTimestamp;
  Timestamp start_time = kNoTimestamp;  // -1 while no transaction was begun.
  // 2 where every transaction has an epoch of its own (KIP-890).
  int16_t client_transaction_version = 0;

  // In version 1, as Kafka 4 writes it.
  std::string Encode() const;

  // DATA_LOSS if it is cut short, has bytes left over or an unknown status; UNIMPLEMENTED, with the
  // version, for one that is newer than this reader.
  static absl::StatusOr<TransactionValue> Parse(absl::string_view value);

  friend bool operator==(const TransactionValue&, const TransactionValue&) = default;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_TRANSACTIONS_TRANSACTION_VALUE_H_
