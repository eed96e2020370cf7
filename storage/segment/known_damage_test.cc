#include "storage/segment/known_damage.h"

#include "gtest/gtest.h"

namespace tidemark {
namespace {

DamagedRange Range(int64_t position, int64_t length, int64_t first, int64_t end) {
  return {"/x.log", FilePosition(position), length, Offset(first), Offset(end), "it is wrong"};
}

void Expect(const KnownDamage& damage, int64_t offset, int64_t begin, int64_t first, int64_t end) {
  const SoundStretch found = damage.StretchOf(Offset(offset), Offset(10), 1000);
  EXPECT_EQ(found.begin, begin) << offset;
  EXPECT_EQ(found.first_offset, Offset(first)) << offset;
  EXPECT_EQ(found.end, end) << offset;
}

TEST(KnownDamage, WithoutAnyAllIsOneStretch) {
  const KnownDamage damage;
  EXPECT_FALSE(damage.At(Offset(10)).has_value());
  Expect(damage, 15, 0, 10, 1000);
}

TEST(KnownDamage, TellsRangesAndWhatIsBetweenThemInAnyOrderOfFinding) {
  KnownDamage damage;
  damage.Add(Range(600, 50, 40, 45));
  damage.Add(Range(200, 100, 20, 30));
  EXPECT_FALSE(damage.At(Offset(19)).has_value());
  EXPECT_EQ(damage.At(Offset(20))->position, FilePosition(200));
  EXPECT_EQ(damage.At(Offset(29))->position, FilePosition(200));
  EXPECT_FALSE(damage.At(Offset(30)).has_value());
  EXPECT_EQ(damage.At(Offset(44))->position, FilePosition(600));
  Expect(damage, 19, 0, 10, 200);
  Expect(damage, 30, 300, 30, 600);
  Expect(damage, 45, 650, 45, 1000);
  EXPECT_EQ(damage.StretchOf(Offset(30), Offset(10), 1000).end_offset, Offset(40));
  EXPECT_FALSE(damage.StretchOf(Offset(45), Offset(10), 1000).end_offset.has_value());
}

TEST(KnownDamage, TheFirstAnswerStays) {
  KnownDamage damage;
  damage.Add(Range(200, 100, 20, 30));
  EXPECT_FALSE(damage.Add(Range(200, 200, 20, 40)));
  EXPECT_FALSE(damage.Add(Range(250, 10, 25, 26)));
  EXPECT_EQ(damage.At(Offset(25))->length_bytes, 100);
  EXPECT_FALSE(damage.At(Offset(30)).has_value());
}

}  // namespace
}  // namespace tidemark
