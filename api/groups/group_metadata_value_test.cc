#include "api/groups/group_metadata_value.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tidemark {
namespace {

// What Kafka 4.1's own classes make of one group with one member, in each version.
constexpr absl::string_view kOfVersion[] = {
    "00000008636f6e73756d657200000003000572616e676500036d2d310000000100036d2d3100016300082f312e322e"
    "332e340000afc80000000201020000000103",
    "00010008636f6e73756d657200000003000572616e676500036d2d310000000100036d2d3100016300082f312e322e"
    "332e34000493e00000afc80000000201020000000103",
    "00020008636f6e73756d657200000003000572616e676500036d2d310000018bcfe5687b0000000100036d2d310001"
    "6300082f312e322e332e34000493e00000afc80000000201020000000103",
    "00030008636f6e73756d657200000003000572616e676500036d2d310000018bcfe5687b0000000100036d2d310004"
    "696e737400016300082f312e322e332e34000493e00000afc80000000201020000000103",
    "000409636f6e73756d6572000000030672616e6765046d2d310000018bcfe5687b02046d2d3105696e73740263092f"
    "312e322e332e34000493e00000afc803010202030000",
};

TEST(GroupMetadataValue, IsReadInEveryVersion) {
  for (int version = 0; version <= 4; ++version) {
    const std::string bytes = absl::HexStringToBytes(kOfVersion[version]);
    const absl::StatusOr<GroupMetadataValue> value = GroupMetadataValue::Parse(bytes);
    ASSERT_TRUE(value.ok()) << value.status();
    EXPECT_EQ(value->protocol_type, "consumer");
    EXPECT_EQ(value->generation, 3);
    EXPECT_EQ(value->protocol.value_or(""), "range");
    EXPECT_EQ(value->leader.value_or(""), "m-1");
    EXPECT_EQ(value->current_state_time, version >= 2 ? Timestamp(1700000000123) : kNoTimestamp);
    ASSERT_EQ(value->members.size(), 1u);
    const GroupMember& member = value->members[0];
    EXPECT_EQ(member.member_id, "m-1");
    EXPECT_EQ(member.group_instance_id.value_or("none"), version >= 3 ? "inst" : "none");
    EXPECT_EQ(member.client_id, "c");
    EXPECT_EQ(member.client_host, "/1.2.3.4");
    EXPECT_EQ(member.rebalance_timeout_ms, version >= 1 ? 300000 : -1);
    EXPECT_EQ(member.session_timeout_ms, 45000);
    EXPECT_EQ(member.subscription, "\x01\x02");
    EXPECT_EQ(member.assignment, "\x03");
  }
}

TEST(GroupMetadataValue, OfAnEmptyGroupHasNoProtocol) {
  const std::string bytes =
      absl::HexStringToBytes("0003000000000000ffffffff000000000000000900000000");
  const absl::StatusOr<GroupMetadataValue> value = GroupMetadataValue::Parse(bytes);
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_FALSE(value->protocol.has_value());
  EXPECT_FALSE(value->leader.has_value());
  EXPECT_TRUE(value->members.empty());
}

TEST(GroupMetadataValue, CutShortOrTooLongIsRefused) {
  for (const absl::string_view hex : kOfVersion) {
    const std::string bytes = absl::HexStringToBytes(hex);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_TRUE(absl::IsDataLoss(GroupMetadataValue::Parse(bytes.substr(0, size)).status()));
    }
    EXPECT_TRUE(absl::IsDataLoss(GroupMetadataValue::Parse(absl::StrCat(bytes, "x")).status()));
  }
}

TEST(GroupMetadataValue, MoreMembersThanBytesAreRefusedBeforeAnyIsMade) {
  for (const absl::string_view hex : {
           "0003000000000000ffffffff00000000000000097fffffff",
           "0003000000000000ffffffff0000000000000009ffffffff",
           "000401000000000000000000000000000009ffffffff0f",
       }) {
    EXPECT_TRUE(absl::IsDataLoss(GroupMetadataValue::Parse(absl::HexStringToBytes(hex)).status()))
        << hex;
  }
  EXPECT_TRUE(absl::IsDataLoss(
      GroupMetadataValue::Parse(absl::HexStringToBytes("ffff000000000000")).status()));
  EXPECT_TRUE(
      absl::IsUnimplemented(GroupMetadataValue::Parse(absl::HexStringToBytes("0005")).status()));
}

}  // namespace
}  // namespace tidemark
