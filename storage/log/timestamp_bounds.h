#ifndef TIDEMARK_STORAGE_LOG_TIMESTAMP_BOUNDS_H_
#define TIDEMARK_STORAGE_LOG_TIMESTAMP_BOUNDS_H_

#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "storage/env.h"
#include "storage/options.h"
#include "storage/record_batch.h"

namespace tidemark {

// Keeps out records whose timestamps are too far from the clock (KIP-937). Thread-safe.
class TimestampBounds {
 public:
  explicit TimestampBounds(Clock* clock) : clock_(clock) {}

  // INVALID_ARGUMENT, with the timestamp, if `batch` may not go into a log with `config`. Records
  // without a timestamp may, and everything may where the log sets timestamps. Relies on the
  // header's largest timestamp; the records are read only where `timestamp_before_max` is finite.
  absl::Status Check(const RecordBatchView& batch, const LogConfig& config);

 private:
  int64_t ReadClock();

  Clock* const clock_;
  // What the clock said at some time: what is not too late for that is not too late now, so that
  // most batches need no look at the clock.
  std::atomic<int64_t> earlier_ms_{std::numeric_limits<int64_t>::min()};
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_TIMESTAMP_BOUNDS_H_
