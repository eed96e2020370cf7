#ifndef TIDEMARK_API_PARTITIONS_COORDINATOR_APPEND_H_
#define TIDEMARK_API_PARTITIONS_COORDINATOR_APPEND_H_

// How coordinators use logs: the topics that they keep their state in, and the markers that they
// write into others.

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "api/partitions/partition_set.h"
#include "storage/log.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"
#include "storage/types.h"

namespace tidemark {

// A record of a compacted topic; without a value it is a tombstone.
struct KeyedRecord {
  std::string key;
  absl::optional<std::string> value;
};

// Appends the records, of time `now`, as one batch. Returns the batch with the offsets that it has
// in the log, which may have compressed it anew; its bytes are the builder's, and hold until that
// is used again. The errors of Log::Append.
absl::StatusOr<RecordBatchView> AppendAsCoordinator(const OpenPartition& partition,
                                                    absl::Span<const KeyedRecord> records,
                                                    const RecordBatchOptions& options,
                                                    Timestamp now, RecordBatchBuilder* builder);

// Appends the marker that `end` says. Returns the offset behind it.
absl::StatusOr<Offset> AppendMarker(const OpenPartition& partition, const TransactionEnd& end);

// Calls `replay` for each committed batch of the partition, in order, until it fails. DATA_LOSS,
// naming partition and offset, for a batch that does not hold.
absl::Status ReplayCommitted(const OpenPartition& partition,
                             absl::FunctionRef<absl::Status(const RecordBatchView&)> replay);

}  // namespace tidemark

#endif  // TIDEMARK_API_PARTITIONS_COORDINATOR_APPEND_H_
