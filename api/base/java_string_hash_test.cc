#include "api/base/java_string_hash.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace tidemark {
namespace {

TEST(JavaStringHash, SumsCodeUnitsNotBytes) {
  EXPECT_EQ(JavaStringHash(""), 0);
  EXPECT_EQ(JavaStringHash("group"), 98629247);
  EXPECT_EQ(JavaStringHash("\xc3\xa9"), 0xe9);
  EXPECT_EQ(JavaStringHash("\xe2\x82\xac"), 0x20ac);
  // U+1F600 is the two units d83d de00.
  EXPECT_EQ(JavaStringHash("\xf0\x9f\x98\x80"), 31 * 0xd83d + 0xde00);
}

TEST(JavaStringHash, WrapsAroundInThirtyTwoBits) {
  EXPECT_EQ(JavaStringHash("polygenelubricants"), std::numeric_limits<int32_t>::min());
}

TEST(JavaStringHash, IsAbsentForWhatIsNotUtf8) {
  for (const char* bytes :
       {"\x80", "\xc0\x80", "\xc3", "\xe2\x82", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc3\x28", "a\xff"}) {
    EXPECT_FALSE(JavaStringHash(bytes).has_value()) << testing::PrintToString(std::string(bytes));
  }
}

TEST(CoordinatorPartition, TakesTheAbsoluteValueAndZeroForTheSmallest) {
  EXPECT_EQ(CoordinatorPartition(98629247, 50), PartitionId(47));
  EXPECT_EQ(CoordinatorPartition(-3, 50), PartitionId(3));
  EXPECT_EQ(CoordinatorPartition(std::numeric_limits<int32_t>::min(), 50), PartitionId(0));
  EXPECT_EQ(CoordinatorPartition(std::numeric_limits<int32_t>::max(), 1), PartitionId(0));
}

}  // namespace
}  // namespace tidemark
