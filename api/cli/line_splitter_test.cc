// Goal: the lines of a stream do not depend on the pieces in which it comes.

#include "api/cli/line_splitter.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tidemark {
namespace {

void Feed(absl::string_view bytes, LineSplitter* splitter) {
  const absl::Span<char> room = splitter->Room();
  ASSERT_LE(bytes.size(), room.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  splitter->Added(static_cast<int64_t>(bytes.size()));
}

std::vector<std::string> Split(absl::string_view stream, size_t piece_bytes) {
  LineSplitter splitter(1000);
  std::vector<std::string> lines;
  absl::string_view line;
  while (!stream.empty()) {
    Feed(stream.substr(0, piece_bytes), &splitter);
    stream.remove_prefix(std::min(piece_bytes, stream.size()));
    while (splitter.Next(&line)) lines.emplace_back(line);
  }
  if (splitter.TakeRest(&line)) lines.push_back("rest:" + std::string(line));
  return lines;
}

TEST(LineSplitter, FindsTheSameLinesInPiecesOfAnySize) {
  const std::string stream("one\n\ntwo\r\nth\0ree\n\xff\xfe\nfour", 24);
  const std::vector<std::string> expected = {
      "one", "", "two\r", std::string("th\0ree", 6), "\xff\xfe", "rest:four"};
  for (size_t piece_bytes = 1; piece_bytes <= stream.size(); ++piece_bytes) {
    EXPECT_EQ(Split(stream, piece_bytes), expected) << piece_bytes;
  }
}

TEST(LineSplitter, ANewlineAtTheEndBeginsNoFurtherLine) {
  EXPECT_EQ(Split("one\n", 4), std::vector<std::string>{"one"});
  EXPECT_EQ(Split("", 4), std::vector<std::string>{});
  EXPECT_EQ(Split("\n", 4), std::vector<std::string>{""});
}

TEST(LineSplitter, GrowsForLongLinesUpToTheLimitAndSaysWhenOneIsLonger) {
  constexpr size_t kMax = 600000;
  LineSplitter splitter(kMax);
  size_t fed = 0;
  while (!splitter.IsTooLong()) {
    const absl::Span<char> room = splitter.Room();
    ASSERT_FALSE(room.empty());
    const size_t count = std::min<size_t>(room.size(), 100000);
    std::fill_n(room.begin(), count, 'x');
    splitter.Added(static_cast<int64_t>(count));
    fed += count;
  }
  EXPECT_GT(fed, kMax);
  EXPECT_LE(fed, 4 * kMax);
  absl::string_view line;
  EXPECT_FALSE(splitter.Next(&line));
  ASSERT_TRUE(splitter.TakeRest(&line));
  EXPECT_EQ(line.size(), fed);
}

}  // namespace
}  // namespace tidemark
