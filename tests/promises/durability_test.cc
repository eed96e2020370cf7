// Goal: what docs/GUARANTEES.md says of each way to ask for durability, also where it says what may
// be lost. Method: a log in memory; power is lost and nothing stays that was not synced, or any
// part of it, drawn by a seed.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

class DurabilityTest : public ::testing::Test, public LogHarness {
 protected:
  void AppendSome(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(Append({"value"}).ok());
  }

  // How many records are there when everything that was not synced is gone.
  int64_t CountAfterPowerLoss() {
    SeededRandom choices(1);
    EXPECT_TRUE(LosePowerAndOpen(PowerLossMode::kDropAll, &choices).ok());
    return log->offsets().log_end.value();
  }
};

TEST_F(DurabilityTest, DurabilityOfARecordCoversEverythingBeforeIt) {
  parameters.config.segment_bytes_max = 200;
  ASSERT_TRUE(Open().ok());
  AppendSome(20);
  ASSERT_GT(log->stats().segment_count, 3);
  ASSERT_TRUE(log->Sync(Offset(18)).ok());
  EXPECT_GE(CountAfterPowerLoss(), 18);
}

TEST_F(DurabilityTest, CloseMakesEverythingDurable) {
  ASSERT_TRUE(Open().ok());
  AppendSome(5);
  ASSERT_TRUE(log->Close().ok());
  EXPECT_EQ(CountAfterPowerLoss(), 5);
}

TEST_F(DurabilityTest, OfBufferedRecordsAPowerLossMayTakeAllSinceTheLastSync) {
  ASSERT_TRUE(Open().ok());
  AppendSome(3);
  ASSERT_TRUE(log->Sync(Offset(3)).ok());
  AppendSome(4);
  EXPECT_EQ(CountAfterPowerLoss(), 3);
}

TEST_F(DurabilityTest, AReaderMaySeeARecordThatAPowerLossTakesAndAnotherOneInItsPlace) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  ASSERT_TRUE(log->Sync(Offset(1)).ok());
  ASSERT_TRUE(Append({"seen"}).ok());
  EXPECT_EQ(ReadAll(), (Strings{"0:a", "1:seen"}));
  EXPECT_EQ(CountAfterPowerLoss(), 1);
  ASSERT_TRUE(Append({"other"}).ok());
  EXPECT_EQ(ReadAll(), (Strings{"0:a", "1:other"}));
}

TEST_F(DurabilityTest, WithFlushMessagesFewerThanThatManyRecordsAreLost) {
  for (int count = 0; count <= 10; ++count) {
    LogHarness life;
    life.parameters.config.flush_interval_records = 3;
    ASSERT_TRUE(life.Open().ok());
    for (int i = 0; i < count; ++i) {
      const absl::StatusOr<AppendResult> result = life.Append({"value"});
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_EQ(result->durability, i % 3 == 2 ? Durability::kDurable : Durability::kBuffered) << i;
    }
    SeededRandom choices(1);
    ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kDropAll, &choices).ok());
    EXPECT_EQ(life.log->offsets().log_end, Offset(count / 3 * 3));
  }
}

TEST_F(DurabilityTest, WithFlushMsNothingStaysUnsyncedLonger) {
  parameters.config.flush_interval = absl::Milliseconds(100);
  ASSERT_TRUE(Open().ok());
  AppendSome(2);
  executor.AdvanceBy(absl::Milliseconds(99));
  EXPECT_EQ(log->offsets().flushed, Offset(0));
  AppendSome(1);
  executor.AdvanceBy(absl::Milliseconds(1));
  EXPECT_EQ(log->offsets().flushed, Offset(3));
  executor.AdvanceBy(absl::Seconds(1));
  AppendSome(1);
  executor.AdvanceBy(absl::Milliseconds(100));
  EXPECT_EQ(CountAfterPowerLoss(), 4);
}

TEST_F(DurabilityTest, OfABatchAllRecordsStayOrNone) {
  const std::string filler(700, 'x');
  for (const PowerLossMode mode :
       {PowerLossMode::kOrdered, PowerLossMode::kSubset, PowerLossMode::kSubsetWithGarbage}) {
    for (uint64_t seed = 1; seed <= 50; ++seed) {
      LogHarness life;
      ASSERT_TRUE(life.Open().ok());
      ASSERT_TRUE(life.Append({"0", "1", "2"}).ok());
      ASSERT_TRUE(life.log->Sync(Offset(3)).ok());
      for (int i = 1; i < 4; ++i) {
        ASSERT_TRUE(life.Append({filler, filler, filler}).ok());
      }
      SeededRandom choices(seed);
      ASSERT_TRUE(life.LosePowerAndOpen(mode, &choices).ok());
      SCOPED_TRACE(absl::StrCat("mode ", static_cast<int>(mode), " seed ", seed));
      const Strings found = life.ReadAll();
      EXPECT_GE(found.size(), 3u);
      EXPECT_EQ(found.size() % 3, 0u);
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i], absl::StrCat(i, ":", i < 3 ? absl::StrCat(i) : filler));
      }
    }
  }
}

TEST_F(DurabilityTest, DamageAboveTheRecoveryPointIsCutLikeATornWriteAndReported) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  const int64_t end = log->stats().size_bytes;
  ASSERT_TRUE(Append({"b"}).ok());
  ASSERT_TRUE(Append({"c"}).ok());
  ASSERT_TRUE(log->Sync(Offset(3)).ok());
  file_system.CrashProcess();
  ASSERT_TRUE((*file_system.Open("/log/00000000000000000000.log", OpenMode::kReadWrite))
                  ->Write(end + 30, "?")
                  .ok());
  ASSERT_TRUE(Open(false, Offset(1)).ok());
  EXPECT_EQ(ReadAll(), (Strings{"0:a"}));
  EXPECT_GT(report.dropped_bytes, 0);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("00000000000000000000.log"), std::string::npos);
}

TEST_F(DurabilityTest, ALogWhoseEndWasRemovedOpensWithWhatIsThereAndSaysSo) {
  parameters.config.segment_bytes_max = 200;
  ASSERT_TRUE(Open().ok());
  AppendSome(6);
  ASSERT_TRUE(log->Sync(Offset(6)).ok());
  std::string last;
  for (const std::string& name : Files()) last = name.ends_with(".log") ? name : last;
  file_system.CrashProcess();
  ASSERT_TRUE(file_system.Remove("/log/" + last).ok());
  ASSERT_TRUE(Open(false, Offset(6)).ok());
  EXPECT_LT(log->offsets().log_end, Offset(6));
  EXPECT_GT(log->offsets().log_end, Offset(0));
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("everything below 6 was on stable storage"), std::string::npos)
      << report.notes[0];
}

TEST_F(DurabilityTest, ASegmentMissingInTheMiddleIsToldByTheReadThatComesToIt) {
  parameters.config.segment_bytes_max = 200;
  ASSERT_TRUE(Open().ok());
  AppendSome(6);
  ASSERT_TRUE(log->Close().ok());
  Strings logs;
  for (const std::string& name : Files()) {
    if (name.ends_with(".log")) logs.push_back(name);
  }
  ASSERT_GE(logs.size(), 3u);
  ASSERT_TRUE(file_system.Remove("/log/" + logs[1]).ok());
  ASSERT_TRUE(Open(true, Offset(6)).ok());
  const Strings found = ReadAll();
  EXPECT_EQ(found.front(), "0:value");
  EXPECT_NE(found.back().find("DATA_LOSS"), std::string::npos) << found.back();
  EXPECT_LT(found.size(), 6u);
}

}  // namespace
}  // namespace tidemark
