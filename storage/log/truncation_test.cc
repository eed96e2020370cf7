// Goal: a truncation removes what it should and nothing else, whoever reads meanwhile, wherever it
// is interrupted. Method: as recovery_test.cc.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/format/index_entry.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

Strings Numbers(int count) {
  Strings records;
  for (int i = 0; i < count; ++i) records.push_back(absl::StrCat(i, ":value-", i));
  return records;
}

class TruncationTest : public ::testing::Test, public LogHarness {
 protected:
  TruncationTest() {
    parameters.config.segment_bytes_max = 500;
    parameters.config.index_interval_bytes = 100;
  }
  void OpenWith(int count) {
    ASSERT_TRUE(Open().ok());
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(
          Append({absl::StrCat("value-", i)}, Timestamp(1000 + i), LeaderEpoch(i / 10)).ok());
    }
  }
};

TEST_F(TruncationTest, CutsToEveryOffsetWithAndWithoutAReaderAndGoesOnFromThere) {
  for (const bool is_read : {false, true}) {
    for (int cut = 0; cut <= 30; ++cut) {
      LogHarness fresh;
      file_system.Restore(fresh.file_system.Snapshot());
      ASSERT_NO_FATAL_FAILURE(OpenWith(30));
      std::vector<LogView> views;
      for (int i = 0; is_read && i < 30; i += 3) views.push_back(*log->View(Offset(i), {}));
      const Strings before = views.empty() ? Strings() : Describe(views.back().bytes);
      ASSERT_TRUE(log->TruncateTo(Offset(cut)).ok());
      EXPECT_EQ(log->offsets().log_end, Offset(cut));
      EXPECT_EQ(ReadAll(), Numbers(cut)) << cut;
      EXPECT_EQ(Append({"new"}, Timestamp(5000), LeaderEpoch(9))->base_offset, Offset(cut));
      Strings expected = Numbers(cut);
      expected.push_back(absl::StrCat(cut, ":new"));
      EXPECT_EQ(ReadAll(), expected) << cut;
      EXPECT_EQ((*log->FindByTimestamp(Timestamp(2000)))->offset, Offset(cut));
      if (!views.empty()) {
        EXPECT_EQ(Describe(views.back().bytes), before);
      }
      ASSERT_TRUE(Reopen().ok());
      EXPECT_EQ(ReadAll(), expected) << cut;
      ASSERT_TRUE(CrashAndOpen().ok());
      EXPECT_EQ(ReadAll(), expected) << cut;
      for (const std::string& name : Files()) EXPECT_FALSE(name.ends_with(".tmp")) << name;
    }
  }
}

TEST_F(TruncationTest, DropsWholeBatchesOnly) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a", "b"}).ok());
  ASSERT_TRUE(Append({"c", "d"}).ok());
  ASSERT_TRUE(log->TruncateTo(Offset(3)).ok());
  EXPECT_EQ(log->offsets().log_end, Offset(2));
  EXPECT_EQ(ReadAll(), (Strings{"0:a", "1:b"}));
}

TEST_F(TruncationTest, OfABatchThatTheLogStartsInNothingIsLeft) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a", "b", "c", "d", "e"}).ok());
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(3)).ok());
  ASSERT_TRUE(log->TruncateTo(Offset(4)).ok());
  EXPECT_EQ(log->offsets().log_start, Offset(3));
  EXPECT_EQ(log->offsets().log_end, Offset(3));
  EXPECT_EQ(Append({"x"}, Timestamp(1), LeaderEpoch(1))->base_offset, Offset(3));
  EXPECT_EQ(ReadAll(Offset(3)), Strings{"3:x"});
}

TEST_F(TruncationTest, ForgetsTheEpochsOfWhatIsCut) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(30));
  EXPECT_EQ(log->EndOffsetForEpoch(LeaderEpoch(0))->end_offset, Offset(10));
  EXPECT_EQ(log->EndOffsetForEpoch(LeaderEpoch(7))->leader_epoch, LeaderEpoch(2));
  ASSERT_TRUE(log->TruncateTo(Offset(15)).ok());
  EXPECT_EQ(log->latest_leader_epoch(), LeaderEpoch(1));
  EXPECT_EQ(log->EndOffsetForEpoch(LeaderEpoch(2))->end_offset, Offset(15));
  ASSERT_TRUE(log->TruncateTo(Offset(10)).ok());
  EXPECT_EQ(log->latest_leader_epoch(), LeaderEpoch(0));
}

TEST_F(TruncationTest, AtTheEndForgetsOnlyAnEpochThatHasNoRecord) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  ASSERT_TRUE(log->AssignLeaderEpoch(LeaderEpoch(5)).ok());
  EXPECT_EQ(log->latest_leader_epoch(), LeaderEpoch(5));
  ASSERT_TRUE(log->TruncateTo(Offset(10)).ok());
  EXPECT_EQ(log->latest_leader_epoch(), LeaderEpoch(0));
  EXPECT_EQ(ReadAll(), Numbers(10));
}

TEST_F(TruncationTest, AnEpochForgottenAtTheEndIsNotedAgainWhenItIsWritten) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  ASSERT_TRUE(log->AssignLeaderEpoch(LeaderEpoch(5)).ok());
  ASSERT_TRUE(log->TruncateTo(Offset(10)).ok());
  ASSERT_TRUE(Append({"x"}, Timestamp(1), LeaderEpoch(3)).ok()) << "no later one is known";
  ASSERT_TRUE(Append({"y"}, Timestamp(1), LeaderEpoch(5)).ok());
  EXPECT_EQ(log->latest_leader_epoch(), LeaderEpoch(5));
  EXPECT_EQ(log->EndOffsetForEpoch(LeaderEpoch(0))->end_offset, Offset(10));
  EXPECT_EQ(log->EndOffsetForEpoch(LeaderEpoch(3))->end_offset, Offset(11));
}

TEST_F(TruncationTest, KeepsNoIndexEntryThatEndsBehindTheCut) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(4));
  ASSERT_TRUE(log->Close().ok());
  const int64_t batch_bytes = log->stats().size_bytes / 4;
  // As Kafka up to 4.0 indexes an append of three batches: the first one's place, the last one's
  // offset.
  OffsetIndexEntry entry{RelativeOffset(3), FilePosition(batch_bytes)};
  std::string bytes(OffsetIndexEntry::kBytes, '\0');
  entry.Encode(bytes.data());
  const std::unique_ptr<File> file =
      *file_system.Open("/log/00000000000000000000.index", OpenMode::kReadWrite);
  ASSERT_TRUE(file->Write(0, bytes).ok());
  ASSERT_TRUE(file->Truncate(OffsetIndexEntry::kBytes).ok());
  ASSERT_TRUE(Open(true, Offset(4)).ok());
  ASSERT_TRUE(log->TruncateTo(Offset(2)).ok());
  for (int i = 2; i < 6; ++i) {
    ASSERT_TRUE(Append({absl::StrCat("value-", i)}, Timestamp(1000 + i)).ok());
  }
  ASSERT_TRUE(Reopen().ok());
  EXPECT_TRUE(report.rebuilt_files.empty()) << "the entries rise";
  EXPECT_EQ(ReadAll(), Numbers(6));
}

TEST_F(TruncationTest, RefusesToCutBelowTheLogStart) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(5));
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(100)).ok());
  EXPECT_TRUE(absl::IsOutOfRange(log->TruncateTo(Offset(99))));
}

TEST_F(TruncationTest, StartsAnewAtAnyOffset) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(20));
  for (const int64_t start : {int64_t{1000}, int64_t{5}, int64_t{5'000'000'000}}) {
    ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(start)).ok());
    EXPECT_EQ(log->offsets().log_start, Offset(start));
    EXPECT_EQ(log->offsets().log_end, Offset(start));
    EXPECT_EQ(log->offsets().flushed, Offset(start));
    EXPECT_FALSE(log->latest_leader_epoch().has_value());
    EXPECT_EQ(Append({"x"})->base_offset, Offset(start));
    EXPECT_TRUE(log->Sync(Offset(start + 1)).ok());
    parameters.log_start_offset = Offset(start);
    ASSERT_TRUE(CrashAndOpen(Offset(start)).ok());
    EXPECT_EQ(ReadAll(Offset(start)), Strings{absl::StrCat(start, ":x")});
  }
}

TEST_F(TruncationTest, FollowsALeaderBatchByBatchAndRefusesWhatDoesNotContinue) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(12));
  std::string all;
  for (int i = 0; i < 12;) {
    std::string part;
    i = static_cast<int>(log->Read(Offset(i), {}, &part)->next_offset.value());
    all += part;
  }
  LogHarness follower;
  ASSERT_TRUE(follower.Open().ok());
  const absl::StatusOr<AppendResult> result = follower.log->AppendAsFollower(all);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->last_offset, Offset(11));
  EXPECT_EQ(follower.ReadAll(), Numbers(12));
  EXPECT_EQ(follower.log->EndOffsetForEpoch(LeaderEpoch(0))->end_offset, Offset(10));
  EXPECT_TRUE(absl::IsInvalidArgument(follower.log->AppendAsFollower(all).status()))
      << "it ends behind them";
  all[70] ^= 1;
  LogHarness other;
  ASSERT_TRUE(other.Open().ok());
  EXPECT_TRUE(absl::IsInvalidArgument(other.log->AppendAsFollower(all).status()));
  EXPECT_EQ(other.log->offsets().log_end, Offset(0));
  EXPECT_TRUE(absl::IsInvalidArgument(other.log->AppendAsFollower("").status()));
}

TEST_F(TruncationTest, FencesALeaderOfAnEarlierEpoch) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}, Timestamp(1), LeaderEpoch(3)).ok());
  const absl::Status status = Append({"b"}, Timestamp(1), LeaderEpoch(2)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("the log is in epoch 3"), std::string::npos) << status;
  EXPECT_TRUE(absl::IsFailedPrecondition(log->AssignLeaderEpoch(LeaderEpoch(1))));
}

TEST_F(TruncationTest, WhereverItIsInterruptedALongerPrefixIsLeftAndNoUnsyncedByteIsTrusted) {
  const auto prepare = [](LogHarness* life, Offset* recovery_point) {
    life->parameters.config.segment_bytes_max = 500;
    life->parameters.lower_recovery_point = [recovery_point](Offset offset) {
      *recovery_point = std::min(*recovery_point, offset);
      return absl::OkStatus();
    };
    if (!life->Open().ok()) return false;
    for (int i = 0; i < 20; ++i) {
      if (!life->Append({absl::StrCat("value-", i)}, Timestamp(1), LeaderEpoch(i / 8)).ok()) {
        return false;
      }
    }
    if (!life->log->Sync(Offset(20)).ok()) return false;
    *recovery_point = life->log->offsets().flushed;
    return true;
  };
  int64_t changes = 0;
  {
    LogHarness life;
    Offset recovery_point(0);
    ASSERT_TRUE(prepare(&life, &recovery_point));
    EXPECT_EQ(recovery_point, Offset(20));
    const int64_t before = life.file_system.changes();
    ASSERT_TRUE(life.log->TruncateTo(Offset(6)).ok());
    EXPECT_EQ(recovery_point, Offset(6));
    changes = life.file_system.changes() - before;
  }
  ASSERT_GE(changes, 5);
  for (int64_t k = 1; k <= changes; ++k) {
    for (uint64_t seed = 0; seed < 8; ++seed) {
      LogHarness life;
      Offset recovery_point(0);
      ASSERT_TRUE(prepare(&life, &recovery_point));
      life.file_system.CrashAfterChanges(k);
      const bool acknowledged = life.log->TruncateTo(Offset(6)).ok() && !life.file_system.crashed();
      SeededRandom choices(seed);
      ASSERT_TRUE(
          seed == 0 ? life.CrashAndOpen(recovery_point).ok()
                    : life.LosePowerAndOpen(PowerLossMode::kSubset, &choices, recovery_point).ok());
      const Strings found = life.ReadAll();
      ASSERT_GE(found.size(), 6u) << k << " " << seed;
      ASSERT_EQ(found, Numbers(static_cast<int>(found.size()))) << k << " " << seed;
      if (acknowledged) {
        ASSERT_EQ(found.size(), 6u);
      }
      ASSERT_TRUE(life.Append({"after"}, Timestamp(1), LeaderEpoch(9)).ok()) << k << " " << seed;
    }
  }
}

TEST_F(TruncationTest, WhereGapsAreAllowedAnInterruptedCutLeavesAPrefixToo) {
  bool is_done = false;
  for (int64_t k = 1; !is_done; ++k) {
    for (uint64_t seed = 0; seed < 16; ++seed) {
      LogHarness life;
      life.parameters.config.segment_bytes_max = 240;
      life.parameters.config.offset_gaps_allowed = true;
      ASSERT_TRUE(life.Open().ok());
      for (int i = 0; i < 20; ++i) ASSERT_TRUE(life.Append({absl::StrCat("value-", i)}).ok());
      ASSERT_TRUE(life.log->Sync(Offset(20)).ok());
      life.file_system.CrashAfterChanges(k);
      is_done = life.log->TruncateTo(Offset(4)).ok();
      SeededRandom choices(seed);
      ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kSubset, &choices).ok());
      const Strings found = life.ReadAll();
      ASSERT_GE(found.size(), 4u) << k << " " << seed;
      ASSERT_EQ(found, Numbers(static_cast<int>(found.size()))) << k << " " << seed;
    }
  }
}

bool IsPrefix(const Strings& front, const Strings& whole) {
  return front.size() <= whole.size() && std::equal(front.begin(), front.end(), whole.begin());
}

// B02: the process dies within the cut. What the next one then appends and syncs is not continued
// by what was cut, of which a power loss could bring some back.
TEST_F(TruncationTest, B02_WhatIsAppendedAfterAnInterruptedCutIsNotContinuedByWhatWasCut) {
  SeededRandom choices(5);
  for (const int64_t new_end : {10, 12}) {
    bool is_done = false;
    for (int64_t k = 1; !is_done; ++k) {
      for (int round = 0; round < 24; ++round) {
        LogHarness life;
        life.parameters.config.segment_bytes_max = 500;
        ASSERT_TRUE(life.Open().ok());
        for (int i = 0; i < 20; ++i) ASSERT_TRUE(life.Append({absl::StrCat("value-", i)}).ok());
        ASSERT_TRUE(life.log->Sync(Offset(20)).ok());
        life.file_system.CrashAfterChanges(k);
        is_done = life.log->TruncateTo(Offset(9)).ok();
        ASSERT_TRUE(life.CrashAndOpen().ok());
        Strings appended = life.ReadAll();
        for (int64_t i = life.log->offsets().log_end.value(); i < new_end; ++i) {
          appended.push_back(absl::StrCat(i, ":after-", i));
          ASSERT_TRUE(life.Append({absl::StrCat("after-", i)}).ok());
        }
        life.file_system.CrashAfterChanges(1 + round % 3);
        const bool is_durable = life.log->Sync(life.log->offsets().log_end).ok();
        ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kSubset, &choices).ok());
        const Strings found = life.ReadAll();
        ASSERT_TRUE(IsPrefix(is_durable ? appended : Strings(), found)) << k << " " << round;
        ASSERT_TRUE(IsPrefix(found, appended) || IsPrefix(found, Numbers(20)))
            << "after change " << k << ", round " << round << ": " << absl::StrJoin(found, " ");
      }
    }
  }
}

TEST_F(TruncationTest, WhereverStartingAnewIsInterruptedNoOldRecordIsInFrontOfTheNewEnd) {
  bool is_done = false;
  for (int64_t k = 1; !is_done; ++k) {
    for (uint64_t seed = 0; seed < 16; ++seed) {
      LogHarness life;
      life.parameters.config.segment_bytes_max = 240;
      life.parameters.config.offset_gaps_allowed = true;
      ASSERT_TRUE(life.Open().ok());
      for (int i = 0; i < 20; ++i) ASSERT_TRUE(life.Append({"old"}).ok());
      ASSERT_TRUE(life.log->Sync(Offset(20)).ok());
      life.file_system.CrashAfterChanges(k);
      is_done = life.log->TruncateFullyAndStartAt(Offset(100)).ok();
      SeededRandom choices(seed);
      ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kSubset, &choices).ok());
      const LogOffsets offsets = life.log->offsets();
      ASSERT_TRUE(offsets.log_end <= Offset(20) || offsets.log_start == Offset(100)) << k;
    }
  }
}

// B02: of removals that were not synced a power loss may keep any.
TEST_F(TruncationTest, B02_WhereverStartingAnewIsInterruptedTheStartMovesNoFurtherThanToTheNewOne) {
  Offset stored_start{0};
  parameters.store_log_start = [&](Offset offset) {
    if (!file_system.crashed()) stored_start = offset;
    return absl::OkStatus();
  };
  ASSERT_NO_FATAL_FAILURE(OpenWith(1));
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(50)).ok());
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(Append({absl::StrCat("value-", i)}).ok());
  ASSERT_TRUE(log->Sync(Offset(65)).ok());
  const MemorySnapshot before = file_system.Snapshot();
  const Offset start_before = stored_start;
  for (int64_t k = 1;; ++k) {
    const auto restore = [&] {
      file_system.Restore(before);
      parameters.log_start_offset = stored_start = start_before;
      ASSERT_TRUE(Open().ok());
    };
    ASSERT_NO_FATAL_FAILURE(restore());
    file_system.CrashAfterChanges(k);
    const absl::Status status = log->TruncateFullyAndStartAt(Offset(70));
    if (!file_system.crashed() && status.ok()) break;
    const MemorySnapshot left = file_system.Snapshot();
    parameters.log_start_offset = stored_start;
    for (uint64_t seed = 0; seed < 30; ++seed) {
      file_system.Restore(left);
      SeededRandom choices(seed);
      const bool is_kill = seed == 0;
      ASSERT_TRUE(
          (is_kill ? CrashAndOpen() : LosePowerAndOpen(PowerLossMode::kSubset, &choices)).ok());
      const LogOffsets offsets = log->offsets();
      ASSERT_TRUE(offsets.log_start == Offset(50) || offsets.log_start == Offset(70))
          << "after change " << k << ", seed " << seed << ": " << offsets.log_start;
      const absl::optional<LeaderEpoch> epoch = log->latest_leader_epoch();
      ASSERT_TRUE(CrashAndOpen().ok());
      ASSERT_EQ(log->latest_leader_epoch(), epoch) << "after change " << k << ", seed " << seed;
    }
  }
}

TEST_F(TruncationTest, TheFirstSegmentGoesOnlyOnceTheStartIsStored) {
  Offset stored_start{0};
  int full_times = 0;
  parameters.store_log_start = [&](Offset offset) {
    if (full_times-- > 0) return absl::ResourceExhaustedError("the disk is full");
    stored_start = offset;
    return absl::OkStatus();
  };
  for (const int times : {1, 2}) {
    ASSERT_TRUE(Open().ok());
    ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(50)).ok());
    for (int i = 0; i < 15; ++i) ASSERT_TRUE(Append({absl::StrCat("value-", i)}).ok());
    ASSERT_TRUE(log->DeleteRecordsBefore(Offset(51)).ok());
    ASSERT_GT(log->stats().segment_count, 1);
    stored_start = Offset(0);
    full_times = times;
    const absl::Status status = log->TruncateFullyAndStartAt(Offset(70));
    EXPECT_EQ(status.ok(), times == 1) << status;
    EXPECT_EQ(stored_start, Offset(times == 1 ? 51 : 0));
    parameters.log_start_offset = stored_start;
    ASSERT_TRUE(CrashAndOpen().ok());
    EXPECT_EQ(log->offsets().log_start, Offset(times == 1 ? 70 : 50)) << "its segment tells";
    parameters.log_start_offset = Offset(0);
  }
}

TEST_F(TruncationTest, FromWhenTheRecoveryPointIsLoweredNobodyReadsAHigherOne) {
  int64_t lowered = 0;
  parameters.lower_recovery_point = [&](Offset offset) {
    EXPECT_LE(log->offsets().flushed, offset) << "a checkpoint that begins now would write it";
    EXPECT_GE(log->offsets().flushed, log->offsets().log_start);
    ++lowered;
    return absl::OkStatus();
  };
  ASSERT_NO_FATAL_FAILURE(OpenWith(20));
  ASSERT_TRUE(log->Sync(Offset(20)).ok());
  ASSERT_TRUE(log->TruncateTo(Offset(6)).ok());
  EXPECT_EQ(log->offsets().flushed, Offset(6));
  for (const int64_t start : {100, 5}) {
    ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(start)).ok());
    EXPECT_EQ(log->offsets().flushed, Offset(start));
  }
  EXPECT_EQ(lowered, 3);
}

TEST_F(TruncationTest, AFailureFencesTheLog) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(20));
  file_system.SetFaultHook([](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kRemove
               ? FileFault(absl::UnavailableError("I/O error"))
               : FileFault();
  });
  EXPECT_FALSE(log->TruncateTo(Offset(3)).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"x"}, Timestamp(1), LeaderEpoch(5)).status()));
  file_system.SetFaultHook(nullptr);
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(ReadAll(), Numbers(20));
}

}  // namespace
}  // namespace tidemark
