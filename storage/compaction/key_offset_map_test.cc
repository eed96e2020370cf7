#include "storage/compaction/key_offset_map.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/compaction/sip_hash.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

std::string HexOf(const Hash128& hash) {
  std::string bytes;
  for (const uint64_t word : {hash.first, hash.second}) {
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(word >> (8 * i)));
  }
  return absl::BytesToHexString(bytes);
}

TEST(SipHasher, GivesThePublishedResults) {
  const SipHasher hasher(0x0706050403020100, 0x0f0e0d0c0b0a0908);
  EXPECT_EQ(HexOf(hasher.Hash("")), "a3817f04ba25a8e66df67214c7550293");
  EXPECT_EQ(HexOf(hasher.Hash(std::string(1, '\0'))), "da87c1d86b99af44347659119b22fc45");
}

TEST(SipHasher, DependsOnEveryByteTheLengthAndTheSeed) {
  const SipHasher hasher(1, 2);
  for (size_t size : {1u, 7u, 8u, 9u, 31u, 300u}) {
    const std::string input(size, 'x');
    const Hash128 hash = hasher.Hash(input);
    EXPECT_FALSE(SipHasher(1, 3).Hash(input) == hash);
    EXPECT_FALSE(SipHasher(0, 2).Hash(input) == hash);
    EXPECT_FALSE(hasher.Hash(input + '\0') == hash);
    for (size_t i = 0; i < size; ++i) {
      std::string changed = input;
      changed[i] = 'y';
      EXPECT_FALSE(hasher.Hash(changed) == hash) << i << " of " << size;
    }
  }
}

KeyOffsetMap MakeMap(int64_t slots, double load_factor) {
  SeededRandom random(7);
  absl::StatusOr<KeyOffsetMap> map =
      KeyOffsetMap::Create(slots * KeyOffsetMap::kSlotBytes, load_factor, &random);
  EXPECT_TRUE(map.ok()) << map.status();
  return *std::move(map);
}

TEST(KeyOffsetMap, FindsTheLatestOffsetOfEachKeyAndNoOther) {
  KeyOffsetMap map = MakeMap(4096, 0.9);
  std::map<std::string, Offset> expected;
  for (int64_t i = 0; i < 9000; ++i) {
    const std::string key = absl::StrCat("key-", i * i % 3671);
    ASSERT_TRUE(map.Put(map.HashOf(key), Offset(i)));
    expected[key] = Offset(i);
  }
  EXPECT_EQ(map.size(), static_cast<int64_t>(expected.size()));
  for (const auto& [key, offset] : expected) EXPECT_EQ(map.Find(map.HashOf(key)), offset) << key;
  EXPECT_EQ(map.Find(map.HashOf("key-none")), absl::nullopt);
}

// From the 4096 slots that are used first, over four times as many, to all there are.
TEST(KeyOffsetMap, FindsWhatItHasAfterEachGrowth) {
  KeyOffsetMap map = MakeMap(20000, 0.9);
  for (int64_t i = 0; i < map.capacity(); ++i) {
    ASSERT_TRUE(map.Put(map.HashOf(absl::StrCat(i)), Offset(i)));
    if (i != 2047 && i != 2048 && i != 8191 && i != 8192 && i + 1 != map.capacity()) continue;
    for (int64_t j = 0; j <= i; ++j) {
      ASSERT_EQ(map.Find(map.HashOf(absl::StrCat(j))), Offset(j)) << " of " << i;
    }
  }
  EXPECT_EQ(map.size(), 18000);
  EXPECT_FALSE(map.Put(map.HashOf("new"), Offset(50)));
  EXPECT_EQ(map.Find(map.HashOf("new")), absl::nullopt);
  map.Clear();
  for (int64_t j = 0; j < 18000; ++j) {
    ASSERT_EQ(map.Find(map.HashOf(absl::StrCat(j))), absl::nullopt);
  }
}

TEST(KeyOffsetMap, TakesNoNewKeyBeyondItsLoadButUpdatesOldOnes) {
  KeyOffsetMap map = MakeMap(10, 0.9);
  EXPECT_EQ(map.capacity(), 9);
  for (int64_t i = 0; i < 9; ++i) EXPECT_TRUE(map.Put(map.HashOf(absl::StrCat(i)), Offset(i)));
  EXPECT_FALSE(map.Put(map.HashOf("new"), Offset(50)));
  EXPECT_EQ(map.Find(map.HashOf("new")), absl::nullopt);
  EXPECT_TRUE(map.Put(map.HashOf("3"), Offset(51)));
  EXPECT_EQ(map.Find(map.HashOf("3")), Offset(51));
  EXPECT_EQ(map.size(), 9);
}

TEST(KeyOffsetMap, AnEmptyKeyAndOffsetZeroAreLikeOthers) {
  KeyOffsetMap map = MakeMap(10, 0.9);
  EXPECT_EQ(map.Find(map.HashOf("")), absl::nullopt);
  EXPECT_TRUE(map.Put(map.HashOf(""), Offset(0)));
  EXPECT_EQ(map.Find(map.HashOf("")), Offset(0));
}

TEST(KeyOffsetMap, IsEmptyAfterClear) {
  KeyOffsetMap map = MakeMap(10, 0.9);
  EXPECT_TRUE(map.Put(map.HashOf("a"), Offset(1)));
  map.Clear();
  EXPECT_EQ(map.size(), 0);
  EXPECT_EQ(map.Find(map.HashOf("a")), absl::nullopt);
  for (int64_t i = 0; i < 9; ++i) EXPECT_TRUE(map.Put(map.HashOf(absl::StrCat(i)), Offset(i)));
}

TEST(KeyOffsetMap, ASearchEndsAlsoWhenEverySlotButOneIsTaken) {
  KeyOffsetMap map = MakeMap(5, 1.0);
  EXPECT_EQ(map.capacity(), 4);
  for (int64_t i = 0; i < 4; ++i) EXPECT_TRUE(map.Put(map.HashOf(absl::StrCat(i)), Offset(i)));
  EXPECT_EQ(map.Find(map.HashOf("x")), absl::nullopt);
}

TEST(KeyOffsetMap, RefusesMemoryThatHoldsNoKeyOrThatThereIsNot) {
  SeededRandom random(7);
  EXPECT_EQ(KeyOffsetMap::Create(47, 0.9, &random).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(KeyOffsetMap::Create(72, 0.9, &random).ok());
  EXPECT_EQ(KeyOffsetMap::Create(-1, 0.9, &random).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tidemark
