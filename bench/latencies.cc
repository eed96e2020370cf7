#include "bench/latencies.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

void Latencies::Merge(const Latencies& other) {
  for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

int64_t Latencies::LargestOf(size_t bucket) {
  constexpr size_t kSubBuckets = size_t{1} << kSubBits;
  if (bucket < 2 * kSubBuckets) return static_cast<int64_t>(bucket);
  const size_t shift = (bucket >> kSubBits) - 1;
  const uint64_t lead = bucket - (shift << kSubBits);
  return static_cast<int64_t>(((lead + 1) << shift) - 1);
}

int64_t Latencies::Percentile(double fraction) const {
  const auto wanted =
      std::max(int64_t{1}, static_cast<int64_t>(std::ceil(static_cast<double>(count_) * fraction)));
  int64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(LargestOf(i), max_);
  }
  return 0;
}

}  // namespace tidemark
