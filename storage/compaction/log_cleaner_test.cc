#include "storage/compaction/log_cleaner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/test_batches.h"
#include "storage/compaction/test_cleanable_log.h"
#include "storage/index/index_file.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

using Texts = std::vector<std::string>;

constexpr Timestamp kNow{1'000'000};

class LogCleanerTest : public testing::Test {
 protected:
  LogCleanerTest() { log.Roll(0); }

  // Appends records of this key, one batch each.
  void Put(const std::string& key, absl::optional<std::string> value,
           RecordBatchOptions options = {}) {
    options.base_offset = log.state.log_end;
    log.Append(MakeTestBatch({{key, std::move(value)}}, options));
  }
  void PutInTransaction(int64_t producer_id, const std::string& key, const std::string& value) {
    Put(key, value, TransactionalOptions(0, producer_id));
  }
  void End(int64_t producer_id, ControlRecordType type) {
    log.Append(MakeTestMarker(log.state.log_end.value(), producer_id, type));
  }
  void AddAborted(int64_t producer_id, int64_t first_offset, int64_t last_offset) {
    log.AddAborted({TransactionIndexEntry::kVersion, ProducerId(producer_id), Offset(first_offset),
                    Offset(last_offset), Offset(last_offset + 1)});
  }
  void Roll() { log.Roll(log.state.log_end.value()); }

  absl::Status Clean(int64_t keys_max = 100, Timestamp now = kNow) {
    CompactionInput input;
    input.log_start = log.state.log_start;
    input.log_end = log.state.log_end;
    input.last_stable = log.state.last_stable;
    input.checkpoint = clean_until;
    input.segments = log.state.segments;
    const CompactionPlan plan = PlanCompaction(input, config, now);
    absl::StatusOr<KeyOffsetMap> map =
        KeyOffsetMap::Create((keys_max + 1) * KeyOffsetMap::kSlotBytes, 1.0, &random);
    EXPECT_TRUE(map.ok()) << map.status();
    LogCleaner cleaner(&file_system, *std::move(map), {{&throttle}, check});
    pass = CleaningPass();
    const absl::Status status = cleaner.CleanOnce(&log, log.state, plan, config, now, &pass);
    if (status.ok()) clean_until = pass.end;
    return status;
  }

  Texts Sealed() const { return DescribeTestBatches(log.SealedBytes()); }

  MemoryFileSystem file_system;
  ManualClock clock;
  SeededRandom random{3};
  IoThrottle throttle{&clock, IoThrottle::kUnlimited, [](absl::Duration) {}};
  std::function<absl::Status()> check = [] { return absl::OkStatus(); };
  CompactionConfig config;
  TestCleanableLog log{&file_system};
  absl::optional<Offset> clean_until;
  CleaningPass pass;
};

TEST_F(LogCleanerTest, KeepsTheLatestRecordOfEachKeyInSealedSegments) {
  Put("a", "1");
  Put("b", "2");
  Roll();
  Put("a", "3");
  Put("c", "4");
  Roll();
  Put("b", "5");
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), (Texts{"1:b=2", "2:a=3", "3:c=4"}));
  EXPECT_EQ(log.BaseOffsets(), (std::vector<int64_t>{0, 4}));
  EXPECT_EQ(pass.end, Offset(4));
  EXPECT_EQ(pass.segments_before, 2);
  EXPECT_EQ(pass.segments_after, 1);
  EXPECT_EQ(pass.records_before, 4);
  EXPECT_EQ(pass.records_after, 3);
  EXPECT_EQ(pass.bytes_after, log.state.segments[0].size_bytes);
  EXPECT_LT(pass.bytes_after, pass.bytes_before);
}

TEST_F(LogCleanerTest, AnEarlierCleaningsRecordsGiveWayToNewOnes) {
  Put("a", "1");
  Put("b", "2");
  Roll();
  ASSERT_TRUE(Clean().ok());
  Put("a", "3");
  Roll();
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), (Texts{"1:b=2", "2:a=3"}));
}

TEST_F(LogCleanerTest, WritesIndexesThatFitTheSegment) {
  config.index_interval_bytes = 100;
  for (int i = 0; i < 50; ++i) Put(std::to_string(i), "value");
  Roll();
  ASSERT_TRUE(Clean().ok());
  SegmentIndex index(Offset(0), 100);
  ASSERT_TRUE(LoadIndexFiles(&file_system,
                             {"/data/t-0/00000000000000000000.index",
                              "/data/t-0/00000000000000000000.timeindex"},
                             log.state.segments[0].size_bytes, &index)
                  .ok());
  ASSERT_GT(index.offset_entry_count(), 10);
  const std::string bytes = log.SegmentBytes(0);
  for (int64_t offset = 0; offset < 50; ++offset) {
    const auto at = static_cast<size_t>(index.Lookup(Offset(offset)).value());
    EXPECT_LE(ParseTestBatch(absl::string_view(bytes).substr(at)).base_offset(), Offset(offset));
  }
}

TEST_F(LogCleanerTest, TombstonesStayForTheirTimeAfterTheFirstCleaning) {
  config.delete_retention = absl::Milliseconds(100);
  Put("a", "1");
  Put("a", absl::nullopt);
  Put("b", "2");
  Roll();
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), (Texts{"1:a=null", "2:b=2"}));
  Put("c", "3");
  Roll();
  ASSERT_TRUE(Clean(100, kNow + 99).ok());
  EXPECT_EQ(Sealed(), (Texts{"1:a=null", "2:b=2", "3:c=3"}));
  Put("d", "4");
  Roll();
  ASSERT_TRUE(Clean(100, kNow + 100).ok());
  EXPECT_EQ(Sealed(), (Texts{"2:b=2", "3:c=3", "4:d=4"}));
}

TEST_F(LogCleanerTest, RecordsWithoutKeysGoAndAreCounted) {
  log.Append(MakeTestBatch({{"a", "1"}, {absl::nullopt, "2"}, {absl::nullopt, absl::nullopt}}));
  Roll();
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), Texts{"0:a=1"});
  EXPECT_EQ(pass.keyless_records, 2);
}

TEST_F(LogCleanerTest, AMapThatIsTooSmallTakesSeveralPasses) {
  for (int round = 0; round < 3; ++round) {
    for (const char* key : {"a", "b", "c", "d", "e"}) Put(key, std::to_string(round));
    Roll();
  }
  int passes = 0;
  while (clean_until.value_or(Offset(0)) < Offset(15)) {
    ASSERT_TRUE(Clean(2).ok());
    ++passes;
  }
  EXPECT_GT(passes, 5);
  EXPECT_EQ(Sealed(), (Texts{"10:a=2", "11:b=2", "12:c=2", "13:d=2", "14:e=2"}));
}

TEST_F(LogCleanerTest, AFullMapCutsTheRangeInTheMiddleOfABatch) {
  log.Append(MakeTestBatch({{"a", "1"}, {"b", "2"}, {"c", "3"}, {"a", "4"}, {"d", "5"}}));
  Roll();
  ASSERT_TRUE(Clean(2).ok());
  EXPECT_EQ(clean_until, Offset(2));
  EXPECT_EQ(Sealed().size(), 5u);
  ASSERT_TRUE(Clean(2).ok());
  EXPECT_EQ(clean_until, Offset(4));
  EXPECT_EQ(Sealed(), (Texts{"1:b=2", "2:c=3", "3:a=4", "4:d=5"}));
}

TEST_F(LogCleanerTest, CommittedRecordsStayAbortedOnesGo) {
  Put("a", "0");
  PutInTransaction(1, "a", "1");
  PutInTransaction(2, "b", "2");
  End(1, ControlRecordType::kAbort);
  End(2, ControlRecordType::kCommit);
  AddAborted(1, 1, 3);
  Roll();
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), (Texts{"0:a=0", "2:b=2", "3:abort", "4:commit"}));
  ASSERT_EQ(log.Aborted().size(), 1u);
  EXPECT_EQ(log.Aborted()[0].first_offset, Offset(1));
  EXPECT_EQ(log.Aborted()[0].last_stable_offset, Offset(4));
}

TEST_F(LogCleanerTest, MarkersStayUntilTheirTransactionIsGoneAndAHorizonMore) {
  config.delete_retention = absl::Milliseconds(100);
  PutInTransaction(1, "a", "1");
  End(1, ControlRecordType::kCommit);
  PutInTransaction(2, "b", "2");
  End(2, ControlRecordType::kAbort);
  AddAborted(2, 2, 3);
  Put("z", "0");
  Roll();
  ASSERT_TRUE(Clean(100, kNow).ok());
  EXPECT_EQ(Sealed(), (Texts{"0:a=1", "1:commit", "3:abort", "4:z=0"}));
  Put("a", "3");
  Roll();
  // The abort marker has nothing left to mark and gets its horizon; so does commit a round later.
  ASSERT_TRUE(Clean(100, kNow + 1).ok());
  EXPECT_EQ(Sealed(), (Texts{"1:commit", "3:abort", "4:z=0", "5:a=3"}));
  Put("c", "4");
  Roll();
  ASSERT_TRUE(Clean(100, kNow + 101).ok());
  EXPECT_EQ(Sealed(), (Texts{"1:commit", "4:z=0", "5:a=3", "6:c=4"}));
  EXPECT_TRUE(log.Aborted().empty());
  Put("d", "5");
  Roll();
  ASSERT_TRUE(Clean(100, kNow + 201).ok());
  EXPECT_EQ(Sealed(), (Texts{"4:z=0", "5:a=3", "6:c=4", "7:d=5"}));
}

TEST_F(LogCleanerTest, ATransactionOverSeveralGroupsKeepsItsMarkerAndIsIndexedWithIt) {
  config.segment_bytes_max = 1;  // Every segment is a group of its own.
  PutInTransaction(1, "a", "1");
  PutInTransaction(2, "b", "2");
  Roll();
  Put("c", "3");
  Roll();
  PutInTransaction(1, "d", "4");
  End(1, ControlRecordType::kAbort);
  End(2, ControlRecordType::kCommit);
  AddAborted(1, 0, 4);
  Roll();
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), (Texts{"1:b=2", "2:c=3", "4:abort", "5:commit"}));
  EXPECT_EQ(log.Aborted().size(), 1u);
  EXPECT_EQ(log.BaseOffsets(), (std::vector<int64_t>{0, 2, 3, 6}));
  EXPECT_TRUE(file_system.Stat("/data/t-0/00000000000000000003.txnindex").ok());
  EXPECT_FALSE(file_system.Stat("/data/t-0/00000000000000000000.txnindex").ok());
}

TEST_F(LogCleanerTest, ASegmentCleanedInPartIsIndexedInFull) {
  Put("a", "1");
  Put("b", "2");
  PutInTransaction(1, "a", "3");
  End(1, ControlRecordType::kAbort);
  AddAborted(1, 2, 3);
  Roll();
  ASSERT_TRUE(Clean(1).ok());
  EXPECT_EQ(clean_until, Offset(1));
  EXPECT_EQ(Sealed(), (Texts{"0:a=1", "1:b=2", "3:abort"}));
  EXPECT_EQ(log.Aborted().size(), 1u);
}

TEST_F(LogCleanerTest, TheLastSequenceOfALiveProducerStaysAsAnEmptyBatch) {
  RecordBatchOptions options;
  options.producer_id = ProducerId(7);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(5);
  Put("a", "1", options);
  options.base_sequence = Sequence(6);
  Put("a", "2", options);
  Put("a", "3");
  Put("b", "4");
  Roll();
  log.producers[ProducerId(7)] = {Offset(1), ProducerEpoch(0)};
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), (Texts{"(1-1)", "2:a=3", "3:b=4"}));
  EXPECT_EQ(ParseTestBatch(log.SegmentBytes(0)).base_sequence(), Sequence(6));
  log.producers.clear();  // It has expired.
  Put("c", "5");
  Roll();
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), (Texts{"2:a=3", "3:b=4", "4:c=5"}));
}

TEST_F(LogCleanerTest, TheLastOffsetOfTheRangeStays) {
  Put("a", "1");
  log.Append(MakeTestBatch({{absl::nullopt, "x"}, {absl::nullopt, "y"}}, [] {
    RecordBatchOptions options;
    options.base_offset = Offset(1);
    return options;
  }()));
  Roll();
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), (Texts{"0:a=1", "(1-2)"}));
}

TEST_F(LogCleanerTest, AnUnstableSegmentIsLeftAsItIs) {
  Put("a", "1");
  Roll();
  Put("a", "2");
  PutInTransaction(1, "a", "3");
  Roll();
  log.state.last_stable = Offset(2);
  const std::string before = log.SegmentBytes(1);
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(log.SegmentBytes(1), before);
  EXPECT_EQ(Sealed(), (Texts{"0:a=1", "1:a=2", "2:a=3"}));
}

TEST_F(LogCleanerTest, ADamagedBatchEndsItWithItsPlaceAndChangesNothing) {
  Put("a", "1");
  Put("a", "2");
  Roll();
  const std::string good = log.SegmentBytes(0);
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    const auto file = file_system.Open("/data/t-0/00000000000000000000.log", OpenMode::kReadWrite);
    ASSERT_TRUE((*file)->Write(0, bad).ok());
    const absl::Status status = Clean();
    EXPECT_TRUE(absl::IsDataLoss(status) || absl::IsInvalidArgument(status)) << at << status;
    EXPECT_NE(status.message().find("00000000000000000000.log at "), std::string::npos) << status;
    EXPECT_EQ(log.SegmentBytes(0), bad);
    for (const std::string& name : log.Files()) {
      EXPECT_EQ(name.find(".cleaned"), std::string::npos) << name;
    }
  }
}

TEST_F(LogCleanerTest, AFullDiskLeavesTheLogAsItIs) {
  for (int i = 0; i < 100; ++i) Put(std::to_string(i % 60), std::string(500, 'x'));
  Roll();
  const std::string before = log.SegmentBytes(0);
  file_system.SetCapacityBytes(file_system.used_bytes() + 8192);
  EXPECT_EQ(Clean().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(log.SegmentBytes(0), before);
  EXPECT_EQ(log.Files().size(), 2u);
  EXPECT_EQ(pass.end, Offset(0));
  file_system.SetCapacityBytes(int64_t{1} << 30);
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed().size(), 60u);
}

TEST_F(LogCleanerTest, EndsWhenItIsToldTo) {
  Put("a", "1");
  Roll();
  check = [] { return absl::AbortedError("enough"); };
  EXPECT_EQ(Clean().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(log.Files().size(), 2u);
}

TEST_F(LogCleanerTest, GroupsThatWereReplacedStaySoWhenALaterOneFails) {
  config.segment_bytes_max = 1;
  Put("a", "1");
  Roll();
  Put("a", "2");
  Roll();
  int calls = 0;
  log.before_replace = [&] {
    return ++calls == 1 ? absl::OkStatus() : absl::AbortedError("changed");
  };
  EXPECT_EQ(Clean().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Sealed(), Texts{"1:a=2"});
  EXPECT_EQ(pass.segments_after, 1);
  EXPECT_EQ(pass.end, Offset(0));
  log.before_replace = nullptr;
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(Sealed(), Texts{"1:a=2"});
}

TEST_F(LogCleanerTest, RemovesWhatAnEarlierCleaningHasLeft) {
  Put("a", "1");
  Roll();
  Put("b", "2");
  Roll();
  for (const char* name :
       {"00000000000000000001.log.cleaned", "00000000000000000001.txnindex.cleaned"}) {
    ASSERT_TRUE(file_system.Open(absl::StrCat("/data/t-0/", name), OpenMode::kCreate).ok());
  }
  log.before_replace = [this] {
    const Texts files = log.Files();
    EXPECT_EQ(std::count_if(files.begin(), files.end(),
                            [](const std::string& name) { return name.ends_with(".cleaned"); }),
              3);
    return absl::OkStatus();
  };
  ASSERT_TRUE(Clean().ok());
}

TEST_F(LogCleanerTest, DoesNotTouchALogWhoseSwapWasInterrupted) {
  Put("a", "1");
  Roll();
  ASSERT_TRUE(file_system.Open("/data/t-0/00000000000000000000.log.swap", OpenMode::kCreate).ok());
  EXPECT_EQ(Clean().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(LogCleanerTest, EmptySegmentsJoinTheirNeighbours) {
  config.segment_bytes_max = 1;
  Put("a", "1");
  Roll();
  Put("b", "2");
  Roll();
  Put("a", "3");
  Put("b", "4");
  Roll();
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(log.BaseOffsets(), (std::vector<int64_t>{0, 1, 2, 4}));
  EXPECT_EQ(log.state.segments[0].size_bytes, 0);
  EXPECT_EQ(log.state.segments[1].size_bytes, 0);
  config.segment_bytes_max = 1000;
  Put("c", "5");
  Roll();
  ASSERT_TRUE(Clean().ok());
  EXPECT_EQ(log.BaseOffsets(), (std::vector<int64_t>{0, 5}));
  EXPECT_EQ(Sealed(), (Texts{"2:a=3", "3:b=4", "4:c=5"}));
}

TEST_F(LogCleanerTest, ABatchThatGrowsBeyondAReadersLimitEndsIt) {
  RecordBatchOptions options;
  options.codec = Codec::kZstd;
  Put("a", std::string(65 << 20, 'x'), options);
  Roll();
  EXPECT_EQ(Clean().code(), absl::StatusCode::kDataLoss);
}

TEST_F(LogCleanerTest, ASegmentWhoseOffsetsCannotBeIndexedIsLeftAsItIs) {
  Put("a", "1");
  RecordBatchOptions options;
  options.base_offset = Offset((int64_t{1} << 31) + 5);
  log.Append(MakeTestBatch({{"b", "2"}}, options));
  Roll();
  EXPECT_EQ(Clean().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Sealed().size(), 2u);
}

TEST_F(LogCleanerTest, ReadsAndWritesWithinTheRate) {
  for (int i = 0; i < 100; ++i) Put(std::to_string(i), std::string(1000, 'x'));
  Roll();
  IoThrottle slow(&clock, 100'000, [this](absl::Duration wait) { clock.Advance(wait); });
  absl::StatusOr<KeyOffsetMap> map = KeyOffsetMap::Create(24'000, 0.9, &random);
  LogCleaner cleaner(&file_system, *std::move(map), {{&slow}, check});
  CompactionPlan plan;
  plan.first_uncleanable = Offset(100);
  const absl::Duration start = clock.MonotonicNow();
  ASSERT_TRUE(cleaner.CleanOnce(&log, log.state, plan, config, kNow, &pass).ok());
  // Twice read, once written.
  const double seconds = 3 * static_cast<double>(pass.bytes_before) / 100'000;
  EXPECT_NEAR(absl::ToDoubleSeconds(clock.MonotonicNow() - start), seconds, 0.1);
}

}  // namespace
}  // namespace tidemark
