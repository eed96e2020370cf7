#ifndef TIDEMARK_STORAGE_BASE_LIMITS_H_
#define TIDEMARK_STORAGE_BASE_LIMITS_H_

#include <cstdint>
#include <limits>

namespace tidemark {

// An index file larger than this is not one: the largest that segment.index.bytes (an int32)
// allows.
inline constexpr int64_t kIndexFileBytesMax = std::numeric_limits<int32_t>::max();

// The active segment's file grows in steps: the first one small, so that ten thousand idle
// partitions cost little, each next one as large as all before it, up to the last. That one is
// large because the kernel brings pages near the end of a file into memory one by one, and others
// many at once.
inline constexpr int64_t kGrowthStepBytesMin = int64_t{16} << 10;
inline constexpr int64_t kGrowthStepBytesMax = int64_t{64} << 20;
static_assert(kGrowthStepBytesMax % kGrowthStepBytesMin == 0);

// What is brought into memory at once, ahead of the appends.
inline constexpr int64_t kPrepareStepBytesMax = int64_t{8} << 20;
static_assert(kPrepareStepBytesMax <= kGrowthStepBytesMax);

// What a scan of a segment reads at once, unless a batch is larger.
inline constexpr int64_t kScanBytes = int64_t{256} << 10;

// A scan reads a larger batch into memory only once its CRC is known to be right: a length that is
// damaged, in a file with holes, costs time and no memory.
inline constexpr int64_t kUnverifiedBatchBytesMax = int64_t{16} << 20;

// What finding one batch reads at once: an index interval and a header more, at Kafka's default.
inline constexpr int64_t kLocateBytes = int64_t{8} << 10;

// Loaded indexes of sealed segments, all logs of an engine together.
inline constexpr int64_t kIndexCacheBytesMax = int64_t{64} << 20;

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_BASE_LIMITS_H_
