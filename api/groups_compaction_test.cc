// Goal: what groups commit over and over stays small on disk once it is compacted. Method: a
// million commits on ten keys, in memory; then the bytes that are left are counted.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/testing/memory_tide.h"
#include "api/tidemark.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

constexpr int64_t kCommits = 1'000'000;
constexpr int kPartitions = 10;  // Of the topic, and so keys of the group.
constexpr int64_t kSegmentBytes = int64_t{256} << 10;

// The i-th commit is for partition i % kPartitions, and of offset i.
constexpr int64_t LastOffsetOf(int partition) { return kCommits - kPartitions + partition; }

class GroupsCompaction : public ::testing::Test {
 protected:
  GroupsCompaction() {
    memory_.options.config = {{"offsets.topic.num.partitions", "1"},
                              {"offsets.topic.segment.bytes", absl::StrCat(kSegmentBytes)}};
    tide_.emplace(memory_.Open().value());
  }

  // Of the .log files of __consumer_offsets.
  int64_t BytesOnDisk() {
    const std::string path = absl::StrCat(MemoryTide::kDirectory, "/__consumer_offsets-0");
    const std::vector<DirectoryEntry> entries = memory_.file_system.List(path).value();
    int64_t bytes = 0;
    for (const DirectoryEntry& entry : entries) {
      if (!absl::EndsWith(entry.name, ".log")) continue;
      bytes += memory_.file_system.Stat(absl::StrCat(path, "/", entry.name))->size_bytes;
    }
    return bytes;
  }

  void ExpectTheLastCommits() {
    const auto offsets = tide_->groups().FetchOffsets("billing");
    ASSERT_TRUE(offsets.ok()) << offsets.status();
    ASSERT_EQ(offsets->size(), static_cast<size_t>(kPartitions));
    for (const auto& [partition, committed] : *offsets) {
      EXPECT_EQ(committed.offset, Offset(LastOffsetOf(partition.partition.value())));
    }
  }

  MemoryTide memory_;
  absl::optional<Tidemark> tide_;
};

TEST_F(GroupsCompaction, AMillionCommitsOnTenKeysStaySmallOnDisk) {
  ASSERT_TRUE(tide_->CreateTopic("orders", {.partition_count = kPartitions}).ok());
  Groups groups = tide_->groups();
  for (int64_t i = 0; i < kCommits; ++i) {
    const TopicPartition partition{"orders", PartitionId(static_cast<int32_t>(i % kPartitions))};
    const absl::Status committed =
        groups.CommitOffsets("billing", {{partition, {.offset = Offset(i)}}});
    ASSERT_TRUE(committed.ok()) << committed;
    // The background syncs and finishes what was rolled; the cleaner's time does not come.
    if (i % 1000 == 0) memory_.executor.RunUntilIdle();
  }
  memory_.executor.RunUntilIdle();
  EXPECT_GT(BytesOnDisk(), int64_t{100} << 20);
  const auto outcomes = tide_->RunCompaction("__consumer_offsets");
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  ASSERT_TRUE(outcomes->front().status.ok()) << outcomes->front().status;
  // The active segment, and in front of it ten records.
  EXPECT_LT(BytesOnDisk(), kSegmentBytes + 4096);
  ExpectTheLastCommits();
  ASSERT_TRUE(tide_->Close().ok());
  tide_.reset();
  tide_.emplace(memory_.Open().value());
  EXPECT_LT(BytesOnDisk(), kSegmentBytes + 4096);
  ExpectTheLastCommits();
}

}  // namespace
}  // namespace tidemark
