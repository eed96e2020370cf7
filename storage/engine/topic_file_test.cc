// The files that keep topics and settings hold what was put in, and damage does not get out.

#include "storage/engine/topic_file.h"

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "storage/engine/checked_text.h"

namespace tidemark {
namespace {

TopicFile Example() {
  TopicFile file;
  file.id.bytes = {0x90, 0x11, 0x35, 0x15, 0x9c, 0xfc, 0x40, 0x5a,
                   0xb6, 0x5b, 0x26, 0x0c, 0x16, 0xae, 0x58, 0xc6};
  file.partition_count = 3;
  file.config = {{"segment.bytes", "1048576"}};
  return file;
}

void ExpectDamage(const std::string& text, absl::string_view part) {
  const absl::Status status = ParseTopicFile(text).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << text;
  EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
}

// A text with one line changed, and a checksum that holds.
std::string With(const std::string& from, const std::string& to) {
  std::vector<TextLine> lines = *ParseCheckedText(FormatTopicFile(Example()));
  std::string text = "version: 0\n";
  for (const TextLine& line : lines) absl::StrAppend(&text, line.key, ": ", line.value, "\n");
  text = absl::StrReplaceAll(text, {{from, to}});
  lines.clear();
  for (absl::string_view rest = absl::string_view(text).substr(sizeof("version: 0\n") - 1);
       !rest.empty();) {
    const size_t end = rest.find('\n');
    const size_t colon = rest.find(": ");
    lines.push_back(
        {std::string(rest.substr(0, colon)), std::string(rest.substr(colon + 2, end - colon - 2))});
    rest.remove_prefix(end + 1);
  }
  return FormatCheckedText(lines);
}

TEST(TopicFile, HoldsWhatWasPutIn) {
  for (const TopicState state : {TopicState::kCreating, TopicState::kLive, TopicState::kDeleting}) {
    for (const bool gaps : {false, true}) {
      TopicFile file = Example();
      file.state = state;
      file.offset_gaps_allowed = gaps;
      const auto parsed = ParseTopicFile(FormatTopicFile(file));
      ASSERT_TRUE(parsed.ok()) << parsed.status();
      EXPECT_EQ(*parsed, file);
    }
  }
}

TEST(TopicFile, TheDocumentShowsAFile) {
  std::ifstream document("docs/format/topic_file.md");
  std::stringstream text;
  text << document.rdbuf();
  EXPECT_TRUE(absl::StrContains(text.str(), FormatTopicFile(Example())))
      << FormatTopicFile(Example());
}

TEST(TopicFile, EveryFlippedBitIsSeen) {
  const std::string text = FormatTopicFile(Example());
  for (size_t i = 0; i < text.size() * 8; ++i) {
    std::string damaged = text;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(ParseTopicFile(damaged).ok()) << i;
  }
}

TEST(TopicFile, EveryCutIsSeen) {
  const std::string text = FormatTopicFile(Example());
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(ParseTopicFile(text.substr(0, size)).status().code(), absl::StatusCode::kDataLoss);
  }
  ExpectDamage(text + "x", "crc32c");
}

TEST(TopicFile, LinesThatCannotBeAreRefused) {
  ExpectDamage(With("kBE1FZz8QFq2WyYMFq5Yxg", "AAAAAAAAAAAAAAAAAAAAAA"), "a topic id");
  ExpectDamage(With("state: live", "state: dead"), "creating, live or deleting");
  ExpectDamage(With("partitions: 3", "partitions: 0"), "from 1 to 100000");
  ExpectDamage(With("partitions: 3", "partitions: 100001"), "from 1 to 100000");
  ExpectDamage(With("partitions: 3", "partitions: x"), "from 1 to 100000");
  ExpectDamage(With("offset_gaps: no", "offset_gaps: maybe"), "yes or no");
  ExpectDamage(With("offset_gaps: no\n", ""), "offset_gaps");
  ExpectDamage(With("offset_gaps: no\nconfig.segment.bytes: 1048576\n", ""), "missing");
  ExpectDamage(With("config.segment.bytes", "segment.bytes"), "setting");
  ExpectDamage(FormatCheckedText({{"a", "b"}, {"a", "b"}, {"a", "b"}, {"a", "b"}}), "topic_id");
}

TEST(TopicFile, WhatANewerReleaseWroteIsLeftToIt) {
  for (const std::string& text :
       {With("segment.bytes", "segment.weight"), With("1048576", "many")}) {
    EXPECT_EQ(ParseTopicFile(text).status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

TEST(TopicFile, NamesAreTopicsWithAnEnding) {
  EXPECT_EQ(TopicFileName("a.topic"), "a.topic.topic");
  EXPECT_EQ(ParseTopicFileName("a.topic.topic"), "a.topic");
  EXPECT_EQ(ParseTopicFileName(".topic"), "");
  EXPECT_FALSE(ParseTopicFileName("topic").has_value());
  EXPECT_FALSE(ParseTopicFileName("a.topics").has_value());
}

TEST(EngineProperties, HoldWhatWasPutIn) {
  const ConfigMap config = {{"log.segment.bytes", "100"}, {"num.partitions", "7"}};
  EXPECT_EQ(*ParseEngineProperties(FormatEngineProperties(config)), config);
  EXPECT_EQ(*ParseEngineProperties(FormatEngineProperties({})), ConfigMap());
}

TEST(EngineProperties, WhatCannotBeIsRefused) {
  EXPECT_EQ(ParseEngineProperties("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(
      ParseEngineProperties(FormatCheckedText({{"config.segment.bytes", "100"}})).status().code(),
      absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ParseEngineProperties(FormatCheckedText({{"num.partitions", "100"}})).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(ParseEngineProperties(
                FormatCheckedText({{"config.num.partitions", "1"}, {"config.num.partitions", "1"}}))
                .status()
                .code(),
            absl::StatusCode::kDataLoss);
}

TEST(CheckedText, AnotherVersionIsToldApartFromDamage) {
  // As a newer release would write it: another first line, and a checksum that holds.
  const std::string text = "version: 1\ncrc32c: ";
  EXPECT_EQ(ParseCheckedText(text).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ParseCheckedText("version: 1\ncrc32c: b9bcba00\n").status().code(),
            absl::StatusCode::kFailedPrecondition)
      << ParseCheckedText("version: 1\ncrc32c: b9bcba00\n").status();
  EXPECT_EQ(ParseCheckedText("crc32c: 00000000\n").status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tidemark
