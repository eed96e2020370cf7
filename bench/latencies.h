#ifndef TIDEMARK_BENCH_LATENCIES_H_
#define TIDEMARK_BENCH_LATENCIES_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tidemark {

// How long each of many calls took, in nanoseconds. Adding one costs a few nanoseconds and no
// memory. Percentiles are right to 1 in 64; smallest and largest are exact.
class Latencies {
 public:
  void Add(int64_t nanoseconds) {
    const auto value = static_cast<uint64_t>(nanoseconds < 0 ? 0 : nanoseconds);
    ++counts_[Bucket(value)];
    ++count_;
    if (nanoseconds > max_) max_ = nanoseconds;
  }
  void Merge(const Latencies& other);

  int64_t count() const { return count_; }
  int64_t max() const { return max_; }
  // The value that `fraction` (0 to 1) of all calls did not exceed; 0 if there were none.
  int64_t Percentile(double fraction) const;

 private:
  static constexpr int kSubBits = 6;
  static constexpr size_t kBuckets = size_t{64 - kSubBits + 1} << kSubBits;

  // Values below 64 have a bucket each; above, each power of two has 64.
  static size_t Bucket(uint64_t value) {
    if (value < (uint64_t{1} << kSubBits)) return value;
    const int shift = std::bit_width(value) - 1 - kSubBits;
    return (static_cast<size_t>(shift) << kSubBits) + (value >> shift);
  }
  static int64_t LargestOf(size_t bucket);

  std::array<int64_t, kBuckets> counts_ = {};
  int64_t count_ = 0;
  int64_t max_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_LATENCIES_H_
