#include "storage/format/murmur2.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Murmur2, GivesWhatKafkaGivesForEveryTailLength) {
  EXPECT_EQ(Murmur2(""), 275646681u);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a")), -1563381124);
  EXPECT_EQ(Murmur2("ab"), 316155434u);
  EXPECT_EQ(Murmur2("abc"), 479470107u);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("abcd")), -1323649548);
  EXPECT_EQ(Murmur2("abcde"), 461995741u);
}

TEST(PartitionForKey, DropsTheSignRatherThanNegating) {
  EXPECT_EQ(PartitionForKey("a", 1), PartitionId(0));
  EXPECT_EQ(PartitionForKey("a", 50), PartitionId(24));
  EXPECT_EQ(PartitionForKey("abcd", 1000), PartitionId(100));
}

}  // namespace
}  // namespace tidemark
