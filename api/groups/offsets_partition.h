#ifndef TIDEMARK_API_GROUPS_OFFSETS_PARTITION_H_
#define TIDEMARK_API_GROUPS_OFFSETS_PARTITION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "api/groups/offsets_state.h"
#include "api/partitions/coordinator_append.h"
#include "api/partitions/partition_set.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/record_batch_builder.h"
#include "storage/types.h"

namespace tidemark {

// The transaction that a batch of committed offsets belongs to.
struct TransactionStamp {
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
};

// One partition of `__consumer_offsets` and what its records say. Every record goes into the log
// first and from there into the state, in the same way as at loading. Thread-safe.
//
// All calls return the error of Load, where that failed.
class OffsetsPartition {
 public:
  // `partition` is the open log, or why there is none. Not owned: the clock.
  OffsetsPartition(absl::StatusOr<std::shared_ptr<OpenPartition>> partition, Clock* clock)
      : partition_(std::move(partition)), clock_(clock) {}

  // Reads the log; once, before all else. Errors come with the calls.
  void Load();

  // Null where there is no log.
  std::shared_ptr<OpenPartition> log() const { return partition_.ok() ? *partition_ : nullptr; }

  absl::Status Look(absl::FunctionRef<void(const OffsetsState&)> look) const;

  // Appends the records as one batch and returns the offset behind it.
  absl::StatusOr<Offset> Write(absl::Span<const KeyedRecord> records, Codec codec,
                               const absl::optional<TransactionStamp>& transaction);

  // What Bury did.
  struct Burial {
    int64_t tombstone_count = 0;
    Offset end_offset;  // Behind the last one; 0 if there was none.
  };
  // Appends a tombstone for each key that `choose` returns, in as many batches as that takes; no
  // record comes between the choice and the last of them.
  absl::StatusOr<Burial> Bury(
      absl::FunctionRef<std::vector<std::string>(const OffsetsState&)> choose);

  // The marker that ends the producer's transaction is in the log.
  void EndTransaction(ProducerId producer_id, bool is_commit);

 private:
  absl::StatusOr<Offset> Append(absl::Span<const KeyedRecord> records,
                                const RecordBatchOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const absl::StatusOr<std::shared_ptr<OpenPartition>> partition_;
  Clock* const clock_;
  mutable Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  OffsetsState state_ ABSL_GUARDED_BY(mutex_);
  RecordBatchBuilder builder_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_API_GROUPS_OFFSETS_PARTITION_H_
