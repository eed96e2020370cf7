#include "storage/format/topic_name.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace tidemark {
namespace {

TEST(ValidateTopicName, AcceptsWhatKafkaAccepts) {
  for (absl::string_view name :
       {"a", "A-Z_0.9", "...", "-", "_", "__consumer_offsets", "x-delete", "a-0", ".hidden"}) {
    EXPECT_TRUE(ValidateTopicName(name).ok()) << name;
  }
  EXPECT_TRUE(ValidateTopicName(std::string(249, 'x')).ok());
}

TEST(ValidateTopicName, RefusesAndSaysWhy) {
  const struct {
    std::string name;
    absl::string_view why;
  } kCases[] = {
      {"", "empty"},
      {".", "directory"},
      {"..", "directory"},
      {std::string(250, 'x'), "250 characters; at most 249"},
      {"a/b", "'/' at position 1"},
      {"../x", "'/' at position 2"},
      {"a\\b", "position 1"},
      {"a b", "' ' at position 1"},
      {std::string("a\0b", 3), "'\\x00' at position 1"},
      {"a\nb", "'\\n' at position 1"},
      {"\xc3\xa9", "'\\xc3' at position 0"},
      {"%2e%2e", "'%' at position 0"},
      {"a:b", "':' at position 1"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = ValidateTopicName(test.name);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.name;
    EXPECT_TRUE(absl::StrContains(status.message(), test.why)) << status;
  }
}

TEST(ValidateTopicName, ShowsOnlyTheStartOfAnEndlessName) {
  EXPECT_LT(ValidateTopicName(std::string(1 << 20, '\n')).message().size(), 500u);
}

}  // namespace
}  // namespace tidemark
