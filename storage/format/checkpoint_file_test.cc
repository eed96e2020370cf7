#include "storage/format/checkpoint_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"

namespace tidemark {
namespace {

struct Damage {
  std::string text;
  absl::string_view why;
};

const std::vector<OffsetCheckpointEntry> kOffsets = {
    {{"orders", PartitionId(0)}, Offset(42)},
    {{"orders", PartitionId(11)}, Offset(0)},
    {{"a-b.c_d", PartitionId(0)}, Offset(INT64_MAX)},
};
constexpr absl::string_view kOffsetsText =
    "0\n3\norders 0 42\norders 11 0\na-b.c_d 0 9223372036854775807\n";

TEST(OffsetCheckpoint, IsWrittenAsKafkaWritesIt) {
  EXPECT_EQ(FormatOffsetCheckpoint(kOffsets), kOffsetsText);
  EXPECT_EQ(FormatOffsetCheckpoint({}), "0\n0\n");
}

TEST(OffsetCheckpoint, IsReadInOrderWithEitherLineEnd) {
  const std::string unterminated(kOffsetsText.substr(0, kOffsetsText.size() - 1));
  std::string windows;
  for (char c : kOffsetsText) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  for (const std::string& text : {std::string(kOffsetsText), unterminated, windows}) {
    const auto entries = ParseOffsetCheckpoint(text);
    ASSERT_TRUE(entries.ok()) << entries.status();
    EXPECT_EQ(*entries, kOffsets);
  }
  EXPECT_TRUE(ParseOffsetCheckpoint("0\n0\n")->empty());
  EXPECT_TRUE(ParseOffsetCheckpoint("")->empty()) << "as a Kafka broker makes the file at first";
}

TEST(OffsetCheckpoint, LeavesOddOffsetsToItsUser) {
  const auto entries = ParseOffsetCheckpoint("0\n1\nt 0 -9223372036854775808\n");
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*entries)[0].offset, Offset(INT64_MIN));
}

TEST(OffsetCheckpoint, RefusesDamageAndNamesTheLine) {
  const Damage kCases[] = {
      {"\n", "line 1"},
      {"1\n0\n", "line 1: found '1', expected version 0"},
      {"0", "line 2: the text ends"},
      {"0\n-1\n", "line 2: found '-1'"},
      {"0\n01\nt 0 1\n", "line 2: found '01'"},
      {"0\n99999999999\n", "line 2: found '99999999999'"},
      {"0\n2\nt 0 1\n", "line 4: the text ends, expected entry 2 of 2"},
      {"0\n1\nt 0 1\nt 1 1\n", "line 4: found 't 1 1', expected the end after 1 entries"},
      {"0\n1\n\nt 0 1\n", "line 3: found '', expected '<topic> <partition> <offset>'"},
      {"0\n1\nt 0\n", "line 3: found 't 0'"},
      {"0\n1\nt 0 1 2\n", "line 3"},
      {"0\n1\nt  0 1\n", "line 3"},
      {"0\n1\nt -1 1\n", "line 3"},
      {"0\n1\nt 0 +1\n", "line 3"},
      {"0\n1\nt 0 9223372036854775808\n", "line 3"},
      {"0\n1\nt 2147483648 1\n", "line 3"},
      {"0\n1\n../t 0 1\n", "line 3"},
      {"0\n1\n 0 1\n", "line 3"},
      {"0\n2\nt 0 1\nt 0 2\n", "line 4: found 't 0 2', expected a partition that is not"},
      {std::string(64, '\0'), "line 1"},
  };
  for (const Damage& test : kCases) {
    const absl::Status status = ParseOffsetCheckpoint(test.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << test.text;
    EXPECT_TRUE(absl::StrContains(status.message(), test.why)) << status;
  }
}

TEST(OffsetCheckpoint, AllocatesNothingForACountThatIsNotThere) {
  EXPECT_FALSE(ParseOffsetCheckpoint("0\n2147483647\n").ok());
  EXPECT_FALSE(ParseLeaderEpochCheckpoint("0\n2147483647\n").ok());
}

const std::vector<LeaderEpochEntry> kEpochs = {
    {LeaderEpoch(0), Offset(0)},
    {LeaderEpoch(3), Offset(17)},
    {LeaderEpoch(4), Offset(1000)},
};
constexpr absl::string_view kEpochsText = "0\n3\n0 0\n3 17\n4 1000\n";

TEST(LeaderEpochCheckpoint, IsWrittenAndReadAsKafkaDoes) {
  EXPECT_EQ(FormatLeaderEpochCheckpoint(kEpochs), kEpochsText);
  const auto entries = ParseLeaderEpochCheckpoint(kEpochsText);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ(*entries, kEpochs);
  EXPECT_TRUE(ParseLeaderEpochCheckpoint("0\r\n0\r\n")->empty());
}

TEST(LeaderEpochCheckpoint, RefusesDamageAndNamesTheLine) {
  const Damage kCases[] = {
      {"", "line 1"},
      {"0\n1\n", "line 3: the text ends, expected entry 1 of 1"},
      {"0\n1\n0\n", "line 3: found '0', expected '<epoch> <start offset>'"},
      {"0\n1\n0 0 0\n", "line 3"},
      {"0\n1\n-1 0\n", "line 3: found '-1 0', expected an epoch above -1 and an offset above -1"},
      {"0\n1\n0 -1\n", "line 3"},
      {"0\n2\n1 5\n1 6\n", "line 4: found '1 6', expected an epoch above 1"},
      {"0\n2\n1 5\n2 5\n", "line 4: found '2 5', expected an epoch above 1 and an offset above 5"},
      {"0\n1\n1 5\n2 6\n", "line 4: found '2 6', expected the end"},
  };
  for (const Damage& test : kCases) {
    const absl::Status status = ParseLeaderEpochCheckpoint(test.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << test.text;
    EXPECT_TRUE(absl::StrContains(status.message(), test.why)) << status;
  }
}

}  // namespace
}  // namespace tidemark
