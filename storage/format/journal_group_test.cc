#include "storage/format/journal_group.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

JournalKey Key(uint8_t id, int32_t partition) {
  JournalKey key{{}, PartitionId(partition)};
  key.topic_id.bytes[15] = id;
  return key;
}

std::vector<JournalEntry> Entries() {
  return {{JournalEntryKind::kBytes, Key(7, 3), Offset(1000), 4096, "some bytes"},
          {JournalEntryKind::kForget, Key(8, 0), Offset(0), 0, ""},
          {JournalEntryKind::kBytes, Key(7, 4), Offset(0), 0, "more"}};
}

std::string Group(const std::vector<JournalEntry>& entries) {
  std::string bytes = FormatJournalGroupFront(
      {.generation = 5, .number = 9, .done_generation = 3, .entries = {}}, entries);
  for (const JournalEntry& entry : entries) absl::StrAppend(&bytes, entry.bytes);
  return bytes;
}

TEST(JournalGroup, IsReadAsItWasWritten) {
  std::string large(700, 'x');
  std::vector<JournalEntry> entries = Entries();
  entries[2].bytes = large;
  const std::string bytes = Group(entries);
  const absl::StatusOr<JournalGroup> group = ParseJournalGroup(bytes);
  ASSERT_TRUE(group.ok()) << group.status();
  EXPECT_EQ(group->generation, 5);
  EXPECT_EQ(group->number, 9);
  EXPECT_EQ(group->done_generation, 3);
  EXPECT_EQ(group->size_bytes, 40 + 3 * 48 + 10 + 700);
  ASSERT_EQ(group->entries.size(), 3u);
  for (size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(group->entries[i].kind, entries[i].kind);
    EXPECT_EQ(group->entries[i].log, entries[i].log);
    EXPECT_EQ(group->entries[i].segment_base_offset, entries[i].segment_base_offset);
    EXPECT_EQ(group->entries[i].position, entries[i].position);
    EXPECT_EQ(group->entries[i].bytes, entries[i].bytes);
  }
  EXPECT_EQ(JournalGroupSpaceBytes(entries), 1024);
}

TEST(JournalGroup, EveryFlippedBitIsFound) {
  const std::string good = Group({{JournalEntryKind::kBytes, Key(7, 3), Offset(1000), 4096, "some"},
                                  {JournalEntryKind::kForget, Key(8, 0), Offset(0), 0, ""}});
  ASSERT_TRUE(ParseJournalGroup(good).ok());
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(ParseJournalGroup(bad).ok()) << "bit " << bit;
  }
  for (size_t size = kJournalGroupHeaderBytes; size < good.size(); ++size) {
    EXPECT_FALSE(ParseJournalGroup(good.substr(0, size)).ok()) << size;
  }
}

// With a right CRC, as somebody who means harm would write it.
TEST(JournalGroup, WhatNoWriterWritesIsRefused) {
  const JournalEntry good{JournalEntryKind::kBytes, Key(7, 3), Offset(0), 0, "x"};
  const auto parse = [](const JournalEntry& entry) {
    return ParseJournalGroup(Group({entry})).ok();
  };
  ASSERT_TRUE(parse(good));
  JournalEntry entry = good;
  entry.position = -1;
  EXPECT_FALSE(parse(entry));
  entry.position = 0x7fffffff;
  EXPECT_FALSE(parse(entry));
  entry = good;
  entry.segment_base_offset = Offset(-1);
  EXPECT_FALSE(parse(entry));
  entry = good;
  entry.bytes = "";
  EXPECT_FALSE(parse(entry));
  entry = good;
  entry.kind = JournalEntryKind::kForget;
  EXPECT_FALSE(parse(entry));
  entry.kind = static_cast<JournalEntryKind>(3);
  EXPECT_FALSE(parse(entry));
}

TEST(JournalGroup, TheSizeIsCheckedBeforeItIsBelieved) {
  const std::string bytes = Group({{JournalEntryKind::kBytes, Key(7, 3), Offset(0), 0, "x"}});
  const std::string header = bytes.substr(0, kJournalGroupHeaderBytes);
  EXPECT_EQ(JournalGroupSize(header, 89).value(), 89);
  EXPECT_FALSE(JournalGroupSize(header, 88).ok());
  EXPECT_FALSE(JournalGroupSize(std::string(40, '\0'), 1 << 20).ok());
  std::string negative = header;
  negative[32] = '\x80';
  EXPECT_FALSE(JournalGroupSize(negative, 1 << 20).ok());
}

}  // namespace
}  // namespace tidemark
