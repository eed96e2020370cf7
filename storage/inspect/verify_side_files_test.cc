// What VerifyDataDirectory says of the files around a log.

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/file_names.h"
#include "storage/format/index_entry.h"
#include "storage/format/producer_snapshot.h"
#include "storage/inspect/test_log.h"
#include "storage/inspect/test_verdict.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

TEST_F(VerifyTest, FindsEveryFlippedBitOfEverySideFile) {
  log_.WriteClosed(&file_system_);
  const MemorySnapshot sound = file_system_.Snapshot();
  for (const std::string& path : {PartitionPath(kLeaderEpochCheckpointName),
                                  PartitionPath(kPartitionMetadataFileName), RootPath("t.topic")}) {
    const auto bits = static_cast<int64_t>(GetFile(&file_system_, path).size()) * 8;
    for (int64_t bit = 0; bit < bits; ++bit) {
      file_system_.Restore(sound);
      FlipBit(&file_system_, path, bit);
      EXPECT_GT(Verify(&file_system_).totals.damage_count, 0) << path << " bit " << bit << "\n"
                                                              << GetFile(&file_system_, path);
    }
    file_system_.Restore(sound);
  }
}

TEST_F(VerifyTest, FindsEveryFlippedBitOfTheProducerIds) {
  log_.WriteClosed(&file_system_);
  const std::string path = RootPath("tidemark.producer-ids");
  PutFile(&file_system_, path,
          "version: 0\nnext_producer_id: 4611686018427388904\ncrc32c: 7b251fcf\n");
  EXPECT_EQ(Verify(&file_system_).ToString(), "");
  const auto bits = static_cast<int64_t>(GetFile(&file_system_, path).size()) * 8;
  for (int64_t bit = 0; bit < bits; ++bit) {
    FlipBit(&file_system_, path, bit);
    EXPECT_TRUE(HasDamage(Verify(&file_system_), path, "remove it")) << bit;
    FlipBit(&file_system_, path, bit);
  }
  PutFile(&file_system_, path, "version: 1\ncrc32c: b9bcba00\n");
  EXPECT_TRUE(HasNote(Verify(&file_system_), path, "version 1"));
}

TEST_F(VerifyTest, FindsMissingIndexes) {
  log_.WriteClosed(&file_system_);
  ASSERT_TRUE(file_system_.Remove(log_.IndexPath(0)).ok());
  ASSERT_TRUE(file_system_.Remove(log_.TimeIndexPath(2)).ok());
  const Verdict verdict = Verify(&file_system_);
  EXPECT_TRUE(HasDamage(verdict, log_.IndexPath(0), "missing")) << verdict.ToString();
  EXPECT_TRUE(HasDamage(verdict, log_.TimeIndexPath(2), "missing")) << verdict.ToString();
}

TEST_F(VerifyTest, FindsATimeIndexWithoutTheLargestTimestamp) {
  log_.WriteClosed(&file_system_);
  const std::string bytes = GetFile(&file_system_, log_.TimeIndexPath(0));
  PutFile(&file_system_, log_.TimeIndexPath(0), bytes.substr(0, TimeIndexEntry::kBytes));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.TimeIndexPath(0), "largest timestamp"));
}

TEST_F(VerifyTest, FindsIndexEntriesBehindTheLog) {
  log_.WriteClosed(&file_system_);
  char entry[OffsetIndexEntry::kBytes];
  OffsetIndexEntry{RelativeOffset(900), FilePosition(90000)}.Encode(entry);
  PutFile(&file_system_, log_.IndexPath(2),
          GetFile(&file_system_, log_.IndexPath(2)) + std::string(entry, sizeof(entry)));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.IndexPath(2), "behind the last batch"));
}

TEST_F(VerifyTest, AcceptsIndexEntriesInsideABatchOnlyAfterCompaction) {
  char entry[OffsetIndexEntry::kBytes];
  OffsetIndexEntry{RelativeOffset(4), FilePosition(log_.batch_positions(0)[1])}.Encode(entry);
  const std::string bytes(entry, sizeof(entry));
  log_.WriteClosed(&file_system_, true);
  PutFile(&file_system_, log_.IndexPath(0), bytes);
  EXPECT_EQ(Verify(&file_system_).ToString(), "");
  MemoryFileSystem strict;
  log_.WriteClosed(&strict, false);
  PutFile(&strict, log_.IndexPath(0), bytes);
  EXPECT_TRUE(HasDamage(Verify(&strict), log_.IndexPath(0), "not the last of a batch"));
}

TEST_F(VerifyTest, TakesZerosBehindIndexEntriesForRoom) {
  log_.WriteKilled(&file_system_);
  PutFile(&file_system_, log_.IndexPath(2), std::string(10000, '\0'));
  PutFile(&file_system_, log_.TimeIndexPath(2), std::string(12000, '\0'));
  EXPECT_EQ(Verify(&file_system_).ToString(), "");
}

TEST_F(VerifyTest, FindsCheckpointsThatClaimMoreThanThereIs) {
  log_.WriteClosed(&file_system_);
  const TopicPartition partition{"t", PartitionId(0)};
  const Offset beyond = log_.end() + 1;
  for (const absl::string_view name :
       {kRecoveryPointCheckpointName, kLogStartOffsetCheckpointName}) {
    const std::string kept = GetFile(&file_system_, RootPath(name));
    PutFile(&file_system_, RootPath(name), FormatOffsetCheckpoint({{partition, beyond}}));
    EXPECT_TRUE(HasDamage(Verify(&file_system_), RootPath(name), "ends at offset")) << name;
    PutFile(&file_system_, RootPath(name), "0\n1\nt 0");
    EXPECT_TRUE(HasDamage(Verify(&file_system_), RootPath(name), "delete it")) << name;
    PutFile(&file_system_, RootPath(name), kept);
  }
}

TEST_F(VerifyTest, FindsWrongLeaderEpochs) {
  log_.WriteClosed(&file_system_);
  const std::string path = PartitionPath(kLeaderEpochCheckpointName);
  const auto verify_with = [&](absl::Span<const LeaderEpochEntry> entries) {
    PutFile(&file_system_, path, FormatLeaderEpochCheckpoint(entries));
    return Verify(&file_system_);
  };
  const LeaderEpochEntry first{LeaderEpoch(0), Offset(100)};
  EXPECT_TRUE(HasDamage(verify_with({first}), path, "in the range of epoch 0"));
  EXPECT_TRUE(
      HasDamage(verify_with({first, {LeaderEpoch(1), Offset(118)}, {LeaderEpoch(2), Offset(119)}}),
                path, "inside"));
  EXPECT_TRUE(HasDamage(verify_with({{LeaderEpoch(1), Offset(118)}}), path, "no epoch starts"));
  EXPECT_TRUE(
      HasDamage(verify_with({first, {LeaderEpoch(1), Offset(118)}, {LeaderEpoch(2), Offset(500)}}),
                path, "starts at offset 500"));
  ASSERT_TRUE(file_system_.Remove(path).ok());
  EXPECT_TRUE(HasDamage(Verify(&file_system_), path, "missing"));
}

TEST_F(VerifyTest, FindsAForeignPartitionAndAMissingOne) {
  log_.WriteClosed(&file_system_);
  const std::string path = PartitionPath(kPartitionMetadataFileName);
  PutFile(&file_system_, path, "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAACQ");
  EXPECT_TRUE(HasDamage(Verify(&file_system_), path, "another topic's"));
  ASSERT_TRUE(file_system_.Rename(TestLog::kDirectory, "/data/t-1").ok());
  EXPECT_TRUE(HasDamage(Verify(&file_system_), "/data/t-0", "missing"));
}

TEST_F(VerifyTest, FindsBadProducerSnapshots) {
  log_.WriteClosed(&file_system_);
  const std::string path = PartitionPath("00000000000000000118.snapshot");
  ProducerSnapshotEntry producer;
  producer.producer_id = ProducerId(5);
  producer.last_offset = Offset(117);
  PutFile(&file_system_, path, FormatProducerSnapshot({producer}));
  EXPECT_EQ(Verify(&file_system_).ToString(), "");
  FlipBit(&file_system_, path, 100);
  EXPECT_TRUE(HasDamage(Verify(&file_system_), path, "delete the file"));
  producer.last_offset = Offset(118);
  PutFile(&file_system_, path, FormatProducerSnapshot({producer}));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), path, "does not cover"));
  const std::string beyond = PartitionPath("00000000000000000500.snapshot");
  PutFile(&file_system_, beyond, FormatProducerSnapshot({}));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), beyond, "the log ends at"));
}

TEST_F(VerifyTest, FindsBadTransactionIndexes) {
  log_.WriteClosed(&file_system_);
  const std::string path = PartitionPath("00000000000000000109.txnindex");
  const auto put = [&](Offset last_offset, int16_t version) {
    TransactionIndexEntry entry;
    entry.version = version;
    entry.producer_id = ProducerId(3);
    entry.first_offset = Offset(101);
    entry.last_offset = last_offset;
    entry.last_stable_offset = Offset(101);
    char bytes[TransactionIndexEntry::kBytes];
    entry.Encode(bytes);
    PutFile(&file_system_, path, absl::string_view(bytes, sizeof(bytes)));
    return Verify(&file_system_);
  };
  EXPECT_EQ(put(Offset(112), 0).ToString(), "");
  EXPECT_TRUE(HasDamage(put(Offset(112), 1), path, "version 1"));
  EXPECT_TRUE(HasDamage(put(Offset(118), 0), path, "not in its segment"));
  EXPECT_TRUE(HasDamage(put(Offset(105), 0), path, "not in its segment"));
  EXPECT_TRUE(HasDamage(put(Offset(100), 0), path, "cannot be"));
}

TEST_F(VerifyTest, FindsNothingWhereWhatIsNotFinishedIsOnStableStorage) {
  log_.WriteKilled(&file_system_, log_.end());
  PutFile(&file_system_, log_.TimeIndexPath(2), "");
  EXPECT_EQ(Verify(&file_system_).totals.damage_count, 0) << "the last segment";
  MemoryFileSystem rolled;
  log_.WriteKilled(&rolled, Offset(118));
  PutFile(&rolled, log_.IndexPath(1), "");
  PutFile(&rolled, log_.TimeIndexPath(1), "");
  PutFile(&rolled, PartitionPath("00000000000000000118.snapshot"), "");
  EXPECT_EQ(Verify(&rolled).totals.damage_count, 0) << "one that was rolled";
}

TEST_F(VerifyTest, FindsNothingAtAnyStepOfADeletion) {
  log_.WriteKilled(&file_system_, Offset(118));
  PutFile(&file_system_, RootPath(kLogStartOffsetCheckpointName),
          FormatOffsetCheckpoint({{{"t", PartitionId(0)}, Offset(118)}}));
  for (const size_t number : {0, 1}) {
    for (const std::string& path :
         {log_.LogPath(number), log_.IndexPath(number), log_.TimeIndexPath(number)}) {
      ASSERT_TRUE(file_system_.Rename(path, absl::StrCat(path, ".deleted")).ok());
      const Verdict verdict = Verify(&file_system_);
      EXPECT_EQ(verdict.totals.damage_count, 0) << path << "\n" << verdict.ToString();
    }
  }
}

TEST_F(VerifyTest, FindsNothingAtAnyStepOfTheSwapOfACompactedSegment) {
  log_.WriteClosed(&file_system_, true);
  ASSERT_TRUE(file_system_.Remove(RootPath(kCleanShutdownFileName)).ok());
  std::vector<std::string> in_place = {log_.LogPath(0), log_.IndexPath(0), log_.TimeIndexPath(0)};
  for (const std::string& path : in_place) {
    PutFile(&file_system_, absl::StrCat(path, ".swap"), GetFile(&file_system_, path));
  }
  const auto expect_nothing = [&](const std::string& step) {
    const Verdict verdict = Verify(&file_system_);
    EXPECT_EQ(verdict.totals.damage_count, 0) << step << "\n" << verdict.ToString();
  };
  std::vector<std::string> covered = in_place;
  covered.insert(covered.end(), {log_.LogPath(1), log_.IndexPath(1), log_.TimeIndexPath(1)});
  for (const std::string& path : covered) {
    ASSERT_TRUE(file_system_.Remove(path).ok());
    expect_nothing("without " + path);
  }
  for (const std::string& path : in_place) {
    ASSERT_TRUE(file_system_.Rename(absl::StrCat(path, ".swap"), path).ok());
    expect_nothing("with " + path);
  }
}

TEST_F(VerifyTest, NotesWhatDoesNotBelongThere) {
  log_.WriteClosed(&file_system_);
  PutFile(&file_system_, PartitionPath("notes.txt"), "x");
  PutFile(&file_system_, PartitionPath("truncation.tmp"), "x");
  PutFile(&file_system_, PartitionPath("00000000000000000100.log.deleted"), "x");
  PutFile(&file_system_, RootPath("readme"), "x");
  ASSERT_TRUE(file_system_.CreateDirectory(RootPath("sub")).ok());
  ASSERT_TRUE(
      file_system_.CreateDirectory(RootPath("u-0.0123456789abcdef0123456789abcdef-delete")).ok());
  const Verdict verdict = Verify(&file_system_);
  EXPECT_EQ(verdict.totals.damage_count, 0) << verdict.ToString();
  EXPECT_TRUE(HasNote(verdict, PartitionPath("notes.txt"), "unknown"));
  EXPECT_TRUE(HasNote(verdict, PartitionPath("truncation.tmp"), "being written"));
  EXPECT_TRUE(HasNote(verdict, PartitionPath("00000000000000000100.log.deleted"), "deletion"));
  EXPECT_TRUE(HasNote(verdict, RootPath("readme"), "unknown"));
  EXPECT_TRUE(HasNote(verdict, RootPath("sub"), "Kafka refuses"));
  EXPECT_EQ(verdict.totals.note_count, 6) << verdict.ToString();
}

}  // namespace
}  // namespace tidemark
