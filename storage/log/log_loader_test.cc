#include "storage/log/log_loader.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/env/whole_file.h"
#include "storage/format/producer_snapshot.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

// The loader, through the log that it loads.
class LogLoaderTest : public ::testing::Test, public LogHarness {
 protected:
  void FillAndClose(int count) {
    ASSERT_TRUE(Open().ok());
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(Append({absl::StrCat("value-", i)}, Timestamp(1000 + i)).ok());
    }
    ASSERT_TRUE(log->Close().ok());
  }
};

TEST_F(LogLoaderTest, ALogThatEndsBelowItsStartStartsAnewThere) {
  ASSERT_NO_FATAL_FAILURE(FillAndClose(5));
  const MemorySnapshot closed = file_system.Snapshot();
  parameters.log_start_offset = Offset(15);
  for (const bool was_clean : {true, false}) {
    SCOPED_TRACE(was_clean);
    file_system.Restore(closed);
    ASSERT_TRUE(Open(was_clean, Offset(was_clean ? 5 : 0)).ok());
    EXPECT_EQ(report.notes.size(), 1u);
    EXPECT_EQ(log->offsets().log_start, Offset(15));
    EXPECT_EQ(log->offsets().flushed, Offset(15));
    EXPECT_EQ(log->offsets().log_end, Offset(15));
    EXPECT_FALSE(log->latest_leader_epoch().has_value());
    ASSERT_EQ(Append({"new"})->base_offset, Offset(15));
    ASSERT_TRUE(log->Sync(Offset(16)).ok());
    ASSERT_TRUE(LosePowerAndOpen(PowerLossMode::kDropAll, &random).ok());
    EXPECT_EQ(ReadAll(Offset(15)), Strings{"15:new"}) << "it was durable";
  }
}

TEST_F(LogLoaderTest, AnEmptyLastSegmentIsTheEndAlsoWhereCompactionTookWhatWasInFrontOfIt) {
  parameters.config.offset_gaps_allowed = true;
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Append({"x"}).ok());
  ASSERT_TRUE(log->RollActive().ok());
  ASSERT_TRUE(log->Close().ok());
  const std::string path = "/log/00000000000000000000.log";
  const int64_t size_bytes = file_system.Stat(path)->size_bytes;
  ASSERT_TRUE((*file_system.Open(path, OpenMode::kReadWrite))->Truncate(size_bytes / 5 * 4).ok());
  const MemorySnapshot compacted = file_system.Snapshot();
  for (const int64_t recovery_point : {0, 5}) {
    SCOPED_TRACE(recovery_point);
    file_system.Restore(compacted);
    ASSERT_TRUE(Open(false, Offset(recovery_point)).ok());
    EXPECT_TRUE(report.notes.empty()) << report.notes[0];
    EXPECT_EQ(log->offsets().log_end, Offset(5));
    ASSERT_EQ(Append({"y"})->base_offset, Offset(5));
    EXPECT_EQ(ReadAll(), (Strings{"0:x", "1:x", "2:x", "3:x", "5:y"}));
  }
}

TEST_F(LogLoaderTest, WhereGapsAreAllowedAnInterruptedCutOfATornSegmentLeavesAPrefix) {
  for (int64_t k = 1; k <= 12; ++k) {
    for (uint64_t seed = 0; seed < 16; ++seed) {
      LogHarness life;
      life.parameters.config.segment_bytes_max = 240;
      life.parameters.config.offset_gaps_allowed = true;
      ASSERT_TRUE(life.Open().ok());
      for (int i = 0; i < 14; ++i) ASSERT_TRUE(life.Append({"old"}).ok());
      ASSERT_TRUE(life.log->Sync(Offset(14)).ok());
      life.file_system.CrashProcess();
      const std::unique_ptr<File> file =
          *life.file_system.Open("/log/00000000000000000003.log", OpenMode::kReadWrite);
      ASSERT_TRUE(file->Write(100, "torn").ok());
      ASSERT_TRUE(file->Sync().ok());
      life.file_system.CrashAfterChanges(k);
      life.Open().IgnoreError();
      SeededRandom choices(seed);
      ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kSubset, &choices).ok());
      ASSERT_EQ(life.log->offsets().log_end, Offset(4)) << k << " " << seed;
    }
  }
}

TEST_F(LogLoaderTest, WhatTellsOfADeletionGoesBehindTheIndexesThatItLeft) {
  ASSERT_NO_FATAL_FAILURE(FillAndClose(5));
  const std::string index = "/log/00000000000000000002.timeindex";
  const std::string deleted = "/log/00000000000000000002.log.deleted";
  for (const std::string& path : {index, deleted}) {
    ASSERT_TRUE(file_system.Open(path, OpenMode::kCreate).ok());
  }
  const MemorySnapshot killed = file_system.Snapshot();
  bool is_done = false;
  for (int k = 1; !is_done; ++k) {
    file_system.Restore(killed);
    file_system.CrashAfterChanges(k);
    Open().IgnoreError();
    file_system.CrashProcess();
    is_done = !file_system.Stat(deleted).ok();
    EXPECT_FALSE(is_done && file_system.Stat(index).ok()) << k;
  }
}

TEST_F(LogLoaderTest, SideFilesThatADeadProcessDidNotSyncAreDurableOnceTheLogIs) {
  parameters.config.index_interval_bytes = 1;
  RecordBatchOptions options;
  options.producer_id = ProducerId(1);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(0);
  options.is_transactional = true;
  for (const std::string suffix : {".index", ".timeindex", ".txnindex", ".snapshot"}) {
    SCOPED_TRACE(suffix);
    LogHarness life;
    life.parameters = parameters;
    ASSERT_TRUE(life.Open().ok());
    // Of the time of the marker, which the log makes.
    const Timestamp now(1'700'000'000'000);
    ASSERT_TRUE(life.Append({"x"}, now).ok());
    std::string batch = MakeBatch({"aborted"}, now, options);
    ASSERT_TRUE(life.log->Append(absl::MakeSpan(batch), AppendOptions()).ok());
    TransactionEnd end{.producer_id = ProducerId(1), .producer_epoch = ProducerEpoch(0)};
    ASSERT_TRUE(life.log->EndTransaction(end, {}).ok());
    ASSERT_TRUE(life.log->RollActive().ok());
    life.file_system.SetFaultHook([&suffix](const FileOperation& operation) {
      FileFault fault;
      if (operation.kind == FileOperation::Kind::kSync && operation.path.ends_with(suffix)) {
        fault.status = absl::UnavailableError("killed");
        fault.crash = true;
      }
      return fault;
    });
    life.executor.RunUntilIdle();
    ASSERT_TRUE(life.file_system.crashed());
    life.file_system.SetFaultHook(nullptr);
    ASSERT_TRUE(life.CrashAndOpen().ok());
    ASSERT_TRUE(life.log->Sync(life.log->offsets().log_end).ok());
    const std::string path =
        absl::StrCat("/log/0000000000000000000", suffix == ".snapshot" ? 3 : 0, suffix);
    MemoryFileSystem left(
        life.file_system.Snapshot().AfterPowerLoss(PowerLossMode::kDropAll, nullptr));
    EXPECT_GT(left.Stat(path)->size_bytes, 0);
    EXPECT_EQ(*ReadWholeFile(&left, path, 1000), *ReadWholeFile(&life.file_system, path, 1000));
  }
}

TEST_F(LogLoaderTest, SnapshotsThatSayElseThanTheBatchesDoNotOutliveARecovery) {
  parameters.config.producer_expiration = absl::InfiniteDuration();
  RecordBatchOptions options;
  options.producer_id = ProducerId(1);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(0);
  options.is_transactional = true;
  std::string batch = MakeBatch({"open"}, Timestamp(1000), options);
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(log->Append(absl::MakeSpan(batch), AppendOptions()).ok());
  ASSERT_TRUE(log->RollActive().ok());
  ASSERT_TRUE(Append({"x"}).ok());
  ASSERT_TRUE(Append({"y"}).ok());
  ASSERT_TRUE(log->Close().ok());
  // Sound ones, of a log in which nothing is open: in front of the last segment, and at the end.
  for (const int offset : {1, 3}) {
    const std::unique_ptr<File> file = *file_system.Open(
        absl::StrCat("/log/0000000000000000000", offset, ".snapshot"), OpenMode::kReadWrite);
    ASSERT_GT(*file->Size(), 0);
    const std::string other = FormatProducerSnapshot({});
    ASSERT_TRUE(file->Write(0, other).ok());
    ASSERT_TRUE(file->Truncate(static_cast<int64_t>(other.size())).ok());
  }
  ASSERT_TRUE(Open(false, Offset(0)).ok());
  ASSERT_EQ(log->offsets().last_stable, Offset(0));
  // The next recovery replays only the last segment.
  ASSERT_TRUE(CrashAndOpen(Offset(3)).ok());
  EXPECT_EQ(log->offsets().last_stable, Offset(0));
  // Going back goes by the newest snapshot that is left.
  ASSERT_TRUE(Append({"z"}).ok());
  ASSERT_TRUE(log->TruncateTo(Offset(3)).ok());
  EXPECT_EQ(log->offsets().last_stable, Offset(0));
}

TEST_F(LogLoaderTest, EpochsThatEndBelowTheStartAreForgotten) {
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(Append({"x"}, Timestamp(1000), LeaderEpoch(i / 10)).ok());
  }
  ASSERT_TRUE(log->Close().ok());
  const MemorySnapshot closed = file_system.Snapshot();
  // A crash came after the start was stored.
  parameters.log_start_offset = Offset(15);
  for (const bool was_clean : {true, false}) {
    for (const bool has_file : {true, false}) {
      file_system.Restore(closed);
      if (!has_file) {
        ASSERT_TRUE(file_system.Remove("/log/leader-epoch-checkpoint").ok());
      }
      ASSERT_TRUE(Open(was_clean, Offset(30)).ok());
      EXPECT_FALSE(log->EndOffsetForEpoch(LeaderEpoch(0)).has_value()) << was_clean << has_file;
      EXPECT_EQ(log->EndOffsetForEpoch(LeaderEpoch(1))->end_offset, Offset(20));
      EXPECT_EQ(log->latest_leader_epoch(), LeaderEpoch(2));
    }
  }
}

}  // namespace
}  // namespace tidemark
