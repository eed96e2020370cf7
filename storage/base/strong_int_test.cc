#include "storage/base/strong_int.h"

#include <cstdint>
#include <type_traits>
#include <unordered_set>

#include "gtest/gtest.h"

namespace tidemark {
namespace {

using Apples = StrongInt<struct ApplesTag, int64_t>;
using Pears = StrongInt<struct PearsTag, int64_t>;

TEST(StrongInt, ValuesOfDifferentTagsDoNotMix) {
  static_assert(!std::is_convertible_v<Apples, Pears>);
  static_assert(!std::is_convertible_v<int64_t, Apples>);
  static_assert(!std::is_convertible_v<Apples, int64_t>);
  static_assert(sizeof(Apples) == sizeof(int64_t));
}

TEST(StrongInt, MovesByPlainDistancesAndComparesWithItsKind) {
  Apples a(5);
  EXPECT_EQ(a + 2, Apples(7));
  EXPECT_EQ(a - 2, Apples(3));
  EXPECT_EQ(Apples(9) - a, 4);
  EXPECT_LT(a, Apples(6));
  a += 3;
  ++a;
  EXPECT_EQ(a.value(), 9);
  EXPECT_EQ(Apples().value(), 0);
}

TEST(StrongInt, HashesByValue) {
  std::unordered_set<Apples> set{Apples(1), Apples(2), Apples(1)};
  EXPECT_EQ(set.size(), 2u);
}

}  // namespace
}  // namespace tidemark
