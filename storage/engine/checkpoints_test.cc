// A checkpoint never says more than the logs did, whatever happens to its file.

#include "storage/engine/checkpoints.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/env/whole_file.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

TopicPartition Partition(const std::string& topic, int32_t number) {
  return {topic, PartitionId(number)};
}

CheckpointedOffsets Offsets(const std::string& topic, int32_t number, int64_t start,
                            int64_t flushed, int64_t end) {
  return {Partition(topic, number),
          {Offset(start), Offset(flushed), Offset(end), Offset(end), Offset(end)}};
}

class CheckpointsTest : public ::testing::Test {
 protected:
  CheckpointsTest() {
    EXPECT_TRUE(file_system_.CreateDirectory("/d").ok());
    EXPECT_TRUE(file_system_.SyncDirectory("/").ok());
    Load();
  }

  // As a new process.
  void Load() {
    checkpoints_ = std::make_unique<Checkpoints>(&file_system_, "/d");
    EXPECT_TRUE(checkpoints_->Load().ok());
  }

  absl::Status Write(const std::vector<CheckpointedOffsets>& partitions) {
    checkpoints_->BeginWrite();
    return checkpoints_->Write(partitions, {});
  }

  int64_t Point(const std::string& topic, int32_t number) {
    return checkpoints_->recovery_point(Partition(topic, number)).value();
  }

  void Damage(const std::string& name, const std::string& text) {
    ASSERT_TRUE(ReplaceWholeFile(&file_system_, "/d", name, text).ok());
  }

  MemoryFileSystem file_system_;
  std::unique_ptr<Checkpoints> checkpoints_;
};

TEST_F(CheckpointsTest, WhatWasWrittenIsLoaded) {
  ASSERT_TRUE(Write({Offsets("a", 0, 0, 5, 7), Offsets("a", 1, 3, 4, 4)}).ok());
  file_system_.CrashProcess();
  Load();
  EXPECT_EQ(Point("a", 0), 5);
  EXPECT_EQ(Point("a", 1), 4);
  EXPECT_EQ(Point("b", 0), 0);
  EXPECT_EQ(checkpoints_->log_start(Partition("a", 0)), Offset(0));
  EXPECT_EQ(checkpoints_->log_start(Partition("a", 1)), Offset(3));
  EXPECT_EQ(*ReadWholeFile(&file_system_, "/d/log-start-offset-checkpoint", 100), "0\n1\na 1 3\n");
  EXPECT_EQ(*ReadWholeFile(&file_system_, "/d/replication-offset-checkpoint", 100),
            "0\n2\na 0 7\na 1 4\n");
}

TEST_F(CheckpointsTest, MissingAndDamagedFilesCountAsEmpty) {
  for (const std::string text :
       {"", "0\n", "0\n2\na 0 5\n", "1\n1\na 0 5\n", "0\n1\na 0 five\n", "\xff\xff"}) {
    Damage("recovery-point-offset-checkpoint", text);
    Damage("log-start-offset-checkpoint", text);
    Load();
    EXPECT_EQ(Point("a", 0), 0) << text;
    EXPECT_EQ(checkpoints_->log_start(Partition("a", 0)), Offset(0)) << text;
  }
}

TEST_F(CheckpointsTest, OneThatTheDiskDoesNotGiveIsAnErrorAndNotEmpty) {
  ASSERT_TRUE(Write({Offsets("a", 0, 3, 5, 7)}).ok());
  int64_t failed = 0;
  for (int64_t number = 1; number <= failed + 1; ++number) {
    int64_t seen = 0;
    file_system_.SetFaultHook([&](const FileOperation&) -> FileFault {
      if (++seen != number) return {};
      return absl::UnavailableError("I/O error");
    });
    checkpoints_ = std::make_unique<Checkpoints>(&file_system_, "/d");
    const absl::Status loaded = checkpoints_->Load();
    file_system_.SetFaultHook(nullptr);
    if (loaded.ok()) continue;
    ++failed;
    EXPECT_TRUE(absl::IsUnavailable(loaded)) << loaded;
    EXPECT_NE(loaded.message().find("/d/"), std::string::npos) << loaded;
  }
  EXPECT_GE(failed, 6) << "each file is opened and read";
}

TEST_F(CheckpointsTest, NegativeOffsetsCountAsNone) {
  Damage("recovery-point-offset-checkpoint", "0\n1\na 0 -5\n");
  Load();
  EXPECT_EQ(Point("a", 0), 0);
}

TEST_F(CheckpointsTest, KnowsWhatTheFilesMention) {
  EXPECT_FALSE(checkpoints_->Mentions("a", PartitionId(0)));
  ASSERT_TRUE(Write({Offsets("a", 2, 0, 5, 7), Offsets("ab", 0, 0, 0, 0)}).ok());
  Load();
  EXPECT_TRUE(checkpoints_->Mentions("a", PartitionId(0)));
  EXPECT_TRUE(checkpoints_->Mentions("a", PartitionId(2)));
  EXPECT_FALSE(checkpoints_->Mentions("a", PartitionId(3)));
  EXPECT_FALSE(checkpoints_->Mentions("aa", PartitionId(0)));
  ASSERT_TRUE(Write({}).ok());
  EXPECT_FALSE(checkpoints_->Mentions("a", PartitionId(0)));
}

TEST_F(CheckpointsTest, AFileThatCannotBeReadMayMentionAnything) {
  Damage("log-start-offset-checkpoint", "torn");
  Load();
  EXPECT_TRUE(checkpoints_->Mentions("a", PartitionId(0)));
  ASSERT_TRUE(Write({}).ok());
  EXPECT_FALSE(checkpoints_->Mentions("a", PartitionId(0)));
}

TEST_F(CheckpointsTest, AFailedWriteLeavesOldAndNewMentioned) {
  ASSERT_TRUE(Write({Offsets("a", 0, 0, 5, 7)}).ok());
  for (int64_t failing = 1; failing <= 15; ++failing) {
    ASSERT_TRUE(Write({Offsets("a", 0, 0, 5, 7)}).ok());
    const int64_t change = file_system_.changes() + failing;
    file_system_.SetFaultHook([change](const FileOperation& operation) -> FileFault {
      if (operation.change_ordinal != change) return {};
      return absl::ResourceExhaustedError("full");
    });
    const absl::Status status = Write({Offsets("b", 0, 0, 6, 7)});
    file_system_.SetFaultHook(nullptr);
    EXPECT_TRUE(checkpoints_->Mentions("b", PartitionId(0)));
    EXPECT_EQ(checkpoints_->Mentions("a", PartitionId(0)), !status.ok()) << failing;
    EXPECT_LE(Point("a", 0), 5);
    EXPECT_LE(Point("b", 0), 6);
  }
}

TEST_F(CheckpointsTest, LoweringIsOnStableStorage) {
  ASSERT_TRUE(Write({Offsets("a", 0, 0, 5, 7), Offsets("a", 1, 0, 5, 5)}).ok());
  ASSERT_TRUE(checkpoints_->LowerRecoveryPoint(Partition("a", 0), Offset(2)).ok());
  SeededRandom random(1);
  file_system_.PowerLoss(PowerLossMode::kDropAll, &random);
  Load();
  EXPECT_EQ(Point("a", 0), 2);
  EXPECT_EQ(Point("a", 1), 5);
}

TEST_F(CheckpointsTest, LoweringNeverRaises) {
  ASSERT_TRUE(Write({Offsets("a", 0, 0, 5, 7)}).ok());
  const int64_t changes = file_system_.changes();
  ASSERT_TRUE(checkpoints_->LowerRecoveryPoint(Partition("a", 0), Offset(6)).ok());
  ASSERT_TRUE(checkpoints_->LowerRecoveryPoint(Partition("b", 0), Offset(6)).ok());
  EXPECT_EQ(file_system_.changes(), changes);
  Load();
  EXPECT_EQ(Point("a", 0), 5);
  EXPECT_EQ(Point("b", 0), 0);
}

TEST_F(CheckpointsTest, AWriteThatBeganBeforeATruncationDoesNotUndoIt) {
  checkpoints_->BeginWrite();
  // The log was asked here, and said 5.
  ASSERT_TRUE(checkpoints_->LowerRecoveryPoint(Partition("a", 0), Offset(2)).ok());
  ASSERT_TRUE(checkpoints_->LowerRecoveryPoint(Partition("a", 0), Offset(3)).ok());
  ASSERT_TRUE(checkpoints_->Write({Offsets("a", 0, 0, 5, 7)}, {}).ok());
  Load();
  EXPECT_EQ(Point("a", 0), 2);
  ASSERT_TRUE(Write({Offsets("a", 0, 0, 5, 7)}).ok());
  EXPECT_EQ(Point("a", 0), 5);
}

TEST_F(CheckpointsTest, AStoredLogStartIsOnStableStorageAndNoOlderOneReplacesIt) {
  ASSERT_TRUE(Write({Offsets("a", 0, 3, 5, 7), Offsets("a", 1, 4, 5, 5)}).ok());
  checkpoints_->BeginWrite();
  // The logs were asked here.
  ASSERT_TRUE(checkpoints_->StoreLogStart(Partition("a", 0), Offset(6)).ok());
  ASSERT_TRUE(checkpoints_->StoreLogStart(Partition("gone", 0), Offset(6)).ok());
  SeededRandom random(1);
  file_system_.PowerLoss(PowerLossMode::kDropAll, &random);
  ASSERT_TRUE(checkpoints_->Write({Offsets("a", 0, 3, 5, 7), Offsets("a", 1, 4, 5, 5)}, {}).ok());
  Load();
  EXPECT_EQ(checkpoints_->log_start(Partition("a", 0)), Offset(6));
  EXPECT_EQ(checkpoints_->log_start(Partition("a", 1)), Offset(4));
  EXPECT_EQ(checkpoints_->log_start(Partition("gone", 0)), Offset(0));
  ASSERT_TRUE(checkpoints_->StoreLogStart(Partition("a", 1), Offset(2)).ok());
  Load();
  EXPECT_EQ(checkpoints_->log_start(Partition("a", 1)), Offset(2)) << "a log that starts anew";
}

TEST_F(CheckpointsTest, LoweringAfterAFailedWriteLeavesNoDoubt) {
  ASSERT_TRUE(Write({Offsets("a", 0, 0, 1, 7)}).ok());
  // The new file is in place, but not known to be.
  file_system_.SetFaultHook([](const FileOperation& operation) -> FileFault {
    if (operation.kind != FileOperation::Kind::kSyncDirectory) return {};
    return absl::UnavailableError("I/O error");
  });
  EXPECT_FALSE(Write({Offsets("a", 0, 0, 5, 7)}).ok());
  EXPECT_FALSE(checkpoints_->LowerRecoveryPoint(Partition("a", 0), Offset(2)).ok());
  file_system_.SetFaultHook(nullptr);
  ASSERT_TRUE(checkpoints_->LowerRecoveryPoint(Partition("a", 0), Offset(2)).ok());
  Load();
  EXPECT_LE(Point("a", 0), 2);
}

TEST_F(CheckpointsTest, TheCleanMarkerIsThereOnce) {
  EXPECT_FALSE(*TakeCleanShutdownMarker(&file_system_, "/d"));
  ASSERT_TRUE(WriteCleanShutdownMarker(&file_system_, "/d").ok());
  EXPECT_TRUE(*TakeCleanShutdownMarker(&file_system_, "/d"));
  EXPECT_FALSE(*TakeCleanShutdownMarker(&file_system_, "/d"));
}

}  // namespace
}  // namespace tidemark
