#ifndef TIDEMARK_STORAGE_LOG_TIMESTAMP_BOUNDS_H_
#define TIDEMARK_STORAGE_LOG_TIMESTAMP_BOUNDS_H_

#include "absl/status/status.h"
#include "storage/env.h"
#include "storage/options.h"
#include "storage/record_batch.h"

namespace tidemark {

// Keeps out records whose timestamps are too far from the clock (KIP-937): INVALID_ARGUMENT, with
// the timestamp, if `batch` may not go into a log with `config`. Records without a timestamp may,
// and everything may where the log sets timestamps. Relies on the header's largest timestamp; the
// records are read only where `timestamp_before_max` is finite. Reads the clock for every batch, as
// it may be set back at any time.
absl::Status CheckTimestampBounds(const RecordBatchView& batch, const LogConfig& config,
                                  Clock* clock);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_TIMESTAMP_BOUNDS_H_
