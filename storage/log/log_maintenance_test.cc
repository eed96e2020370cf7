// Goal: what is deleted from a log's front is what was asked for, is told to nobody afterwards, and
// costs nobody who reads it his bytes, wherever it is interrupted. Method: as recovery_test.cc.

#include "storage/log/log_maintenance.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;
using Strings = std::vector<std::string>;

Strings Numbers(int64_t first, int64_t end) {
  Strings records;
  for (int64_t i = first; i < end; ++i) records.push_back(absl::StrCat(i, ":value-", i));
  return records;
}

// A log of 30 records in segments of a few, whose log start is checkpointed.
class Life : public LogHarness {
 public:
  Life() {
    parameters.config.segment_bytes_max = 240;
    parameters.store_log_start = [this](Offset offset) {
      stored_start = offset;
      return store_status;
    };
  }
  bool Fill(int count = 30) {
    if (!Open().ok()) return false;
    for (int i = 0; i < count; ++i) {
      const std::string value = absl::StrCat("value-", i);
      if (!Append({value}, Timestamp(1000 + i), LeaderEpoch(i / 10)).ok()) return false;
    }
    executor.RunUntilIdle();
    return log->Sync(Offset(count)).ok();
  }
  int64_t CountFiles(const std::string& ending) {
    const Strings files = Files();
    return std::count_if(files.begin(), files.end(),
                         [&](const std::string& name) { return absl::EndsWith(name, ending); });
  }
  Offset start() const { return log->offsets().log_start; }

  Offset stored_start{0};
  absl::Status store_status;
};

class LogMaintenanceTest : public ::testing::Test, public Life {};

TEST_F(LogMaintenanceTest, TheHighWatermarkIsTheEndUntilItIsSetAndStaysWithinTheLog) {
  ASSERT_TRUE(Fill(5));
  const auto high_watermark = [this] { return log->offsets().high_watermark; };
  EXPECT_EQ(high_watermark(), Offset(5));
  log->SetHighWatermark(Offset(3));
  ASSERT_TRUE(Append({"value-5"}, Timestamp(1), LeaderEpoch(3)).ok());
  EXPECT_EQ(high_watermark(), Offset(3));
  log->SetHighWatermark(Offset(100));
  EXPECT_EQ(high_watermark(), Offset(6));
  ASSERT_TRUE(Append({"value-6"}, Timestamp(1), LeaderEpoch(3)).ok());
  EXPECT_EQ(high_watermark(), Offset(6)) << "the end as of the call";
  ASSERT_TRUE(log->TruncateTo(Offset(4)).ok());
  ASSERT_TRUE(Append({"other"}, Timestamp(1), LeaderEpoch(4)).ok());
  EXPECT_EQ(high_watermark(), Offset(4)) << "what came instead is not replicated";
  log->SetHighWatermark(Offset(2));
  EXPECT_EQ(high_watermark(), Offset(2)) << "it may go down";
  log->SetHighWatermark(Offset(-1));
  EXPECT_EQ(high_watermark(), Offset(0));
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(50)).ok());
  ASSERT_TRUE(Append({"x"}).ok());
  EXPECT_EQ(high_watermark(), Offset(50));
}

TEST_F(LogMaintenanceTest, DeletesWholeSegmentsAndHidesTheRest) {
  for (int64_t offset = 0; offset <= 30; ++offset) {
    SCOPED_TRACE(offset);
    Life life;
    ASSERT_TRUE(life.Fill());
    const int64_t segments = life.log->stats().segment_count;
    const int64_t bytes = life.log->stats().size_bytes;
    const absl::StatusOr<RemovedSegments> removed = life.log->AdvanceLogStart(Offset(offset));
    ASSERT_TRUE(removed.ok()) << removed.status();
    EXPECT_EQ(life.start(), Offset(offset));
    EXPECT_EQ(life.stored_start, Offset(offset));
    EXPECT_EQ(life.log->stats().segment_count, segments - removed->segment_count);
    EXPECT_EQ(life.log->stats().size_bytes, bytes - removed->size_bytes);
    EXPECT_EQ(life.CountFiles(".log.deleted"), removed->segment_count);
    EXPECT_EQ(life.CountFiles(".index.deleted"), removed->segment_count);
    EXPECT_TRUE(offset < 30 || life.log->stats().segment_count == 1) << "the active one stays";
    std::string out;
    if (offset > 0) {
      EXPECT_TRUE(absl::IsOutOfRange(life.log->Read(Offset(offset - 1), {}, &out).status()));
    }
    const absl::StatusOr<LogView> view = life.log->View(Offset(offset), {});
    ASSERT_TRUE(view.ok()) << view.status();
    const Strings found = life.ReadAll(Offset(offset));
    EXPECT_EQ(found, Numbers(offset, 30));
    const auto by_time = life.log->FindByTimestamp(Timestamp(0));
    EXPECT_EQ(by_time->has_value(), offset < 30);
    EXPECT_TRUE(offset == 30 || (*by_time)->offset == Offset(offset));
    life.executor.AdvanceBy(absl::Seconds(59));
    EXPECT_EQ(life.CountFiles(".log.deleted"), removed->segment_count) << "not yet";
    life.executor.AdvanceBy(absl::Seconds(1));
    EXPECT_EQ(life.CountFiles(".deleted"), 0);
    life.parameters.log_start_offset = life.stored_start;
    ASSERT_TRUE(life.Reopen().ok());
    EXPECT_EQ(life.ReadAll(Offset(offset)), Numbers(offset, 30));
    EXPECT_EQ(life.Append({"x"}, Timestamp(1), LeaderEpoch(9))->base_offset, Offset(30));
  }
}

TEST_F(LogMaintenanceTest, NothingAboveTheHighWatermarkIsDeleted) {
  ASSERT_TRUE(Fill());
  log->SetHighWatermark(Offset(12));
  const absl::Status status = log->DeleteRecordsBefore(Offset(13));
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_NE(status.message().find("high watermark 12"), std::string::npos) << status;
  EXPECT_EQ(start(), Offset(0));
  EXPECT_TRUE(log->DeleteRecordsBefore(Offset(12)).ok());
  const int64_t changes = file_system.changes();
  stored_start = Offset(-1);
  for (const int64_t offset : {-1, 0, 11, 12}) {
    EXPECT_TRUE(log->DeleteRecordsBefore(Offset(offset)).ok());
  }
  EXPECT_EQ(start(), Offset(12));
  EXPECT_EQ(file_system.changes(), changes);
  EXPECT_EQ(stored_start, Offset(-1)) << "nothing to do";
}

TEST_F(LogMaintenanceTest, ViewsAndFileRangesOfWhatIsDeletedLiveOn) {
  ASSERT_TRUE(Fill());
  const LogView view = *log->View(Offset(0), {});
  const LogFileRange range = *log->FileRange(Offset(0), {});
  const Strings before = Describe(view.bytes);
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(30)).ok());
  executor.AdvanceBy(absl::Minutes(1));
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(0)).ok());
  ASSERT_TRUE(Append({"another"}, Timestamp(1), LeaderEpoch(9)).ok());
  EXPECT_EQ(Describe(view.bytes), before);
  std::string bytes(static_cast<size_t>(range.length_bytes), '\0');
  ASSERT_EQ(*range.file->Read(range.position, absl::MakeSpan(bytes)), range.length_bytes);
  EXPECT_EQ(Describe(bytes), before);
}

TEST_F(LogMaintenanceTest, TheStartIsStoredBeforeAFileGoesAndNobodyReadsAnOlderOne) {
  bool is_stored = false;
  parameters.store_log_start = [&](Offset offset) {
    EXPECT_EQ(start(), offset) << "a checkpoint that begins now would write it";
    EXPECT_EQ(CountFiles(".deleted"), 0);
    is_stored = true;
    return absl::OkStatus();
  };
  ASSERT_TRUE(Fill());
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(20)).ok());
  EXPECT_TRUE(is_stored);
  EXPECT_GT(CountFiles(".deleted"), 0);
}

TEST_F(LogMaintenanceTest, AStartThatCannotBeStoredRemovesNothingAndIsTriedAgain) {
  ASSERT_TRUE(Fill());
  store_status = absl::UnavailableError("I/O error");
  EXPECT_TRUE(absl::IsUnavailable(log->DeleteRecordsBefore(Offset(20))));
  EXPECT_EQ(CountFiles(".deleted"), 0);
  store_status = absl::OkStatus();
  stored_start = Offset(0);
  EXPECT_TRUE(log->DeleteRecordsBefore(Offset(20)).ok());
  EXPECT_EQ(stored_start, Offset(20));
  EXPECT_GT(CountFiles(".deleted"), 0);
}

TEST_F(LogMaintenanceTest, AFullDiskDoesNotKeepWhatWouldMakeRoom) {
  ASSERT_TRUE(Fill());
  const Offset boundary = (*log->Segments())[3].base_offset;
  store_status = absl::ResourceExhaustedError("the disk is full");
  const absl::Status status = log->DeleteRecordsBefore(boundary - 1);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << "inside of a segment";
  EXPECT_EQ(CountFiles(".log.deleted"), 2);
  EXPECT_TRUE(log->DeleteRecordsBefore(boundary).ok()) << "the files tell the start";
  EXPECT_EQ(CountFiles(".log.deleted"), 3);
  ASSERT_TRUE(CrashAndOpen(Offset(30)).ok());
  EXPECT_EQ(start(), boundary);
  EXPECT_EQ(ReadAll(start()), Numbers(boundary.value(), 30));
}

TEST_F(LogMaintenanceTest, WhereADirectoryHasNoRoomForLongerNamesFilesGoAtOnce) {
  ASSERT_TRUE(Fill());
  const int64_t log_count = CountFiles(".log");
  const Offset boundary = (*log->Segments())[3].base_offset;
  store_status = absl::ResourceExhaustedError("the disk is full");
  file_system.SetFaultHook([](const FileOperation& operation) {
    if (operation.kind != FileOperation::Kind::kRename) return FileFault();
    return FileFault(absl::ResourceExhaustedError("no room in the directory"));
  });
  EXPECT_TRUE(log->DeleteRecordsBefore(boundary).ok());
  EXPECT_EQ(CountFiles(".deleted"), 0);
  EXPECT_EQ(CountFiles(".log"), log_count - 3);
  file_system.SetFaultHook(nullptr);
  ASSERT_TRUE(CrashAndOpen(Offset(30)).ok());
  EXPECT_EQ(start(), boundary);
  EXPECT_EQ(ReadAll(start()), Numbers(boundary.value(), 30));
}

TEST_F(LogMaintenanceTest, ALogThatStartsAnewBelowItsStartStoresThat) {
  ASSERT_TRUE(Fill());
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(20)).ok());
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(5)).ok());
  EXPECT_EQ(stored_start, Offset(5));
  ASSERT_TRUE(Append({"x"}, Timestamp(1), LeaderEpoch(9)).ok());
  ASSERT_TRUE(log->Sync(Offset(6)).ok());
  parameters.log_start_offset = stored_start;
  ASSERT_TRUE(CrashAndOpen(Offset(6)).ok());
  EXPECT_EQ(ReadAll(Offset(5)), Strings{"5:x"});
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(6)).ok());
  EXPECT_EQ(stored_start, Offset(6));
}

TEST_F(LogMaintenanceTest, EpochsBelowTheStartAreForgotten) {
  ASSERT_TRUE(Fill());
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(15)).ok());
  EXPECT_FALSE(log->EndOffsetForEpoch(LeaderEpoch(0)).has_value());
  EXPECT_EQ(log->EndOffsetForEpoch(LeaderEpoch(1))->end_offset, Offset(20));
  parameters.log_start_offset = stored_start;
  ASSERT_TRUE(Reopen().ok());
  EXPECT_FALSE(log->EndOffsetForEpoch(LeaderEpoch(0)).has_value());
  EXPECT_EQ(log->latest_leader_epoch(), LeaderEpoch(2));
}

TEST_F(LogMaintenanceTest, AClosedLogRemovesNothingAndTheNextOpeningDoes) {
  ASSERT_TRUE(Fill());
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(20)).ok());
  const int64_t deleted = CountFiles(".deleted");
  ASSERT_TRUE(log->Close().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(log->DeleteRecordsBefore(Offset(21))));
  EXPECT_TRUE(absl::IsFailedPrecondition(log->RollActive()));
  executor.AdvanceBy(absl::Minutes(2));
  EXPECT_EQ(CountFiles(".deleted"), deleted);
  parameters.log_start_offset = stored_start;
  ASSERT_TRUE(Open(true, Offset(30)).ok());
  EXPECT_EQ(CountFiles(".deleted"), 0);
  EXPECT_EQ(ReadAll(Offset(20)), Numbers(20, 30));
}

TEST_F(LogMaintenanceTest,
       WhereverADeletionIsInterruptedTheLogStartsWhereItDidOrWhereItWasToStart) {
  int64_t changes = 0;
  {
    Life life;
    ASSERT_TRUE(life.Fill());
    const int64_t before = life.file_system.changes();
    ASSERT_TRUE(life.log->DeleteRecordsBefore(Offset(17)).ok());
    life.executor.AdvanceBy(absl::Minutes(1));
    changes = life.file_system.changes() - before;
  }
  ASSERT_GE(changes, 10);
  for (int64_t k = 1; k <= changes; ++k) {
    for (uint64_t seed = 0; seed < 8; ++seed) {
      SCOPED_TRACE(absl::StrCat("change ", k, " seed ", seed));
      Life life;
      ASSERT_TRUE(life.Fill());
      life.file_system.CrashAfterChanges(k);
      const bool acknowledged =
          life.log->DeleteRecordsBefore(Offset(17)).ok() && !life.file_system.crashed();
      life.executor.AdvanceBy(absl::Minutes(1));
      life.parameters.log_start_offset = life.stored_start;
      SeededRandom choices(seed);
      ASSERT_TRUE(seed == 0
                      ? life.CrashAndOpen(Offset(30)).ok()
                      : life.LosePowerAndOpen(PowerLossMode::kSubset, &choices, Offset(30)).ok());
      ASSERT_EQ(life.start(), life.stored_start);
      if (acknowledged) {
        ASSERT_EQ(life.start(), Offset(17));
      }
      ASSERT_EQ(life.ReadAll(life.start()), Numbers(life.start().value(), 30));
      ASSERT_EQ(life.CountFiles(".deleted"), 0);
      ASSERT_TRUE(life.Append({"after"}, Timestamp(1), LeaderEpoch(9)).ok());
      ASSERT_TRUE(life.log->DeleteRecordsBefore(Offset(18)).ok());
    }
  }
}

TEST_F(LogMaintenanceTest, RollsWhenToldToAndWhenTheClockSaysSo) {
  clock.SetNow(absl::FromUnixMillis(1000));
  parameters.config.segment_bytes_max = 1 << 20;
  parameters.config.segment_age_max = absl::Milliseconds(500);
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(log->RollActive().ok());
  EXPECT_EQ(log->stats().segment_count, 1) << "an empty one stays";
  ASSERT_TRUE(Append({"a"}, Timestamp(1000)).ok());
  clock.SetNow(absl::FromUnixMillis(1500));
  ASSERT_TRUE(log->RollIfDue().ok());
  EXPECT_EQ(log->stats().segment_count, 1);
  clock.SetNow(absl::FromUnixMillis(1501));
  ASSERT_TRUE(log->RollIfDue().ok());
  ASSERT_TRUE(log->RollIfDue().ok());
  EXPECT_EQ(log->stats().segment_count, 2);
  ASSERT_TRUE(Append({"b"}, Timestamp(1001)).ok());
  ASSERT_TRUE(log->RollActive().ok());
  ASSERT_TRUE(Append({"c"}, Timestamp(1002)).ok());
  const absl::StatusOr<std::vector<SegmentInfo>> segments = log->Segments();
  ASSERT_TRUE(segments.ok()) << segments.status();
  ASSERT_EQ(segments->size(), 3u);
  for (int64_t i = 0; i < 3; ++i) {
    const SegmentInfo& info = (*segments)[static_cast<size_t>(i)];
    EXPECT_EQ(info.base_offset, Offset(i));
    EXPECT_EQ(info.end_offset, Offset(i + 1));
    EXPECT_EQ(info.largest_timestamp, Timestamp(1000 + i));
    EXPECT_GT(info.size_bytes, 60);
    EXPECT_EQ(info.is_active, i == 2);
    EXPECT_FALSE(info.is_finished);
  }
  executor.RunUntilIdle();
  EXPECT_TRUE((*log->Segments())[1].is_finished);
  EXPECT_FALSE((*log->Segments())[2].is_finished);
  EXPECT_EQ(ReadAll(), (Strings{"0:a", "1:b", "2:c"}));
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ((*log->Segments())[0].largest_timestamp, Timestamp(1000)) << "from its files";
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(ReadAll(), (Strings{"0:a", "1:b", "2:c"}));
}

TEST_F(LogMaintenanceTest, WhatWasDurableBeforeItWasRolledIsFinishedToo) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}, Timestamp(1000)).ok());
  ASSERT_TRUE(log->Sync(Offset(1)).ok());
  ASSERT_TRUE(log->RollActive().ok());
  EXPECT_FALSE((*log->Segments())[0].is_finished);
  executor.RunUntilIdle();
  EXPECT_TRUE((*log->Segments())[0].is_finished);
}

TEST_F(LogMaintenanceTest, ASyncThatFailsInADeletionIsNotTakenForSuccessLater) {
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(Append({absl::StrCat("value-", i)}, Timestamp(1000 + i)).ok());
  }
  bool has_failed = false;
  file_system.SetFaultHook([&](const FileOperation& operation) -> FileFault {
    if (has_failed || operation.kind != Kind::kSync || !absl::EndsWith(operation.path, ".log")) {
      return absl::OkStatus();
    }
    has_failed = true;
    return absl::UnavailableError("I/O error");
  });
  log->DeleteRecordsBefore(Offset(17)).IgnoreError();
  EXPECT_TRUE(has_failed);
  EXPECT_FALSE(log->Sync(Offset(30)).ok());
  EXPECT_FALSE(Append({"more"}, Timestamp(1000)).ok());
}

TEST_F(LogMaintenanceTest, EverythingCanBeDeletedOnceTheActiveSegmentIsRolled) {
  ASSERT_TRUE(Fill());
  ASSERT_TRUE(log->RollActive().ok());
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(30)).ok());
  EXPECT_EQ(log->stats().segment_count, 1);
  EXPECT_EQ(log->stats().size_bytes, 0);
  parameters.log_start_offset = stored_start;
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(log->offsets().log_end, Offset(30));
  EXPECT_TRUE(report.notes.empty());
}

}  // namespace
}  // namespace tidemark
