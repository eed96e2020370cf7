#include "storage/format/text_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidemark {
namespace {

std::vector<std::string> Split(absl::string_view text) {
  std::vector<std::string> result;
  TextLines lines(text);
  absl::string_view line;
  while (lines.Take(&line)) result.emplace_back(line);
  return result;
}

TEST(TextLines, TakesBothLineEndsAndAMissingLastOne) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(Split(""), Lines());
  EXPECT_EQ(Split("a"), Lines({"a"}));
  EXPECT_EQ(Split("a\nb\n"), Lines({"a", "b"}));
  EXPECT_EQ(Split("a\r\nb\r\n"), Lines({"a", "b"}));
  EXPECT_EQ(Split("\n\nx\ry"), Lines({"", "", "x\ry"}));
}

TEST(TextLines, WordsErrorsWithLineFoundAndExpected) {
  TextLines lines("first\nsec\x01nd");
  absl::string_view line;
  ASSERT_TRUE(lines.Take(&line));
  ASSERT_TRUE(lines.Take(&line));
  EXPECT_EQ(lines.number(), 2);
  EXPECT_EQ(lines.Expected("better").message(), "line 2: found 'sec\\x01nd', expected better");
  EXPECT_EQ(lines.Expected("better").code(), absl::StatusCode::kDataLoss);
  ASSERT_FALSE(lines.Take(&line));
  EXPECT_EQ(lines.Expected("more").message(), "line 3: the text ends, expected more");
}

}  // namespace
}  // namespace tidemark
