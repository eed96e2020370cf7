// What VerifyDataDirectory says of logs that are sound, of every single kind of damage in one, and
// of what killed writers leave.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/base/bytes.h"
#include "storage/format/crc32c.h"
#include "storage/format/file_names.h"
#include "storage/format/record_batch_layout.h"
#include "storage/inspect.h"
#include "storage/inspect/test_log.h"
#include "storage/inspect/test_verdict.h"
#include "storage/memory_env.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

TEST_F(VerifyTest, FindsNothingInAClosedDirectory) {
  log_.WriteClosed(&file_system_);
  const Verdict verdict = Verify(&file_system_);
  EXPECT_EQ(verdict.ToString(), "");
  EXPECT_EQ(verdict.totals.partition_count, 1);
  EXPECT_EQ(verdict.totals.segment_count, 3);
  EXPECT_EQ(verdict.totals.batch_count, 9);
  EXPECT_EQ(verdict.totals.record_count, 27);
  EXPECT_GT(verdict.totals.bytes, 3 * static_cast<int64_t>(log_.log_bytes(0).size()));
}

TEST_F(VerifyTest, FindsNothingInAKilledWritersDirectory) {
  log_.WriteKilled(&file_system_);
  EXPECT_EQ(Verify(&file_system_).ToString(), "");
}

TEST_F(VerifyTest, FindsNothingInAnEmptyLog) {
  TestLog().WriteClosed(&file_system_);
  EXPECT_EQ(Verify(&file_system_).ToString(), "");
}

TEST_F(VerifyTest, FindsNothingInEveryCodec) {
  TestLog log;
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    TestBatch batch;
    batch.codec = codec;
    batch.timestamp = Timestamp(1000 + static_cast<int>(codec) * 10);
    log.Append(batch);
  }
  log.WriteClosed(&file_system_);
  EXPECT_EQ(Verify(&file_system_).ToString(), "");
}

TEST_F(VerifyTest, AcceptsGapsWhereTheTopicAllowsThemAndNowhereElse) {
  TestLog log;
  log.Append({});
  log.SkipOffsets(5);
  log.Append({});
  log.SkipOffsets(5);
  log.Roll();
  log.SkipOffsets(5);
  log.Append({});
  log.WriteClosed(&file_system_, true);
  EXPECT_EQ(Verify(&file_system_).ToString(), "");
  MemoryFileSystem other;
  log.WriteClosed(&other, false);
  const Verdict verdict = Verify(&other);
  EXPECT_TRUE(HasDamage(verdict, log.LogPath(0), "5 records are missing")) << verdict.ToString();
  EXPECT_TRUE(HasDamage(verdict, log.LogPath(1), "5 records are missing")) << verdict.ToString();
}

TEST_F(VerifyTest, MissingDirectoryIsNotFound) {
  EXPECT_EQ(VerifyDataDirectory(&file_system_, "/nowhere", {}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(VerifyTest, RefusesADirectoryThatHoldsOnlyOtherThings) {
  ASSERT_TRUE(file_system_.CreateDirectory("/other").ok());
  EXPECT_TRUE(VerifyDataDirectory(&file_system_, "/other", {}).ok());
  ASSERT_TRUE(file_system_.CreateDirectory("/other/dbus-1").ok());
  PutFile(&file_system_, "/other/passwd", "x");
  EXPECT_EQ(VerifyDataDirectory(&file_system_, "/other", {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  PutFile(&file_system_, "/other/meta.properties", "");
  EXPECT_TRUE(VerifyDataDirectory(&file_system_, "/other", {}).ok());
}

TEST_F(VerifyTest, SeveralDirectoriesAreCheckedTogether) {
  log_.WriteClosed(&file_system_);
  ASSERT_TRUE(file_system_.CreateDirectory("/disk2").ok());
  ASSERT_TRUE(file_system_.Rename("/data/t-0", "/disk2/t-0").ok());
  for (const char* name : {"recovery-point-offset-checkpoint", ".kafka_cleanshutdown"}) {
    PutFile(&file_system_, absl::StrCat("/disk2/", name), GetFile(&file_system_, RootPath(name)));
  }
  EXPECT_TRUE(HasDamage(Verify(&file_system_), "/data/t-0", "missing"));
  EXPECT_EQ(Verify(&file_system_, {"/disk2/"}).ToString(), "");
  EXPECT_EQ(Verify(&file_system_, {"/disk2/"}).totals.segment_count, 3);

  FlipBit(&file_system_, "/disk2/t-0/00000000000000000100.log", 8 * 70);
  EXPECT_TRUE(
      HasDamage(Verify(&file_system_, {"/disk2"}), "/disk2/t-0/00000000000000000100.log", "CRC"));
  // One that was not closed properly may still have what seems to be missing.
  ASSERT_TRUE(file_system_.Rename("/disk2/t-0", "/disk2/u-0").ok());
  EXPECT_TRUE(HasDamage(Verify(&file_system_, {"/disk2"}), "/data/t-0", "missing"));
  ASSERT_TRUE(file_system_.Remove("/disk2/.kafka_cleanshutdown").ok());
  EXPECT_TRUE(HasNote(Verify(&file_system_, {"/disk2"}), "/data/t-0", "missing"));
}

TEST_F(VerifyTest, EachOfSeveralDirectoriesMustBeOne) {
  log_.WriteClosed(&file_system_);
  ASSERT_TRUE(file_system_.CreateDirectory("/other").ok());
  PutFile(&file_system_, "/other/passwd", "x");
  VerifyOptions options;
  options.more_directories = {"/other"};
  const absl::Status foreign = VerifyDataDirectory(&file_system_, "/data", options).status();
  EXPECT_EQ(foreign.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(foreign.message().find("/other: not a data directory"), 0u) << foreign;
  options.more_directories = {"/nowhere"};
  EXPECT_EQ(VerifyDataDirectory(&file_system_, "/data", options).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(VerifyTest, FindsEveryFlippedBitOfEveryLogAndIndexOfAClosedDirectory) {
  // One record a batch: in larger ones a time index entry may name any offset.
  TestLog log;
  log.Append({{}, LeaderEpoch(0), 1, Timestamp(1000)});
  log.Append({{}, LeaderEpoch(0), 1, Timestamp(2000)});
  log.Roll();
  log.Append({{}, LeaderEpoch(3), 1, Timestamp(3000)});
  log.Append({{}, LeaderEpoch(3), 1, Timestamp(4000)});
  log.WriteClosed(&file_system_);
  const MemorySnapshot sound = file_system_.Snapshot();
  for (size_t segment = 0; segment < 2; ++segment) {
    for (const std::string& path :
         {log.LogPath(segment), log.IndexPath(segment), log.TimeIndexPath(segment)}) {
      const auto bits = static_cast<int64_t>(GetFile(&file_system_, path).size()) * 8;
      for (int64_t bit = 0; bit < bits; ++bit) {
        file_system_.Restore(sound);
        FlipBit(&file_system_, path, bit);
        EXPECT_GT(Verify(&file_system_).totals.damage_count, 0) << path << " bit " << bit;
      }
      file_system_.Restore(sound);
    }
  }
}

TEST_F(VerifyTest, NamesPositionAndOffsetOfABadBatchAndGoesOnBehindIt) {
  log_.WriteClosed(&file_system_);
  const int64_t position = log_.batch_positions(1)[1];
  FlipBit(&file_system_, log_.LogPath(1), (position + 70) * 8);
  const Verdict verdict = Verify(&file_system_);
  ASSERT_EQ(verdict.findings.size(), 1u) << verdict.ToString();
  EXPECT_EQ(verdict.findings[0].file, log_.LogPath(1));
  EXPECT_EQ(verdict.findings[0].position, FilePosition(position));
  EXPECT_EQ(verdict.findings[0].offset, Offset(112));
  EXPECT_EQ(verdict.findings[0].topic_partition, (TopicPartition{"t", PartitionId(0)}));
  EXPECT_EQ(verdict.totals.batch_count, 8);
}

TEST_F(VerifyTest, FindsABatchWhoseLengthIsHugeAndTheNextOne) {
  log_.WriteClosed(&file_system_);
  FlipBit(&file_system_, log_.LogPath(0), (log_.batch_positions(0)[1] + 8) * 8 + 6);
  const Verdict verdict = Verify(&file_system_);
  EXPECT_TRUE(HasDamage(verdict, log_.LogPath(0), "up to the next one at position"))
      << verdict.ToString();
  EXPECT_EQ(verdict.totals.batch_count, 8);
}

TEST_F(VerifyTest, FindsARemovedBatch) {
  log_.WriteClosed(&file_system_);
  std::string bytes = log_.log_bytes(1);
  const std::vector<int64_t>& positions = log_.batch_positions(1);
  bytes.erase(static_cast<size_t>(positions[1]), static_cast<size_t>(positions[2] - positions[1]));
  PutFile(&file_system_, log_.LogPath(1), bytes);
  const Verdict verdict = Verify(&file_system_);
  EXPECT_TRUE(HasDamage(verdict, log_.LogPath(1), "3 records are missing")) << verdict.ToString();
}

TEST_F(VerifyTest, FindsARepeatedBatch) {
  log_.WriteClosed(&file_system_);
  PutFile(&file_system_, log_.LogPath(1),
          log_.log_bytes(1) +
              log_.log_bytes(1).substr(static_cast<size_t>(log_.batch_positions(1)[2])));
  const Verdict verdict = Verify(&file_system_);
  EXPECT_TRUE(HasDamage(verdict, log_.LogPath(1), "the log is at offset")) << verdict.ToString();
}

TEST_F(VerifyTest, FindsOverlappingSegments) {
  log_.WriteClosed(&file_system_);
  PutFile(&file_system_, log_.LogPath(1), log_.log_bytes(1) + MakeTestBatch({Offset(118)}));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.LogPath(2), "overlaps"));
}

TEST_F(VerifyTest, FindsAMissingSegment) {
  log_.WriteClosed(&file_system_);
  ASSERT_TRUE(file_system_.Remove(log_.LogPath(1)).ok());
  const Verdict verdict = Verify(&file_system_);
  EXPECT_TRUE(HasDamage(verdict, log_.LogPath(2), "9 records from there to 118 are missing"))
      << verdict.ToString();
  EXPECT_TRUE(HasDamage(verdict, log_.IndexPath(1), "no .log file")) << verdict.ToString();
}

TEST_F(VerifyTest, FindsAMissingLastSegment) {
  log_.WriteClosed(&file_system_);
  ASSERT_TRUE(file_system_.Remove(log_.LogPath(2)).ok());
  const Verdict verdict = Verify(&file_system_);
  EXPECT_TRUE(HasDamage(verdict, RootPath(kRecoveryPointCheckpointName), "the log ends at"))
      << verdict.ToString();
}

TEST_F(VerifyTest, FindsAnEmptiedSegment) {
  log_.WriteClosed(&file_system_);
  PutFile(&file_system_, log_.LogPath(1), "");
  const Verdict verdict = Verify(&file_system_);
  EXPECT_TRUE(HasDamage(verdict, log_.LogPath(2), "missing")) << verdict.ToString();
}

TEST_F(VerifyTest, CallsATornTailOfAKilledWriterUnrecoveredNotDamaged) {
  log_.WriteKilled(&file_system_, Offset(120));
  for (const int64_t kept_bytes : {8, 30, 61, 90}) {
    std::string batch = MakeTestBatch({log_.end(), LeaderEpoch(1)});
    for (size_t i = static_cast<size_t>(kept_bytes); i < batch.size(); ++i) batch[i] = 0;
    PutFile(&file_system_, log_.LogPath(2), log_.log_bytes(2) + batch + std::string(10000, '\0'));
    const Verdict verdict = Verify(&file_system_);
    EXPECT_EQ(verdict.totals.damage_count, 0) << kept_bytes << verdict.ToString();
    EXPECT_TRUE(HasNote(verdict, log_.LogPath(2), "unrecovered tail")) << verdict.ToString();
    PutFile(&file_system_, log_.LogPath(2),
            log_.log_bytes(2) + batch.substr(0, static_cast<size_t>(kept_bytes)));
    EXPECT_EQ(Verify(&file_system_).totals.damage_count, 0) << kept_bytes;
    EXPECT_EQ(Verify(&file_system_).totals.note_count, 1) << kept_bytes;
  }
}

TEST_F(VerifyTest, FindsATornTailBelowTheRecoveryPoint) {
  log_.WriteKilled(&file_system_, log_.end());
  const std::string& bytes = log_.log_bytes(2);
  PutFile(&file_system_, log_.LogPath(2), bytes.substr(0, bytes.size() - 1));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.LogPath(2), "a batch of"));
  PutFile(
      &file_system_, log_.LogPath(2),
      bytes.substr(0, static_cast<size_t>(log_.batch_positions(2)[2])) + std::string(1000, '\0'));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), RootPath(kRecoveryPointCheckpointName),
                        "the log ends at offset 124"));
}

TEST_F(VerifyTest, FindsATornEndOfASegmentThatIsNotTheLast) {
  log_.WriteKilled(&file_system_);
  const std::string& bytes = log_.log_bytes(1);
  PutFile(&file_system_, log_.LogPath(1), bytes.substr(0, bytes.size() - 1));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.LogPath(1), "a batch of"));
}

TEST_F(VerifyTest, FindsLeaderEpochsThatFall) {
  log_.WriteKilled(&file_system_);
  ASSERT_TRUE(file_system_.Remove("/data/t-0/leader-epoch-checkpoint").ok());
  PutFile(&file_system_, log_.LogPath(2),
          log_.log_bytes(2) + MakeTestBatch({log_.end(), LeaderEpoch(0)}));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.LogPath(2), "epochs never fall"));
}

TEST_F(VerifyTest, FindsATornTailOfAClosedLogWhateverTheRecoveryPoint) {
  log_.WriteClosed(&file_system_);
  ASSERT_TRUE(file_system_.Remove(RootPath(kRecoveryPointCheckpointName)).ok());
  const std::string& bytes = log_.log_bytes(2);
  PutFile(&file_system_, log_.LogPath(2), bytes.substr(0, bytes.size() - 1));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.LogPath(2), "a batch of"));
}

TEST_F(VerifyTest, FindsDamageInFrontOfValidBatchesOfAKilledWriter) {
  log_.WriteKilled(&file_system_);
  FlipBit(&file_system_, log_.LogPath(2), (log_.batch_positions(2)[1] + 30) * 8);
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.LogPath(2), "CRC"));
}

TEST_F(VerifyTest, FindsZerosInsideTheLog) {
  log_.WriteKilled(&file_system_);
  std::string bytes = log_.log_bytes(1);
  const auto from = static_cast<size_t>(log_.batch_positions(1)[1]);
  const auto to = static_cast<size_t>(log_.batch_positions(1)[2]);
  for (size_t i = from; i < to; ++i) bytes[i] = 0;
  PutFile(&file_system_, log_.LogPath(1), bytes);
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.LogPath(1), "up to the next one"));
  for (size_t i = to; i < bytes.size(); ++i) bytes[i] = 0;
  PutFile(&file_system_, log_.LogPath(1), bytes);
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.LogPath(1), "zeros up to the end"));
}

TEST_F(VerifyTest, NotesZerosThatAKilledRollLeft) {
  log_.WriteKilled(&file_system_);
  PutFile(&file_system_, log_.LogPath(1), log_.log_bytes(1) + std::string(100, '\0'));
  ASSERT_TRUE(file_system_.Remove(log_.IndexPath(1)).ok());
  const Verdict verdict = Verify(&file_system_);
  EXPECT_EQ(verdict.totals.damage_count, 0) << verdict.ToString();
  EXPECT_TRUE(HasNote(verdict, log_.LogPath(1), "100 zeros")) << verdict.ToString();
  EXPECT_TRUE(HasNote(verdict, log_.IndexPath(1), "missing")) << verdict.ToString();
}

TEST_F(VerifyTest, ReportsOnlyWhatASecondLookFindsWhereThereMayBeAWriter) {
  // Damage that is gone by the second time the partition is listed.
  const auto verify_with_repair = [&](MemoryFileSystem* file_system) {
    FlipBit(file_system, log_.LogPath(1), 80 * 8);
    auto list_count = std::make_shared<int>(0);
    file_system->SetFaultHook([=, this](const FileOperation& operation) {
      if (operation.kind == FileOperation::Kind::kList && operation.path == TestLog::kDirectory &&
          ++*list_count == 2) {
        PutFile(file_system, log_.LogPath(1), log_.log_bytes(1));
      }
      return FileFault();
    });
    return Verify(file_system);
  };
  log_.WriteKilled(&file_system_);
  const Verdict killed = verify_with_repair(&file_system_);
  EXPECT_EQ(killed.ToString(), "");
  EXPECT_EQ(killed.totals.batch_count, 9);
  MemoryFileSystem closed;
  log_.WriteClosed(&closed);
  EXPECT_EQ(verify_with_repair(&closed).totals.damage_count, 1);
}

TEST_F(VerifyTest, LeavesOutAPartitionThatIsDeletedMeanwhile) {
  log_.WriteKilled(&file_system_);
  FlipBit(&file_system_, log_.LogPath(1), 80 * 8);
  bool is_done = false;
  file_system_.SetFaultHook([&](const FileOperation& operation) {
    if (operation.kind == FileOperation::Kind::kOpen && operation.path == log_.LogPath(2) &&
        !is_done) {
      is_done = true;
      EXPECT_TRUE(file_system_.Rename(TestLog::kDirectory, "/gone").ok());
    }
    return FileFault();
  });
  const Verdict verdict = Verify(&file_system_);
  EXPECT_EQ(verdict.ToString(), "");
  EXPECT_EQ(verdict.totals.partition_count, 0);
}

TEST_F(VerifyTest, FindsAForeignFileInPlaceOfASegment) {
  log_.WriteClosed(&file_system_);
  PutFile(&file_system_, log_.LogPath(1), std::string(3000, 'a'));
  const Verdict verdict = Verify(&file_system_);
  EXPECT_TRUE(HasDamage(verdict, log_.LogPath(1), "no batch in the 3000 bytes"))
      << verdict.ToString();
}

TEST_F(VerifyTest, FindsMessageSetsOfOldMagic) {
  log_.WriteClosed(&file_system_);
  std::string bytes(200, '\x01');
  bytes[8] = bytes[9] = bytes[10] = 0;
  bytes[11] = 100;
  PutFile(&file_system_, log_.LogPath(1), bytes);
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log_.LogPath(1), "(magic) 1"));
}

// Sums the batch anew, so that only what its bytes say can be wrong.
void SetCrc(std::string* batch) {
  StoreBigEndian(Crc32c(absl::string_view(*batch).substr(record_batch_layout::kAttributes)),
                 batch->data() + record_batch_layout::kCrc);
}

TEST_F(VerifyTest, FindsWhatIsWrongUnderAGoodCrc) {
  TestLog log;
  log.Append({});
  log.WriteClosed(&file_system_);
  const auto verify_with = [&](size_t position, char value) {
    std::string bytes = log.log_bytes(0);
    bytes[position] = value;
    SetCrc(&bytes);
    PutFile(&file_system_, log.LogPath(0), bytes);
    return Verify(&file_system_);
  };
  const std::string path = log.LogPath(0);
  EXPECT_TRUE(HasDamage(verify_with(record_batch_layout::kMaxTimestamp + 7, 0), path,
                        "largest timestamp of its records is 1002"));
  EXPECT_TRUE(HasDamage(verify_with(record_batch_layout::kLastOffsetDelta + 3, 9), path,
                        "3 records for 10 offsets"));
  EXPECT_TRUE(
      HasDamage(verify_with(record_batch_layout::kHeaderBytes, 100), path, "the CRC holds, but"));
  EXPECT_TRUE(
      HasDamage(verify_with(record_batch_layout::kAttributes + 1, 4), path, "the CRC holds, but"))
      << "not compressed by zstd";
}

TEST_F(VerifyTest, FindsARecordBehindTheLastOffsetOfItsBatch) {
  TestLog log;
  log.Append({});
  log.WriteClosed(&file_system_, true);
  RecordBatchBuilder builder;
  ASSERT_TRUE(builder.AddAt(0, Record{{}, "first", {}, Timestamp(1000)}).ok());
  ASSERT_TRUE(builder.AddAt(2, Record{{}, "last", {}, Timestamp(1002)}).ok());
  const absl::StatusOr<absl::Span<char>> batch = builder.Finish();
  ASSERT_TRUE(batch.ok());
  std::string bytes(batch->data(), batch->size());
  StampBatch(Offset(0), LeaderEpoch(0), absl::MakeSpan(bytes));
  PutFile(&file_system_, log.LogPath(0), bytes);
  EXPECT_EQ(Verify(&file_system_).ToString(), "");
  bytes[record_batch_layout::kLastOffsetDelta + 3] = 1;
  SetCrc(&bytes);
  PutFile(&file_system_, log.LogPath(0), bytes);
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log.LogPath(0), "the CRC holds, but"));
}

TEST_F(VerifyTest, FindsAControlRecordWithoutAKey) {
  TestLog log;
  log.Append({{}, LeaderEpoch(0), 1});
  log.WriteClosed(&file_system_);
  RecordBatchOptions options;
  options.is_control = true;
  options.leader_epoch = LeaderEpoch(0);
  RecordBatchBuilder builder(options);
  ASSERT_TRUE(builder.Add(Record{{}, "value", {}, Timestamp(1000)}).ok());
  const absl::StatusOr<absl::Span<char>> batch = builder.Finish();
  ASSERT_TRUE(batch.ok());
  PutFile(&file_system_, log.LogPath(0), absl::string_view(batch->data(), batch->size()));
  EXPECT_TRUE(HasDamage(Verify(&file_system_), log.LogPath(0), "without a key"));
}

TEST_F(VerifyTest, TakesADecompressionBombForDamage) {
  TestLog log;
  log.Append({{}, LeaderEpoch(0), 4, Timestamp(1000), 100000, Codec::kZstd});
  log.WriteClosed(&file_system_);
  VerifyOptions options;
  options.decompressed_bytes_max = 100000;
  const absl::StatusOr<VerifyTotals> totals =
      VerifyDataDirectory(&file_system_, TestLog::kRoot, options);
  ASSERT_TRUE(totals.ok());
  EXPECT_EQ(totals->damage_count, 1);
}

TEST_F(VerifyTest, KeepsTheNumberOfFindingsForAFileBounded) {
  TestLog log;
  for (int i = 0; i < 300; ++i) log.Append({});
  log.WriteClosed(&file_system_);
  std::string bytes = log.log_bytes(0);
  for (const int64_t position : log.batch_positions(0))
    bytes[static_cast<size_t>(position + 80)] ^= 1;
  PutFile(&file_system_, log.LogPath(0), bytes);
  const Verdict verdict = Verify(&file_system_);
  EXPECT_LE(verdict.findings.size(), 102u);
  EXPECT_TRUE(HasDamage(verdict, log.LogPath(0), "more places with damage"));
}

TEST_F(VerifyTest, ReportsUnreadableFilesAsDamageAndGoesOn) {
  log_.WriteClosed(&file_system_);
  file_system_.SetFaultHook([&](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kRead && operation.path == log_.LogPath(1)
               ? FileFault(absl::UnavailableError("I/O error"))
               : FileFault();
  });
  const Verdict verdict = Verify(&file_system_);
  EXPECT_TRUE(HasDamage(verdict, log_.LogPath(1), "I/O error")) << verdict.ToString();
  EXPECT_EQ(verdict.totals.batch_count, 6);
}

TEST_F(VerifyTest, ShowsProgressUpToTheEnd) {
  TestLog log;
  for (int i = 0; i < 5; ++i) log.Append({{}, LeaderEpoch(0), 1, Timestamp(1000 + i), 5 << 20});
  log.WriteClosed(&file_system_);
  int calls = 0;
  int64_t last_done = 0;
  VerifyOptions options;
  options.on_progress = [&](int64_t done, int64_t total) {
    ++calls;
    EXPECT_GE(done, last_done);
    EXPECT_LE(done, total);
    last_done = done;
  };
  ASSERT_TRUE(VerifyDataDirectory(&file_system_, TestLog::kRoot, options).ok());
  EXPECT_GE(calls, 3);
  EXPECT_GE(last_done, static_cast<int64_t>(log.log_bytes(0).size()));
}

}  // namespace
}  // namespace tidemark
