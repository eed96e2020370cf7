// ReadOnlyPartition on closed, killed, growing and changing logs.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/file_names.h"
#include "storage/format/index_entry.h"
#include "storage/inspect.h"
#include "storage/inspect/test_log.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

TestLog MakeLog() {
  TestLog log(Offset(100));
  for (int segment = 0; segment < 3; ++segment) {
    if (segment > 0) log.Roll();
    for (int batch = 0; batch < 3; ++batch) {
      log.Append({{}, LeaderEpoch(0), 3, Timestamp(1000 * (segment + 1) + 10 * batch)});
    }
  }
  return log;
}

class ReadOnlyPartitionTest : public testing::Test {
 protected:
  void Open() {
    absl::StatusOr<std::unique_ptr<ReadOnlyPartition>> partition =
        ReadOnlyPartition::Open(&file_system_, TestLog::kDirectory);
    ASSERT_TRUE(partition.ok()) << partition.status();
    partition_ = *std::move(partition);
  }

  // Reads on from `from` until nothing more comes; the base offsets of the batches.
  std::vector<int64_t> ReadAll(Offset from, int64_t bytes_max = 1) {
    std::vector<int64_t> offsets;
    for (std::string bytes;;) {
      const absl::StatusOr<Offset> next = partition_->Read(from, bytes_max, &bytes);
      EXPECT_TRUE(next.ok()) << next.status();
      if (!next.ok() || bytes.empty()) break;
      for (absl::string_view rest = bytes; !rest.empty();) {
        const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
        EXPECT_TRUE(batch.ok());
        offsets.push_back(batch->base_offset().value());
        rest.remove_prefix(batch->bytes().size());
        from = batch->next_offset();
      }
      EXPECT_EQ(*next, from);
    }
    position_ = from;
    return offsets;
  }

  absl::Status ReadStatus(Offset from) {
    std::string bytes;
    return partition_->Read(from, 1, &bytes).status();
  }

  MemoryFileSystem file_system_;
  TestLog log_ = MakeLog();
  std::unique_ptr<ReadOnlyPartition> partition_;
  Offset position_;
  size_t last_segment_ = 2;  // Of log_.
};

const std::vector<int64_t> kAll = {100, 103, 106, 109, 112, 115, 118, 121, 124};

TEST_F(ReadOnlyPartitionTest, ListsLivePartitionsInOrder) {
  log_.WriteClosed(&file_system_);
  for (const char* name :
       {"b-0", "a-10", "a-2", "c", "d-0.0123456789abcdef0123456789abcdef-delete"}) {
    ASSERT_TRUE(file_system_.CreateDirectory(absl::StrCat("/data/", name)).ok());
  }
  PutFile(&file_system_, "/data/e-0", "a file");
  const absl::StatusOr<std::vector<PartitionDirectory>> partitions =
      ListPartitions(&file_system_, {"/data"});
  ASSERT_TRUE(partitions.ok());
  std::string paths;
  for (const PartitionDirectory& partition : *partitions)
    absl::StrAppend(&paths, partition.path, " ");
  EXPECT_EQ(paths, "/data/a-2 /data/a-10 /data/b-0 /data/t-0 ");
  EXPECT_EQ(ListPartitions(&file_system_, {"/nowhere"}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ReadOnlyPartitionTest, ListsThePartitionsOfSeveralDirectoriesTogether) {
  log_.WriteClosed(&file_system_);
  for (const char* name : {"/disk2", "/data/a-1", "/disk2/a-0"}) {
    ASSERT_TRUE(file_system_.CreateDirectory(name).ok());
  }
  PutFile(&file_system_, "/disk2/.lock", "");
  std::string paths;
  const auto partitions = ListPartitions(&file_system_, {"/data", "/disk2"}).value();
  for (const PartitionDirectory& partition : partitions) {
    absl::StrAppend(&paths, partition.path, " ");
    EXPECT_EQ(partition.home, "/data");
  }
  EXPECT_EQ(paths, "/disk2/a-0 /data/a-1 /data/t-0 ");
  EXPECT_EQ(ListPartitions(&file_system_, {"/data", "/nowhere"}).status().code(),
            absl::StatusCode::kNotFound);
  const absl::Status wrong_first = ListPartitions(&file_system_, {"/disk2", "/data"}).status();
  EXPECT_EQ(wrong_first.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(wrong_first.message().find("/data/t.topic: belongs into the first"), 0u) << wrong_first;
  ASSERT_TRUE(file_system_.CreateDirectory("/etc").ok());
  EXPECT_TRUE(ListPartitions(&file_system_, {"/etc"}).value().empty());
  ASSERT_TRUE(file_system_.CreateDirectory("/etc/dbus-1").ok());
  EXPECT_EQ(ListPartitions(&file_system_, {"/data", "/etc"}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  PutFile(&file_system_, "/disk2/tidemark.producer-ids", "");
  EXPECT_EQ(ListPartitions(&file_system_, {"/data", "/disk2"}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(file_system_.Remove("/disk2/tidemark.producer-ids").ok());
  ASSERT_TRUE(file_system_.CreateDirectory("/disk2/a-1").ok());
  const absl::Status twice = ListPartitions(&file_system_, {"/data", "/disk2"}).status();
  EXPECT_EQ(twice.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(twice.message().find("/data/a-1 and /disk2/a-1: one partition"), 0u) << twice;
}

TEST_F(ReadOnlyPartitionTest, AMissingSegmentIsDamageAlsoWhereTheTopicsFileIsElsewhere) {
  log_.WriteClosed(&file_system_);
  ASSERT_TRUE(file_system_.CreateDirectory("/disk2").ok());
  ASSERT_TRUE(file_system_.Remove(log_.LogPath(1)).ok());
  ASSERT_TRUE(file_system_.Rename("/data/t-0", "/disk2/t-0").ok());
  const std::vector<PartitionDirectory> found =
      ListPartitions(&file_system_, {"/data", "/disk2"}).value();
  partition_ = ReadOnlyPartition::Open(&file_system_, found[0].path, found[0].home).value();
  EXPECT_EQ(ReadStatus(Offset(109)).code(), absl::StatusCode::kDataLoss);
}

TEST_F(ReadOnlyPartitionTest, ReadsEveryBatchOnceFromClosedAndKilledDirectories) {
  log_.WriteClosed(&file_system_);
  Open();
  EXPECT_EQ(partition_->topic_partition(), (TopicPartition{"t", PartitionId(0)}));
  EXPECT_EQ(*partition_->FindStart(), Offset(100));
  EXPECT_EQ(*partition_->FindEnd(), Offset(127));
  EXPECT_EQ(ReadAll(Offset(100)), kAll);
  EXPECT_EQ(ReadAll(Offset(100), 400), kAll);
  EXPECT_EQ(ReadAll(Offset(100), 1 << 20), kAll);
  MemoryFileSystem killed;
  log_.WriteKilled(&killed);
  partition_ = *ReadOnlyPartition::Open(&killed, TestLog::kDirectory);
  EXPECT_EQ(*partition_->FindEnd(), Offset(127));
  EXPECT_EQ(ReadAll(Offset(100)), kAll);
}

TEST_F(ReadOnlyPartitionTest, ReadsFromAnyOffset) {
  log_.WriteClosed(&file_system_);
  Open();
  for (int64_t from = 100; from < 127; ++from) {
    const std::vector<int64_t> expected(kAll.begin() + (from - 100) / 3, kAll.end());
    EXPECT_EQ(ReadAll(Offset(from)), expected) << from;
  }
  EXPECT_EQ(ReadAll(Offset(127)), std::vector<int64_t>());
}

TEST_F(ReadOnlyPartitionTest, StaysWithinTheBytesAskedFor) {
  log_.WriteClosed(&file_system_);
  Open();
  const auto batch_bytes = static_cast<int64_t>(log_.batch_positions(0)[1]);
  std::string bytes;
  EXPECT_EQ(*partition_->Read(Offset(100), 2 * batch_bytes + 1, &bytes), Offset(106));
  EXPECT_EQ(static_cast<int64_t>(bytes.size()), 2 * batch_bytes);
}

TEST_F(ReadOnlyPartitionTest, RefusesOffsetsOutsideTheLog) {
  log_.WriteClosed(&file_system_);
  Open();
  EXPECT_EQ(ReadStatus(Offset(99)).code(), absl::StatusCode::kOutOfRange);
  const absl::Status above = ReadStatus(Offset(128));
  EXPECT_EQ(above.code(), absl::StatusCode::kOutOfRange);
  EXPECT_TRUE(absl::StrContains(above.message(), "t-0: offset 128")) << above;
  EXPECT_TRUE(absl::StrContains(above.message(), "from offset 100 to 127")) << above;
}

TEST_F(ReadOnlyPartitionTest, StartsAtTheCheckpointedLogStart) {
  log_.WriteClosed(&file_system_);
  PutFile(&file_system_, "/data/log-start-offset-checkpoint",
          FormatOffsetCheckpoint({{{"t", PartitionId(0)}, Offset(110)}}));
  Open();
  EXPECT_EQ(*partition_->FindStart(), Offset(110));
  EXPECT_EQ(ReadStatus(Offset(109)).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReadAll(Offset(110)).front(), 109);
  EXPECT_EQ((*partition_->FindByTimestamp(Timestamp(0)))->offset, Offset(110));
}

TEST_F(ReadOnlyPartitionTest, FollowsAppendsAndRolls) {
  log_.WriteKilled(&file_system_);
  Open();
  EXPECT_EQ(ReadAll(Offset(124)), std::vector<int64_t>({124}));
  const auto write = [&] {
    for (size_t i = 2;; ++i) {
      const bool is_last = i == last_segment_;
      PutFile(&file_system_, log_.LogPath(i),
              log_.log_bytes(i) + (is_last ? std::string(9000, '\0') : ""));
      if (is_last) break;
    }
  };
  log_.Append({{}, LeaderEpoch(0), 1});
  write();
  EXPECT_EQ(ReadAll(position_), std::vector<int64_t>({127}));
  EXPECT_EQ(*partition_->FindEnd(), Offset(128));
  log_.Append({{}, LeaderEpoch(0), 1});
  log_.Roll();
  ++last_segment_;
  write();
  EXPECT_EQ(ReadAll(position_), std::vector<int64_t>({128})) << "a new segment without batches";
  log_.Append({{}, LeaderEpoch(0), 2});
  log_.Roll();
  ++last_segment_;
  log_.Append({{}, LeaderEpoch(0), 2});
  write();
  EXPECT_EQ(ReadAll(position_), std::vector<int64_t>({129, 131}));
  EXPECT_EQ(*partition_->FindEnd(), Offset(133));
  EXPECT_EQ(ReadAll(position_), std::vector<int64_t>());
}

TEST_F(ReadOnlyPartitionTest, NoticesTruncationAndWhatIsAppendedInstead) {
  log_.WriteKilled(&file_system_);
  Open();
  EXPECT_EQ(ReadAll(Offset(118)), std::vector<int64_t>({118, 121, 124}));
  const std::string kept =
      log_.log_bytes(2).substr(0, static_cast<size_t>(log_.batch_positions(2)[1]));
  PutFile(&file_system_, log_.LogPath(2), kept);
  EXPECT_EQ(ReadStatus(position_).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(*partition_->FindEnd(), Offset(121));
  EXPECT_EQ(ReadAll(Offset(121)), std::vector<int64_t>());
  // Longer than before, with other batches at the same positions.
  PutFile(&file_system_, log_.LogPath(2),
          kept + MakeTestBatch({Offset(121), LeaderEpoch(1), 4}) +
              MakeTestBatch({Offset(125), LeaderEpoch(1), 4}));
  EXPECT_EQ(ReadAll(Offset(121)), std::vector<int64_t>({121, 125}));
  EXPECT_EQ(*partition_->FindEnd(), Offset(129));
}

TEST_F(ReadOnlyPartitionTest, ReadsOnWhereATruncatedLogHasGrownPastItsPlace) {
  log_.WriteKilled(&file_system_);
  Open();
  EXPECT_EQ(ReadAll(Offset(118)), std::vector<int64_t>({118, 121, 124}));
  ASSERT_EQ(position_, Offset(127));
  PutFile(&file_system_, log_.LogPath(2),
          log_.log_bytes(2).substr(0, static_cast<size_t>(log_.batch_positions(2)[1])) +
              MakeTestBatch({Offset(121), LeaderEpoch(1), 4, Timestamp(1), 100}) +
              MakeTestBatch({Offset(125), LeaderEpoch(1), 4, Timestamp(1), 100}));
  EXPECT_EQ(ReadAll(Offset(127)), std::vector<int64_t>({125}));
}

TEST_F(ReadOnlyPartitionTest, NoticesThatTheLogWasReplaced) {
  log_.WriteKilled(&file_system_);
  Open();
  EXPECT_EQ(ReadAll(Offset(118)), std::vector<int64_t>({118, 121, 124}));
  for (size_t i = 0; i < 3; ++i) ASSERT_TRUE(file_system_.Remove(log_.LogPath(i)).ok());
  TestLog other(Offset(500));
  other.Append({});
  PutFile(&file_system_, other.LogPath(0), other.log_bytes(0));
  EXPECT_EQ(ReadStatus(position_).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReadAll(*partition_->FindStart()), std::vector<int64_t>({500}));
}

TEST_F(ReadOnlyPartitionTest, SaysNotFoundOnceThePartitionIsDeleted) {
  log_.WriteKilled(&file_system_);
  Open();
  EXPECT_EQ(ReadAll(Offset(124)), std::vector<int64_t>({124}));
  ASSERT_TRUE(file_system_.Rename(TestLog::kDirectory, "/data/gone").ok());
  EXPECT_EQ(ReadStatus(position_).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(partition_->FindStart().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(partition_->FindEnd().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadOnlyPartition::Open(&file_system_, TestLog::kDirectory).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadOnlyPartition::Open(&file_system_, "/data/gone").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ReadOnlyPartitionTest, EndsInFrontOfATornTailUntilItIsWhole) {
  log_.WriteKilled(&file_system_);
  Open();
  const std::string next = MakeTestBatch({log_.end()});
  for (size_t kept = 1; kept < next.size(); kept += 13) {
    PutFile(&file_system_, log_.LogPath(2),
            log_.log_bytes(2) + next.substr(0, kept) + std::string(10000, '\0'));
    EXPECT_EQ(ReadAll(Offset(124)), std::vector<int64_t>({124})) << kept;
    EXPECT_EQ(*partition_->FindEnd(), log_.end()) << kept;
  }
  PutFile(&file_system_, log_.LogPath(2), log_.log_bytes(2) + next + std::string(10000, '\0'));
  EXPECT_EQ(ReadAll(position_), std::vector<int64_t>({127}));
  EXPECT_EQ(*partition_->FindEnd(), Offset(130));
}

TEST_F(ReadOnlyPartitionTest, ReportsDamageAgainAndAgain) {
  log_.WriteClosed(&file_system_);
  const int64_t position = log_.batch_positions(1)[1];
  FlipBit(&file_system_, log_.LogPath(1), (position + 80) * 8);
  Open();
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = ReadStatus(Offset(112));
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(status.message(), log_.LogPath(1))) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat("position ", position))) << status;
  }
  EXPECT_EQ(ReadAll(Offset(115)).front(), 115) << "what is behind can be read";
}

TEST_F(ReadOnlyPartitionTest, ReportsDamageInTheLastSegmentWhereACrashCannotHaveLeftIt) {
  // A valid batch behind it.
  log_.WriteKilled(&file_system_);
  FlipBit(&file_system_, log_.LogPath(2), (log_.batch_positions(2)[1] + 80) * 8);
  Open();
  EXPECT_EQ(ReadStatus(Offset(121)).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(partition_->FindEnd().status().code(), absl::StatusCode::kDataLoss);
  // Below the recovery point.
  MemoryFileSystem other;
  log_.WriteKilled(&other, Offset(125));
  FlipBit(&other, log_.LogPath(2), (log_.batch_positions(2)[2] + 80) * 8);
  partition_ = *ReadOnlyPartition::Open(&other, TestLog::kDirectory);
  EXPECT_EQ(ReadStatus(Offset(124)).code(), absl::StatusCode::kDataLoss);
  PutFile(&other, log_.LogPath(2),
          log_.log_bytes(2).substr(0, static_cast<size_t>(log_.batch_positions(2)[2])) +
              std::string(500, '\0'));
  EXPECT_EQ(ReadStatus(Offset(124)).code(), absl::StatusCode::kDataLoss);
}

TEST_F(ReadOnlyPartitionTest, ReportsMissingSegmentsAndReadsOverCompactedOffsets) {
  log_.WriteClosed(&file_system_, false);
  ASSERT_TRUE(file_system_.Remove(log_.LogPath(1)).ok());
  Open();
  EXPECT_EQ(ReadStatus(Offset(109)).code(), absl::StatusCode::kDataLoss);
  MemoryFileSystem other;
  log_.WriteClosed(&other, true);
  ASSERT_TRUE(other.Remove(log_.LogPath(1)).ok());
  partition_ = *ReadOnlyPartition::Open(&other, TestLog::kDirectory);
  EXPECT_EQ(ReadAll(Offset(100)), std::vector<int64_t>({100, 103, 106, 118, 121, 124}));
  EXPECT_EQ(ReadAll(Offset(110)).front(), 118);
}

TEST_F(ReadOnlyPartitionTest, ReadsEveryBatchAtEachStepOfTheSwapOfACompactedSegment) {
  log_.WriteClosed(&file_system_, true);
  const std::string swap = absl::StrCat(log_.LogPath(0), ".swap");
  PutFile(&file_system_, swap, log_.log_bytes(0) + log_.log_bytes(1));
  const auto expect_all = [&](absl::string_view step) {
    Open();
    EXPECT_EQ(ReadAll(Offset(100)), kAll) << step;
    EXPECT_EQ(ReadAll(Offset(112)).front(), 112) << step;
    EXPECT_EQ(*partition_->FindStart(), Offset(100)) << step;
  };
  expect_all("both are there");
  for (const size_t covered : {0, 1}) {
    for (const std::string& path :
         {log_.LogPath(covered), log_.IndexPath(covered), log_.TimeIndexPath(covered)}) {
      ASSERT_TRUE(file_system_.Rename(path, absl::StrCat(path, ".deleted")).ok());
      expect_all(path);
    }
  }
  ASSERT_TRUE(file_system_.Rename(swap, log_.LogPath(0)).ok());
  expect_all("in place");
}

TEST_F(ReadOnlyPartitionTest, IsNotLedAstrayByWrongIndexes) {
  log_.WriteClosed(&file_system_);
  const size_t size = GetFile(&file_system_, log_.IndexPath(1)).size();
  SeededRandom random(7);
  for (int round = 0; round < 200; ++round) {
    std::string index(size, '\0');
    for (char& c : index) c = static_cast<char>(random.Next() % 3 == 0 ? random.Next() : 0);
    PutFile(&file_system_, log_.IndexPath(1), index);
    Open();
    EXPECT_EQ(ReadAll(Offset(113)).front(), 112);
    EXPECT_EQ(ReadAll(Offset(117)).front(), 115);
  }
}

TEST_F(ReadOnlyPartitionTest, FindsTheFirstRecordOfATimestamp) {
  log_.WriteClosed(&file_system_);
  Open();
  const auto find = [&](int64_t timestamp) {
    const absl::StatusOr<absl::optional<TimestampedOffset>> found =
        partition_->FindByTimestamp(Timestamp(timestamp));
    EXPECT_TRUE(found.ok()) << found.status();
    return found->has_value() ? (*found)->offset.value() : -1;
  };
  EXPECT_EQ(find(0), 100);
  EXPECT_EQ(find(1001), 101);
  EXPECT_EQ(find(1003), 103);
  EXPECT_EQ(find(1500), 109);
  EXPECT_EQ(find(3022), 126);
  EXPECT_EQ(find(3023), -1);
  // The indexes of a writer that was killed are not relied on.
  MemoryFileSystem killed;
  log_.WriteKilled(&killed);
  for (const size_t i : {0, 1}) {
    const std::string index = GetFile(&killed, log_.TimeIndexPath(i));
    PutFile(&killed, log_.TimeIndexPath(i), index.substr(0, TimeIndexEntry::kBytes));
  }
  partition_ = *ReadOnlyPartition::Open(&killed, TestLog::kDirectory);
  EXPECT_EQ(find(2022), 117);
}

TEST_F(ReadOnlyPartitionTest, IsEmptyBeforeThereIsASegment) {
  TestLog().WriteKilled(&file_system_);
  ASSERT_TRUE(file_system_.Remove(TestLog().LogPath(0)).ok());
  Open();
  EXPECT_EQ(*partition_->FindStart(), Offset(0));
  EXPECT_EQ(*partition_->FindEnd(), Offset(0));
  EXPECT_EQ(ReadAll(Offset(0)), std::vector<int64_t>());
  EXPECT_FALSE((*partition_->FindByTimestamp(Timestamp(0))).has_value());
  EXPECT_EQ(ReadStatus(Offset(1)).code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace tidemark
