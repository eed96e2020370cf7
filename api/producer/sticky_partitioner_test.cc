// Goal: records without a key stay together until a batch's worth has gone to a partition, then
// spread evenly. Method: draws that are written down.

#include "api/producer/sticky_partitioner.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace tidemark {
namespace {

constexpr int64_t kFull = StickyPartitioner::kStickyBytes;

// Gives the numbers it was made with, again and again.
class Draws : public Random {
 public:
  explicit Draws(std::vector<uint64_t> numbers) : numbers_(std::move(numbers)) {}
  uint64_t Next() override { return numbers_[next_++ % numbers_.size()]; }

 private:
  std::vector<uint64_t> numbers_;
  size_t next_ = 0;
};

TEST(StickyPartitioner, StartsOnARandomPartition) {
  Draws random({7});
  StickyPartitioner sticky(&random);
  EXPECT_EQ(sticky.Place(1, 5), PartitionId{2});
}

TEST(StickyPartitioner, StaysUntilABatchsWorthOfBytesHasGoneThere) {
  Draws random({1, 0});
  StickyPartitioner sticky(&random);
  EXPECT_EQ(sticky.Place(kFull - 1, 3), PartitionId{1});
  EXPECT_EQ(sticky.Place(1, 3), PartitionId{1});
  EXPECT_EQ(sticky.Place(1, 3), PartitionId{0});
  EXPECT_EQ(sticky.Place(kFull - 2, 3), PartitionId{0});
  EXPECT_EQ(sticky.Place(1, 3), PartitionId{0});
}

TEST(StickyPartitioner, MovesToAnyOtherPartitionButNeverToTheSame) {
  for (uint64_t draw = 0; draw < 3; ++draw) {
    Draws random({2, draw});
    StickyPartitioner sticky(&random);
    EXPECT_EQ(sticky.Place(kFull, 4), PartitionId{2});
    const std::vector<PartitionId> others = {PartitionId{0}, PartitionId{1}, PartitionId{3}};
    EXPECT_EQ(sticky.Place(kFull, 4), others[draw]);
  }
}

TEST(StickyPartitioner, HasNowhereToMoveWithOnePartition) {
  Draws random({5});
  StickyPartitioner sticky(&random);
  EXPECT_EQ(sticky.Place(kFull, 1), PartitionId{0});
  EXPECT_EQ(sticky.Place(kFull, 1), PartitionId{0});
}

TEST(StickyPartitioner, MovesToPartitionsThatWereAdded) {
  Draws random({0, 0});
  StickyPartitioner sticky(&random);
  EXPECT_EQ(sticky.Place(kFull, 1), PartitionId{0});
  EXPECT_EQ(sticky.Place(1, 2), PartitionId{1});
}

}  // namespace
}  // namespace tidemark
