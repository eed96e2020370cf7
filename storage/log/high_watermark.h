#ifndef TIDEMARK_STORAGE_LOG_HIGH_WATERMARK_H_
#define TIDEMARK_STORAGE_LOG_HIGH_WATERMARK_H_

#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/functional/function_ref.h"
#include "storage/base/mutex.h"
#include "storage/types.h"

namespace tidemark {

// Up to where a log is replicated; its end until somebody says otherwise. Thread-safe.
class HighWatermark {
 public:
  Offset Get(Offset log_start, Offset log_end) const;

  // At most `log_end`, which is asked for.
  void Set(Offset offset, absl::FunctionRef<Offset()> log_end);

  // After the log's end has moved down to `log_end`.
  void LowerTo(Offset log_end);

 private:
  static constexpr int64_t kFollowsLogEnd = std::numeric_limits<int64_t>::max();

  // Held while it is changed, so that none above a truncated end is set.
  Mutex mutex_;
  std::atomic<int64_t> offset_{kFollowsLogEnd};
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_HIGH_WATERMARK_H_
