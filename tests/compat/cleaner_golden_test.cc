#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/key_offset_map.h"
#include "storage/compaction/log_cleaner.h"
#include "storage/compaction/test_cleanable_log.h"
#include "storage/compaction/test_history.h"
#include "storage/format/file_names.h"
#include "storage/format/producer_snapshot.h"
#include "storage/memory_env.h"
#include "tests/compat/compat_files.h"

namespace tidemark {
namespace {

// When the broker cleaned: what it set as delete horizons, less delete.retention.ms.
constexpr absl::Duration kDeleteRetention = absl::Seconds(2);
constexpr Timestamp kFirstCleaning{1795185978777 - 2000};
constexpr Timestamp kSecondCleaning{1795185998114 - 2000};

// The broker's log "compacted", cleaned by Tidemark as the broker has cleaned it.
class CleanerGoldenTest : public testing::Test {
 protected:
  CleanerGoldenTest() {
    config_.delete_retention = kDeleteRetention;
    config_.index_interval_bytes = 400;
  }

  static std::string Name(int64_t base_offset, SegmentFileKind kind) {
    return FormatSegmentFileName({Offset(base_offset), kind});
  }
  static std::string Golden(const std::string& state, int64_t base_offset, SegmentFileKind kind) {
    return ReadCompatFile(
        absl::StrCat("golden/broker/", state, "/compacted-0/", Name(base_offset, kind)));
  }

  void Add(const std::string& state, int64_t base_offset) {
    log_.Roll(base_offset);
    log_.Append(Golden(state, base_offset, SegmentFileKind::kLog));
  }
  void AddAborted(const std::string& state, int64_t base_offset) {
    const std::string bytes = Golden(state, base_offset, SegmentFileKind::kTransactionIndex);
    for (size_t at = 0; at < bytes.size(); at += TransactionIndexEntry::kBytes) {
      log_.AddAborted(TransactionIndexEntry::Decode(bytes.data() + at));
    }
  }
  void SetProducers(const std::string& state, int64_t snapshot) {
    const auto entries =
        ParseProducerSnapshot(Golden(state, snapshot, SegmentFileKind::kProducerSnapshot));
    ASSERT_TRUE(entries.ok()) << entries.status();
    for (const ProducerSnapshotEntry& entry : *entries) {
      LastProducerRecord record;
      record.epoch = entry.producer_epoch;
      if (entry.last_offset >= Offset(0)) record.last_data_offset = entry.last_offset;
      log_.producers[entry.producer_id] = record;
    }
  }

  void Clean(absl::optional<Offset> checkpoint, Timestamp now) {
    CompactionInput input;
    input.log_end = log_.state.log_end;
    input.last_stable = log_.state.last_stable;
    input.checkpoint = checkpoint;
    input.segments = log_.state.segments;
    SeededRandom random(1);
    absl::StatusOr<KeyOffsetMap> map = KeyOffsetMap::Create(1 << 16, 0.9, &random);
    LogCleaner cleaner(&file_system_, *std::move(map),
                       {{&throttle_}, [] { return absl::OkStatus(); }});
    CleaningPass pass;
    const absl::Status status = cleaner.CleanOnce(
        &log_, log_.state, PlanCompaction(input, config_, now), config_, now, &pass);
    ASSERT_TRUE(status.ok()) << status;
  }

  // Compressed bytes are as the release of the codec's library makes them; there the records count.
  void ExpectAs(const std::string& state, int64_t base_offset, bool is_compressed) {
    const std::string golden = Golden(state, base_offset, SegmentFileKind::kLog);
    EXPECT_EQ(DescribeAsModel(log_.SegmentBytes(base_offset)), DescribeAsModel(golden));
    if (is_compressed) return;
    EXPECT_EQ(log_.SegmentBytes(base_offset), golden);
    for (const SegmentFileKind kind :
         {SegmentFileKind::kOffsetIndex, SegmentFileKind::kTimeIndex}) {
      const std::string name = Name(base_offset, kind);
      EXPECT_EQ(log_.FileBytes(name), Golden(state, base_offset, kind)) << name;
    }
  }

  MemoryFileSystem file_system_;
  ManualClock clock_;
  IoThrottle throttle_{&clock_, IoThrottle::kUnlimited, [](absl::Duration) {}};
  CompactionConfig config_;
  TestCleanableLog log_{&file_system_, "compacted"};
};

TEST_F(CleanerGoldenTest, TheFirstCleaningLeavesWhatTheBrokersLeft) {
  config_.segment_bytes_max = 1600;
  for (const int64_t base_offset : {0, 20, 40, 68, 92, 111, 146, 185}) Add("stopped", base_offset);
  AddAborted("stopped", 111);
  SetProducers("stopped", 191);
  Clean(absl::nullopt, kFirstCleaning);
  EXPECT_EQ(log_.BaseOffsets(), (std::vector<int64_t>{0, 20, 40, 68, 92, 111, 146, 185}));
  for (const int64_t base_offset : {0, 20, 40, 68, 92, 111, 146}) {
    ExpectAs("cleaned", base_offset, /*is_compressed=*/base_offset == 146);
  }
  ASSERT_EQ(log_.Aborted().size(), 1u);
  std::string entry(TransactionIndexEntry::kBytes, '\0');
  log_.Aborted()[0].Encode(entry.data());
  EXPECT_EQ(entry, Golden("cleaned", 111, SegmentFileKind::kTransactionIndex));
}

TEST_F(CleanerGoldenTest, TheSecondOneDropsTombstonesAndMarksSpentMarkersAsTheBrokersDid) {
  // What came in between is there only as the broker has cleaned it: with the same last keys.
  config_.segment_bytes_max = 1250;
  for (const int64_t base_offset : {0, 20, 40, 68, 92, 111, 146}) Add("cleaned", base_offset);
  for (const int64_t base_offset : {185, 224}) Add("cleaned-again", base_offset);
  AddAborted("cleaned", 111);
  SetProducers("cleaned-again", 224);
  Clean(Offset(185), kSecondCleaning);
  EXPECT_EQ(log_.BaseOffsets(), (std::vector<int64_t>{0, 185, 224}));
  ExpectAs("cleaned-again", 0, /*is_compressed=*/false);
  ExpectAs("cleaned-again", 185, /*is_compressed=*/false);
  EXPECT_TRUE(log_.Aborted().empty());
}

}  // namespace
}  // namespace tidemark
