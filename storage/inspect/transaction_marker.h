#ifndef TIDEMARK_STORAGE_INSPECT_TRANSACTION_MARKER_H_
#define TIDEMARK_STORAGE_INSPECT_TRANSACTION_MARKER_H_

#include "absl/types/optional.h"
#include "storage/inspect.h"
#include "storage/record_batch.h"

namespace tidemark {

// What a control batch says of its producer's transaction; nothing for other batches, other control
// records, and markers that cannot be read.
absl::optional<TransactionMarker> ReadTransactionMarker(const RecordBatchView& batch);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_TRANSACTION_MARKER_H_
