#ifndef TIDEMARK_API_PRODUCER_STICKY_PARTITIONER_H_
#define TIDEMARK_API_PRODUCER_STICKY_PARTITIONER_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// Chooses partitions for records without a key, as Kafka's producers do (KIP-480, KIP-794): stays
// on one until a batch's worth of bytes has gone there, so that batches are full, then moves to
// another one at random, so that all partitions get about the same. Not thread-safe.
class StickyPartitioner {
 public:
  static constexpr int64_t kStickyBytes = 16384;

  // `random` is not owned.
  explicit StickyPartitioner(Random* random) : random_(random) {}

  // The partition for the next `size_bytes`, which are counted as gone there. `partition_count` is
  // at least 1 and never falls from one call to the next.
  PartitionId Place(int64_t size_bytes, int32_t partition_count);

 private:
  Random* const random_;
  absl::optional<PartitionId> current_;
  int64_t current_bytes_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_PRODUCER_STICKY_PARTITIONER_H_
