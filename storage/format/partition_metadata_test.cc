#include "storage/format/partition_metadata.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace tidemark {
namespace {

constexpr absl::string_view kText = "version: 0\ntopic_id: AQAAAAAAAAAAAAAAAAAAAA";

TopicId ExampleId() {
  TopicId id;
  id.bytes[0] = 1;
  return id;
}

TEST(PartitionMetadata, IsWrittenAsKafkaWritesIt) {
  EXPECT_EQ(FormatPartitionMetadata(ExampleId()), kText);
}

TEST(PartitionMetadata, IsReadWithEitherLineEnd) {
  for (absl::string_view text :
       {kText, absl::string_view("version: 0\r\n"
                                 "topic_id: AQAAAAAAAAAAAAAAAAAAAA\r\n")}) {
    const absl::StatusOr<TopicId> id = ParsePartitionMetadata(text);
    ASSERT_TRUE(id.ok()) << id.status();
    EXPECT_EQ(*id, ExampleId());
  }
}

TEST(PartitionMetadata, RefusesDamageAndNamesTheLine) {
  const struct {
    absl::string_view text;
    absl::string_view why;
  } kCases[] = {
      {"", "line 1: the text ends"},
      {"version: 1\ntopic_id: AQAAAAAAAAAAAAAAAAAAAA", "line 1: found 'version: 1'"},
      {"version: 0", "line 2: the text ends"},
      {"version: 0\nAQAAAAAAAAAAAAAAAAAAAA", "line 2: found 'AQAA"},
      {"version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA", "not zero"},
      {"version: 0\ntopic_id: AQAAAAAAAAAAAAAAAAAA", "22 characters"},
      {"version: 0\ntopic_id: AQAAAAAAAAAAAAAAAAAAAA\nx", "line 3: found 'x'"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = ParsePartitionMetadata(test.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << test.text;
    EXPECT_TRUE(absl::StrContains(status.message(), test.why)) << status;
  }
}

}  // namespace
}  // namespace tidemark
