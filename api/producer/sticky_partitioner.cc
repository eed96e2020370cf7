#include "api/producer/sticky_partitioner.h"

#include "storage/base/check.h"

namespace tidemark {

PartitionId StickyPartitioner::Place(int64_t size_bytes, int32_t partition_count) {
  TM_CHECK(partition_count >= 1 && size_bytes >= 0);
  const auto draw = [this](int32_t bound) {
    return static_cast<int32_t>(random_->Next() % static_cast<uint64_t>(bound));
  };
  if (!current_.has_value()) {
    current_ = PartitionId(draw(partition_count));
  } else if (current_bytes_ >= kStickyBytes && partition_count > 1) {
    // One of the others: the numbers from the current one on move up by one.
    const int32_t drawn = draw(partition_count - 1);
    current_ = PartitionId(drawn >= current_->value() ? drawn + 1 : drawn);
    current_bytes_ = 0;
  }
  current_bytes_ += size_bytes;
  return *current_;
}

}  // namespace tidemark
