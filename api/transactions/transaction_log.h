#ifndef TIDEMARK_API_TRANSACTIONS_TRANSACTION_LOG_H_
#define TIDEMARK_API_TRANSACTIONS_TRANSACTION_LOG_H_

#include <map>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "api/catalog/topic_catalog.h"
#include "api/partitions/acknowledgement.h"
#include "api/partitions/partition_set.h"
#include "api/transactions/transaction_value.h"
#include "storage/engine.h"
#include "storage/env.h"
#include "storage/record_batch_builder.h"
#include "storage/types.h"

namespace tidemark {

// The topic `__transaction_state`: which partition an id belongs to, and its records. Not
// thread-safe.
class TransactionLog {
 public:
  using Visit = absl::FunctionRef<void(absl::string_view transactional_id,
                                       absl::optional<TransactionValue> value)>;

  // Not owned: the catalog, the engine, the clock.
  TransactionLog(TopicCatalog* catalog, const StorageEngine* engine, Clock* clock)
      : catalog_(catalog), engine_(engine), clock_(clock) {}

  // Shows each record of partition after partition, in order; a forgotten id has no value. Nothing
  // if there is no topic. All that is shown is on stable storage first: what a process did not live
  // to sync must not be acted on and then be lost. Where a partition is offline or holds what
  // cannot be understood, the calls for its ids return why: DATA_LOSS or UNIMPLEMENTED, naming
  // partition and offset.
  void Load(Visit visit);

  // OK if records of the id can be written: INVALID_ARGUMENT if it is not UTF-8 of 1 to 32767
  // bytes. Makes the topic if there is none.
  absl::Status Prepare(absl::string_view transactional_id);

  // Writes where the id stands, or, without a value, that it is forgotten. After Prepare or Load.
  absl::StatusOr<AppendPlace> Append(absl::string_view transactional_id,
                                     const absl::optional<TransactionValue>& value);

  // The epoch for markers of the id's transactions: that in which its partition is led.
  absl::StatusOr<LeaderEpoch> CoordinatorEpoch(absl::string_view transactional_id) const;

 private:
  absl::StatusOr<std::shared_ptr<OpenPartition>> FindPartition(
      absl::string_view transactional_id) const;

  TopicCatalog* const catalog_;
  const StorageEngine* const engine_;
  Clock* const clock_;
  std::map<PartitionId, absl::Status> failures_;  // Of loading.
  RecordBatchBuilder builder_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_TRANSACTIONS_TRANSACTION_LOG_H_
