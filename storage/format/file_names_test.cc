#include "storage/format/file_names.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"

namespace tidemark {
namespace {

constexpr std::array<uint8_t, 16> kUnique = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                             0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
constexpr absl::string_view kUniqueText = "00112233445566778899aabbccddeeff";

TEST(SegmentFileName, HasTwentyDigitsAndReadsBack) {
  const struct {
    SegmentFileName name;
    absl::string_view text;
  } kCases[] = {
      {{Offset(0), SegmentFileKind::kLog, SegmentFileState::kLive}, "00000000000000000000.log"},
      {{Offset(42), SegmentFileKind::kOffsetIndex, SegmentFileState::kLive},
       "00000000000000000042.index"},
      {{Offset(INT64_MAX), SegmentFileKind::kTimeIndex, SegmentFileState::kDeleted},
       "09223372036854775807.timeindex.deleted"},
      {{Offset(7), SegmentFileKind::kTransactionIndex, SegmentFileState::kCleaned},
       "00000000000000000007.txnindex.cleaned"},
      {{Offset(7), SegmentFileKind::kProducerSnapshot, SegmentFileState::kSwap},
       "00000000000000000007.snapshot.swap"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(FormatSegmentFileName(test.name), test.text);
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(test.text);
    ASSERT_TRUE(name.has_value()) << test.text;
    EXPECT_EQ(*name, test.name);
  }
}

TEST(SegmentFileName, OtherNamesAreForeign) {
  for (absl::string_view name :
       {"", ".log", "0.log", "0000000000000000000.log", "000000000000000000000.log",
        "-0000000000000000001.log", "+0000000000000000001.log", " 0000000000000000001.log",
        "0000000000000000000x.log", "99999999999999999999.log", "00000000000000000000",
        "00000000000000000000.txt", "00000000000000000000.LOG", "00000000000000000000.log.tmp",
        "00000000000000000000.deleted", "00000000000000000000.log.deleted.swap",
        "leader-epoch-checkpoint", "partition.metadata"}) {
    EXPECT_FALSE(ParseSegmentFileName(name).has_value()) << name;
  }
}

TEST(PartitionDirectoryName, IsCutAtTheLastHyphen) {
  const struct {
    TopicPartition partition;
    absl::string_view text;
  } kCases[] = {
      {{"orders", PartitionId(0)}, "orders-0"},
      {{"a-0", PartitionId(1)}, "a-0-1"},
      {{"x-delete", PartitionId(12)}, "x-delete-12"},
      {{"-", PartitionId(3)}, "--3"},
      {{"a.b_c", PartitionId(INT32_MAX)}, "a.b_c-2147483647"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(FormatPartitionDirectoryName(test.partition), test.text);
    const absl::StatusOr<PartitionDirectoryName> name = ParsePartitionDirectoryName(test.text);
    ASSERT_TRUE(name.ok()) << name.status();
    EXPECT_EQ(name->partition, test.partition);
    EXPECT_EQ(name->state, PartitionDirectoryState::kLive);
  }
}

TEST(PartitionDirectoryName, SaysItsStateAndReadsBack) {
  const struct {
    PartitionDirectoryState state;
    absl::string_view ending;
  } kCases[] = {
      {PartitionDirectoryState::kDelete, "-delete"},
      {PartitionDirectoryState::kFuture, "-future"},
      {PartitionDirectoryState::kStray, "-stray"},
  };
  const TopicPartition partition = {"a.b-c", PartitionId(7)};
  for (const auto& test : kCases) {
    const std::string text = FormatPartitionDirectoryName(partition, test.state, kUnique);
    EXPECT_EQ(text, "a.b-c-7." + std::string(kUniqueText) + std::string(test.ending));
    const absl::StatusOr<PartitionDirectoryName> name = ParsePartitionDirectoryName(text);
    ASSERT_TRUE(name.ok()) << name.status();
    EXPECT_EQ(name->partition, partition);
    EXPECT_EQ(name->state, test.state);
  }
}

TEST(PartitionDirectoryName, CutsTheTopicToWhatAFileSystemAllows) {
  const TopicPartition partition = {std::string(249, 't'), PartitionId(1234567)};
  EXPECT_EQ(FormatPartitionDirectoryName(partition).size(), 249u + 8);
  const std::string text =
      FormatPartitionDirectoryName(partition, PartitionDirectoryState::kDelete, kUnique);
  EXPECT_EQ(text.size(), 255u);
  const absl::StatusOr<PartitionDirectoryName> name = ParsePartitionDirectoryName(text);
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name->partition.partition, PartitionId(1234567));
  EXPECT_TRUE(absl::StartsWith(partition.topic, name->partition.topic));
}

TEST(PartitionDirectoryName, RefusesOtherNamesAndSaysWhy) {
  const struct {
    std::string name;
    absl::string_view why;
  } kCases[] = {
      {"", "'<topic>-<partition>' is expected"},
      {"remote", "'<topic>-<partition>' is expected"},
      {"-0", "empty"},
      {"orders-", "a partition number"},
      {"orders-x", "a partition number"},
      {"orders-+1", "a partition number"},
      {"orders-01", "a partition number"},
      {"orders-2147483648", "a partition number"},
      {"..-0", "directory"},
      {"a b-0", "' ' at position 1"},
      {std::string(250, 't') + "-0", "at most 249"},
      {"orders-0-delete", "32 hexadecimal digits"},
      {"orders-0.0011-delete", "32 hexadecimal digits"},
      {"orders-0.0011223344556677889900112233445g-stray", "32 hexadecimal digits"},
      {"orders.00112233445566778899aabbccddeeff-future", "'<topic>-<partition>'"},
      {"orders-0.00112233445566778899aabbccddeeff", "a partition number"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = ParsePartitionDirectoryName(test.name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.name;
    EXPECT_TRUE(absl::StrContains(status.message(), test.why)) << status;
  }
}

}  // namespace
}  // namespace tidemark
