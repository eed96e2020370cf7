#include "storage/log/log_syncer.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/env/whole_file.h"
#include "storage/format/producer_snapshot.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;
using Strings = std::vector<std::string>;

// The syncer, through the log whose it is. Segments hold three records or so.
class LogSyncerTest : public ::testing::Test, public LogHarness {
 protected:
  void OpenWith(int count) {
    parameters.config.segment_bytes_max = 240;
    ASSERT_TRUE(Open().ok());
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(Append({absl::StrCat("value-", i)}, Timestamp(1000 + i)).ok());
      expected_.push_back(absl::StrCat(i, ":value-", i));
    }
  }
  // Calls `work` in place of the next call of the kind on such a path.
  void AtNext(Kind kind, const std::string& ending, std::function<FileFault()> work) {
    file_system.SetFaultHook([this, kind, ending, work](const FileOperation& call) {
      if (call.kind != kind || !absl::EndsWith(call.path, ending)) return FileFault();
      file_system.SetFaultHook(nullptr);
      return work();
    });
  }

  // Until there is room again: no such file can be written or, so asked, made.
  void FillDiskFor(const std::string& ending, Kind kind = Kind::kWrite) {
    file_system.SetFaultHook([ending, kind](const FileOperation& call) {
      if (call.kind != kind || !absl::EndsWith(call.path, ending)) return FileFault();
      return FileFault(absl::ResourceExhaustedError("full"));
    });
  }
  // Opens it after a failed Close, as the engine does, and closes it where there is room.
  void MakeRoomOpenAndClose() {
    file_system.SetFaultHook(nullptr);
    ASSERT_TRUE(CrashAndOpen(log->offsets().flushed).ok());
    ASSERT_TRUE(log->Close().ok());
  }
  // What a clean stop leaves: one for the largest timestamp of each of these small segments.
  void ExpectTimeIndexesOfOneEntry(int count) {
    int found = 0;
    for (const std::string& name : Files()) {
      if (!absl::EndsWith(name, ".timeindex")) continue;
      ++found;
      EXPECT_EQ(file_system.Stat(absl::StrCat("/log/", name))->size_bytes, 12) << name;
    }
    EXPECT_EQ(found, count);
  }

  Strings expected_;
};

TEST_F(LogSyncerTest, AnIndexThatRecoveryCouldNotStoreKeepsTheCloseFromBeingClean) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  FillDiskFor(".timeindex");
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(report.notes, (Strings{"full", "full", "full"}));
  ASSERT_TRUE(log->Sync(Offset(10)).ok());
  EXPECT_EQ(log->offsets().flushed, Offset(3)) << "the next recovery has to see the first segment";
  EXPECT_EQ(ReadAll(), expected_);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ((*log->FindByTimestamp(Timestamp(1000 + i)))->offset, Offset(i));
  }
  EXPECT_TRUE(absl::IsResourceExhausted(log->Close()));
  ASSERT_NO_FATAL_FAILURE(MakeRoomOpenAndClose());
  ExpectTimeIndexesOfOneEntry(4);
}

TEST_F(LogSyncerTest, AnIndexThatRecoveryCouldNotStoreIsStoredOnceThereIsRoom) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  for (const std::string& name : Files()) {
    if (!absl::EndsWith(name, "index")) continue;
    ASSERT_TRUE(file_system.Remove(absl::StrCat("/log/", name)).ok());
  }
  FillDiskFor(".timeindex", Kind::kCreate);
  ASSERT_TRUE(CrashAndOpen().ok());
  ASSERT_TRUE(log->Sync(Offset(10)).ok());
  file_system.SetFaultHook(nullptr);
  ASSERT_TRUE(Append({"value-10"}, Timestamp(1010)).ok());
  ASSERT_TRUE(log->Sync(Offset(11)).ok());
  ASSERT_EQ(log->offsets().flushed, Offset(11));
  ASSERT_TRUE(LosePowerAndOpen(PowerLossMode::kDropAll, &random, Offset(11)).ok());
  ASSERT_TRUE(log->Close().ok());
  ExpectTimeIndexesOfOneEntry(4);
}

TEST_F(LogSyncerTest, AnIndexThatARollCouldNotStoreKeepsTheCloseFromBeingClean) {
  FillDiskFor(".timeindex");
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  ASSERT_TRUE(log->Sync(Offset(10)).ok());
  EXPECT_EQ(log->offsets().flushed, Offset(3));
  EXPECT_TRUE(absl::IsResourceExhausted(log->Close()));
  ASSERT_NO_FATAL_FAILURE(MakeRoomOpenAndClose());
  ExpectTimeIndexesOfOneEntry(4);
}

TEST_F(LogSyncerTest, AnIndexThatCannotBeStoredKeepsTheCloseFromBeingClean) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(2));
  FillDiskFor(".timeindex");
  EXPECT_TRUE(absl::IsResourceExhausted(log->Close()));
  ASSERT_NO_FATAL_FAILURE(MakeRoomOpenAndClose());
  ExpectTimeIndexesOfOneEntry(1);
}

TEST_F(LogSyncerTest, ASnapshotThatAFullDiskCutShortDoesNotOutliveTheNextRecovery) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  FillDiskFor(".snapshot");
  ASSERT_TRUE(log->Sync(Offset(10)).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(log->Close()));
  const std::string path = "/log/00000000000000000003.snapshot";
  ASSERT_EQ(file_system.Stat(path)->size_bytes, 0);
  ASSERT_NO_FATAL_FAILURE(MakeRoomOpenAndClose());
  EXPECT_EQ(*ReadWholeFile(&file_system, path, 1000), FormatProducerSnapshot({}));
}

TEST_F(LogSyncerTest, WhatIsToGoWaitsForNoRoomForItsIndexes) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  FillDiskFor(".timeindex");
  ASSERT_TRUE(log->Sync(Offset(10)).ok());
  ASSERT_EQ(log->offsets().flushed, Offset(3));
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(6)).ok());
  EXPECT_TRUE(absl::IsNotFound(file_system.Stat("/log/00000000000000000003.log").status()));
  EXPECT_TRUE(file_system.Stat("/log/00000000000000000006.log").ok());
  EXPECT_EQ(log->offsets().flushed, Offset(9)) << "what stays still waits";
  EXPECT_TRUE(absl::IsResourceExhausted(log->Close()));
  parameters.log_start_offset = Offset(6);
  ASSERT_NO_FATAL_FAILURE(MakeRoomOpenAndClose());
  ExpectTimeIndexesOfOneEntry(2);
}

TEST_F(LogSyncerTest, ANameThatIsMadeWhileASyncRunsIsDurableWithTheNext) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(3));
  AtNext(Kind::kCreate, ".log", [this] {
    EXPECT_TRUE(log->Sync(Offset(3)).ok()) << "by another thread, say";
    return FileFault();
  });
  for (const std::string value : {"x", "y"}) ASSERT_TRUE(Append({value}).ok());
  ASSERT_EQ(log->stats().roll_count, 1);
  ASSERT_TRUE(log->Sync(Offset(5)).ok());
  ASSERT_TRUE(LosePowerAndOpen(PowerLossMode::kDropAll, &random).ok());
  EXPECT_EQ(ReadAll(), (Strings{"0:value-0", "1:value-1", "2:value-2", "3:x", "4:y"}));
}

TEST_F(LogSyncerTest, ASyncThatFailsWhileADeletionFinishesSegmentsIsFinal) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  ASSERT_GE(log->stats().roll_count, 2);
  file_system.SetFaultHook([](const FileOperation& call) {
    const bool is_index = call.kind == Kind::kWrite && absl::EndsWith(call.path, ".index");
    return is_index ? FileFault(absl::ResourceExhaustedError("full")) : FileFault();
  });
  ASSERT_TRUE(log->Sync(Offset(10)).ok()) << "what was rolled is not finished, but durable";
  AtNext(Kind::kSync, ".log", [] { return FileFault(absl::UnavailableError("EIO")); });
  const absl::Status deleted = log->DeleteRecordsBefore(Offset(4));
  EXPECT_TRUE(absl::IsDataLoss(deleted)) << deleted;
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"x"}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(log->DeleteRecordsBefore(Offset(5))));
}

TEST_F(LogSyncerTest, AFailedSyncOfTheDirectoryForAnEpochIsFinalForTheNamesOfSegments) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(5));
  ASSERT_GE(log->stats().roll_count, 1);
  AtNext(Kind::kSyncDirectory, "/log", [] { return FileFault(absl::UnavailableError("EIO")); });
  EXPECT_FALSE(log->AssignLeaderEpoch(LeaderEpoch(7)).ok());
  const absl::Status synced = log->Sync(Offset(5));
  EXPECT_TRUE(absl::IsDataLoss(synced)) << synced;
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"x"}).status()));
}

TEST_F(LogSyncerTest, AFailedSyncOfTheDirectoryForADeletionIsFinalForTheNamesOfSegments) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  ASSERT_TRUE(log->Sync(Offset(10)).ok());
  const int64_t rolls = log->stats().roll_count;
  AtNext(Kind::kRename, ".timeindex", [this] {
    AtNext(Kind::kSyncDirectory, "/log", [] { return FileFault(absl::UnavailableError("EIO")); });
    return FileFault();
  });
  EXPECT_FALSE(log->DeleteRecordsBefore(Offset(4)).ok());
  while (log->stats().roll_count == rolls) ASSERT_TRUE(Append({"x"}).ok());
  const absl::Status synced = log->Sync(log->offsets().log_end);
  EXPECT_TRUE(absl::IsDataLoss(synced)) << synced;
}

TEST_F(LogSyncerTest, WhereGapsAreAllowedAPowerLossLeavesAPrefixAlsoOfWhatWasNeverSynced) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    LogHarness life;
    life.parameters.config.segment_bytes_max = 3000;
    life.parameters.config.offset_gaps_allowed = true;
    ASSERT_TRUE(life.Open().ok());
    Strings expected;
    for (int i = 0; i < 20; ++i) {
      const std::string value(700, static_cast<char>('a' + i));
      ASSERT_TRUE(life.Append({value}).ok());
      expected.push_back(absl::StrCat(i, ":", value));
    }
    ASSERT_GE(life.log->stats().roll_count, 4);
    SeededRandom choices(seed);
    ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kSubset, &choices).ok());
    const Strings found = life.ReadAll();
    ASSERT_LE(found.size(), expected.size());
    expected.resize(found.size());
    ASSERT_EQ(found, expected) << seed;
  }
}

TEST_F(LogSyncerTest, ASyncThatFailsBeforeARollIsFinal) {
  parameters.config.offset_gaps_allowed = true;
  ASSERT_NO_FATAL_FAILURE(OpenWith(1));
  AtNext(Kind::kSync, ".log", [] { return FileFault(absl::UnavailableError("EIO")); });
  absl::Status refused;
  while (refused.ok()) refused = Append({"x"}).status();
  EXPECT_TRUE(absl::IsDataLoss(refused)) << refused;
  EXPECT_EQ(log->stats().roll_count, 0);
  EXPECT_TRUE(absl::IsDataLoss(log->Sync(Offset(1))));
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"y"}).status()));
}

TEST_F(LogSyncerTest, ANameOfATransactionIndexThatCannotBeSyncedFencesTheLog) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(1));
  ASSERT_TRUE(log->EndTransaction({ProducerId(7), ProducerEpoch(0), true, 0}, {}).ok());
  RecordBatchOptions options;
  options.producer_id = ProducerId(7);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(0);
  options.is_transactional = true;
  std::string batch = MakeBatch({"aborted"}, Timestamp(1000), options);
  ASSERT_TRUE(log->Append(absl::MakeSpan(batch), {}).ok());
  ASSERT_TRUE(log->EndTransaction({ProducerId(7), ProducerEpoch(0), false, 0}, {}).ok());
  ASSERT_TRUE(log->RollActive().ok());
  AtNext(Kind::kSync, ".txnindex", [this] {
    AtNext(Kind::kSyncDirectory, "/log", [] { return FileFault(absl::UnavailableError("EIO")); });
    return FileFault();
  });
  const Offset end = log->offsets().log_end;
  EXPECT_TRUE(absl::IsDataLoss(log->Sync(end)));
  EXPECT_TRUE(absl::IsFailedPrecondition(log->Sync(end)));
}

}  // namespace
}  // namespace tidemark
