#ifndef TIDEMARK_API_CONSUMER_ABORTED_BATCHES_H_
#define TIDEMARK_API_CONSUMER_ABORTED_BATCHES_H_

#include <cstddef>
#include <set>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/log.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// Tells which batches of one read are for its reader, as Kafka's consumers do (KIP-98). Not
// thread-safe.
class AbortedBatches {
 public:
  // Those of ReadInfo, which must outlive this.
  explicit AbortedBatches(absl::Span<const AbortedTransaction> transactions)
      : transactions_(transactions) {}

  // For one batch after another, in the order of the log: false for control batches, and for those
  // of aborted transactions. DATA_LOSS for a marker that cannot be read.
  absl::StatusOr<bool> IsVisible(const RecordBatchView& batch);

 private:
  const absl::Span<const AbortedTransaction> transactions_;
  size_t begun_count_ = 0;           // Of transactions_, in front of the last batch.
  std::set<ProducerId> in_aborted_;  // Producers whose transaction there is not over.
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CONSUMER_ABORTED_BATCHES_H_
