#include "api/groups/offsets_key.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/escaping.h"

namespace tidemark {
namespace {

TEST(OffsetsKey, IsEncodedAsKafkaDoes) {
  const TopicPartition orders{"orders", PartitionId(12)};
  EXPECT_EQ(absl::BytesToHexString(EncodeOffsetCommitKey("g\xc3\xa9", orders)),
            "0001000367c3a900066f72646572730000000c");
  EXPECT_EQ(absl::BytesToHexString(EncodeGroupMetadataKey("g")), "0002000167");
}

TEST(OffsetsKey, OfAnOffsetIsParsed) {
  const std::string key = absl::HexStringToBytes("0001000367c3a900066f72646572730000000c");
  const absl::StatusOr<OffsetsKey> parsed = OffsetsKey::Parse(key);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(parsed->is_offset());
  EXPECT_EQ(parsed->group, "g\xc3\xa9");
  EXPECT_EQ(parsed->topic, "orders");
  EXPECT_EQ(parsed->partition, PartitionId(12));
  EXPECT_FALSE(parsed->member.has_value());

  const std::string legacy = absl::HexStringToBytes("000000016700017400000000");
  EXPECT_TRUE(OffsetsKey::Parse(legacy)->is_offset());
}

TEST(OffsetsKey, OfEveryKnownTypeIsParsedAndNamed) {
  std::set<std::string> names;
  const std::set<int16_t> with_member = {5, 7, 8, 10, 13, 14, 16, 19, 21, 22};
  for (int16_t type = 2; type < 24; ++type) {
    std::string key = absl::HexStringToBytes("0000000167");
    key[1] = static_cast<char>(type);
    if (with_member.count(type) > 0) key += absl::HexStringToBytes("00016d");
    const absl::StatusOr<OffsetsKey> parsed = OffsetsKey::Parse(key);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->group, "g");
    EXPECT_EQ(parsed->member.value_or("none"), with_member.count(type) > 0 ? "m" : "none");
    names.insert(std::string(OffsetsRecordTypeName(type)));
  }
  EXPECT_EQ(names.size(), 22u);
  EXPECT_EQ(OffsetsRecordTypeName(23), "StreamsGroupTopology");
}

TEST(OffsetsKey, OfANewerTypeGivesTheGroupAlone) {
  const std::string key = absl::HexStringToBytes("00180001670102030405");
  const absl::StatusOr<OffsetsKey> parsed = OffsetsKey::Parse(key);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->type, 24);
  EXPECT_EQ(parsed->group, "g");
  EXPECT_EQ(OffsetsRecordTypeName(24), "");
  EXPECT_EQ(OffsetsRecordTypeName(-1), "");
}

TEST(OffsetsKey, CutShortOrTooLongIsRefused) {
  const std::string key = absl::HexStringToBytes("0001000367c3a900066f72646572730000000c");
  for (size_t size = 0; size < key.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(OffsetsKey::Parse(key.substr(0, size)).status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(OffsetsKey::Parse(key + "x").status()));
  for (const char* hex : {"0001ffff00017400000000",      // A null group.
                          "00017fff6700017400000000",    // A group longer than the key.
                          "00010001670001740000000080",  // A byte too many.
                          "000100016700017480000000"}) {
    EXPECT_TRUE(absl::IsDataLoss(OffsetsKey::Parse(absl::HexStringToBytes(hex)).status())) << hex;
  }
}

}  // namespace
}  // namespace tidemark
