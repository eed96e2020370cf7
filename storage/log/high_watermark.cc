#include "storage/log/high_watermark.h"

#include <algorithm>

namespace tidemark {

Offset HighWatermark::Get(Offset log_start, Offset log_end) const {
  return std::clamp(Offset(offset_.load(std::memory_order_acquire)), log_start, log_end);
}

void HighWatermark::Set(Offset offset, absl::FunctionRef<Offset()> log_end) {
  MutexLock lock(&mutex_);
  offset_.store(std::min(offset, log_end()).value(), std::memory_order_release);
}

void HighWatermark::LowerTo(Offset log_end) {
  MutexLock lock(&mutex_);
  const int64_t offset = offset_.load();
  if (offset != kFollowsLogEnd && offset > log_end.value()) offset_.store(log_end.value());
}

}  // namespace tidemark
