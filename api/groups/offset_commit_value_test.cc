#include "api/groups/offset_commit_value.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tidemark {
namespace {

// What Kafka 4.1's own classes make of offset 1234567890123, epoch 7, metadata "méta", committed
// at 1700000000123, expiring at 1700000999999, in each version.
constexpr absl::string_view kOfVersion[] = {
    "00000000011f71fb04cb00056dc3a974610000018bcfe5687b",
    "00010000011f71fb04cb00056dc3a974610000018bcfe5687b0000018bcff4aa3f",
    "00020000011f71fb04cb00056dc3a974610000018bcfe5687b",
    "00030000011f71fb04cb0000000700056dc3a974610000018bcfe5687b",
    "00040000011f71fb04cb00000007066dc3a974610000018bcfe5687b"
    "010010000102030405060708090a0b0c0d0e0f",
};

absl::StatusOr<OffsetCommitValue> ParseHex(absl::string_view hex) {
  return OffsetCommitValue::Parse(absl::HexStringToBytes(hex));
}

TEST(OffsetCommitValue, IsReadInEveryVersion) {
  for (int version = 0; version <= 4; ++version) {
    const absl::StatusOr<OffsetCommitValue> value = ParseHex(kOfVersion[version]);
    ASSERT_TRUE(value.ok()) << value.status();
    EXPECT_EQ(value->offset, Offset(1234567890123));
    EXPECT_EQ(value->leader_epoch, version >= 3 ? LeaderEpoch(7) : kNoLeaderEpoch);
    EXPECT_EQ(value->metadata, "m\xc3\xa9ta");
    EXPECT_EQ(value->commit_time, Timestamp(1700000000123));
    EXPECT_EQ(value->expire_time.value_or(kNoTimestamp),
              version == 1 ? Timestamp(1700000999999) : kNoTimestamp);
    EXPECT_EQ(value->topic_id.bytes[15], version == 4 ? 15 : 0);
  }
}

TEST(OffsetCommitValue, IsWrittenAsKafkaDoes) {
  EXPECT_EQ(absl::BytesToHexString(ParseHex(kOfVersion[4])->Encode()), kOfVersion[4]);
  OffsetCommitValue value;
  value.offset = Offset(5);
  value.commit_time = Timestamp(6);
  EXPECT_EQ(absl::BytesToHexString(value.Encode()),
            "00040000000000000005ffffffff01000000000000000600");
}

TEST(OffsetCommitValue, OfTheLegacyTypeIsTheSameAsVersionZero) {
  EXPECT_EQ(ParseHex("000000000000000000050001780000000000000006")->offset, Offset(5));
}

TEST(OffsetCommitValue, PassesOverTagsOfNewerWriters) {
  const absl::StatusOr<OffsetCommitValue> value =
      ParseHex("00040000000000000005ffffffff0100000000000000060109026162");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(value->offset, Offset(5));
}

TEST(OffsetCommitValue, CutShortOrTooLongIsRefused) {
  for (const absl::string_view hex : kOfVersion) {
    const std::string bytes = absl::HexStringToBytes(hex);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_TRUE(absl::IsDataLoss(OffsetCommitValue::Parse(bytes.substr(0, size)).status()));
    }
    EXPECT_TRUE(absl::IsDataLoss(OffsetCommitValue::Parse(absl::StrCat(bytes, "x")).status()));
  }
}

TEST(OffsetCommitValue, HostileFieldsAreRefused) {
  for (const absl::string_view hex : {
           "ffff0000000000000005000000000000000000",                          // A negative version.
           "00000000000000000005ffff0000000000000006",                        // Null metadata.
           "00040000000000000005ffffffff00000000000000000600",                // The same, flexible.
           "00040000000000000005ffffffffffffffff0f",                          // Longer than memory.
           "00040000000000000005ffffffff010000000000000006ffffffff0f",        // Tags without end.
           "00040000000000000005ffffffff010000000000000006010002aabb",        // A short topic id.
           "00040000000000000005ffffffff0100000000000000060100ffffffff0faa",  // A long tag.
       }) {
    EXPECT_TRUE(absl::IsDataLoss(ParseHex(hex).status())) << hex;
  }
  const absl::Status newer = ParseHex("00050000").status();
  EXPECT_TRUE(absl::IsUnimplemented(newer)) << newer;
}

}  // namespace
}  // namespace tidemark
