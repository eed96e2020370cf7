// Goal: bytes that were on stable storage and changed there without a word are noticed: no flipped
// bit, lost or misdirected write gives other records, or ends the process. Method: a log of several
// epochs, batches and segments is closed; each single change of a kind is made in it, and it is
// recovered, and read.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

class RotTest : public ::testing::Test, public LogHarness {
 protected:
  // Nine batches of three epochs, which are 0, 2 and 4; the last segment has some of each.
  void SetUp() override { Fill(4096); }
  void Fill(int32_t index_interval_bytes) {
    parameters.config.index_interval_bytes = index_interval_bytes;
    file_system.Restore(empty_);
    ASSERT_TRUE(Open().ok());
    for (int i = 0; i < 9; ++i) {
      const Timestamp timestamp(1000 + 10 * i);
      ASSERT_TRUE(Append({absl::StrCat("v", i)}, timestamp, LeaderEpoch(i / 3 * 2)).ok());
      if (i == 1) {
        ASSERT_TRUE(log->RollActive().ok());
      }
    }
    all_ = ReadAll();
    ASSERT_TRUE(log->Close().ok());
    clean_ = file_system.Snapshot();
  }

  std::string Contents(const std::string& path) {
    const std::unique_ptr<File> file = *file_system.Open(path, OpenMode::kRead);
    std::string bytes(static_cast<size_t>(*file->Size()), '\0');
    EXPECT_TRUE(file->Read(0, absl::MakeSpan(bytes)).ok());
    return bytes;
  }
  void Overwrite(const std::string& path, const std::string& bytes) {
    const std::unique_ptr<File> file = *file_system.Open(path, OpenMode::kCreate);
    ASSERT_TRUE(file->Write(0, bytes).ok());
  }
  void ForEachFlippedBit(const std::string& path,
                         const std::function<void(const std::string&)>& check) {
    const std::string sound = Contents(path);
    for (size_t bit = 0; bit < 8 * sound.size(); ++bit) {
      std::string damaged = sound;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      file_system.Restore(clean_);
      Overwrite(path, damaged);
      ASSERT_NO_FATAL_FAILURE(check(absl::StrCat(path, " bit ", bit)));
    }
  }
  // From each offset on, what is read is what was written, or DATA_LOSS, or a batch with a CRC that
  // says so; and it is the same each time.
  void ExpectNoOtherRecords(const std::string& context) {
    int64_t lost = 0;
    for (Offset offset(0); offset < end(); ++offset) {
      std::string bytes;
      const absl::Status status = log->Read(offset, {}, &bytes).status();
      ASSERT_EQ(log->Read(offset, {}, &bytes).status(), status) << context;
      ASSERT_TRUE(status.ok() || absl::IsDataLoss(status)) << status << " " << context;
      Strings found = Describe(bytes);
      if (!found.empty() && found.back()[0] == '?') found.pop_back();
      if (found.empty()) ++lost;
      const auto first = all_.begin() + offset.value();
      ASSERT_LE(found.size(), static_cast<size_t>(all_.end() - first)) << context;
      ASSERT_TRUE(std::equal(found.begin(), found.end(), first))
          << absl::StrJoin(found, " ") << " from " << offset << " " << context;
    }
    ASSERT_LE(lost, 1) << context;
  }
  // What was written is there, but for the offsets from `first` to `end`, which are DATA_LOSS each.
  void ExpectOnly(Offset first, Offset end_offset, const std::string& context) {
    const auto lost_begin = all_.begin() + first.value();
    Strings before = ReadAll();
    ASSERT_FALSE(before.empty()) << context;
    ASSERT_EQ(before.back()[0], 'D') << before.back() << " " << context;
    before.pop_back();
    ASSERT_EQ(before, Strings(all_.begin(), lost_begin)) << context;
    for (Offset offset = first; offset < end_offset; ++offset) {
      std::string bytes;
      const absl::Status status = log->Read(offset, {}, &bytes).status();
      ASSERT_TRUE(absl::IsDataLoss(status)) << status << " " << context;
      for (const std::string& part :
           {absl::StrCat(active_path_, " at position "),
            absl::StrCat("the offsets from ", first.value(), " on"),
            absl::StrCat("the next that can be read is ", end_offset.value())}) {
        ASSERT_NE(status.message().find(part), std::string::npos) << status << " " << context;
      }
    }
    Strings behind = ReadAll(end_offset);
    behind.resize(std::min(behind.size(), static_cast<size_t>(end() - end_offset)));
    ASSERT_EQ(behind, Strings(all_.begin() + end_offset.value(), all_.end())) << context;
  }
  void ExpectAllEpochs(const std::string& context) {
    ASSERT_EQ(log->latest_leader_epoch(), LeaderEpoch(4)) << context;
    ASSERT_EQ(log->EndOffsetForEpoch(LeaderEpoch(0))->end_offset, Offset(3)) << context;
    ASSERT_EQ(log->EndOffsetForEpoch(LeaderEpoch(3))->end_offset, Offset(6)) << context;
  }
  Offset end() const { return Offset(static_cast<int64_t>(all_.size())); }

  const std::string sealed_path_ = "/log/00000000000000000000.log";
  const std::string active_path_ = "/log/00000000000000000002.log";
  Strings all_;
  const MemorySnapshot empty_ = file_system.Snapshot();
  MemorySnapshot clean_ = file_system.Snapshot();
};

TEST_F(RotTest, A11_A12_EveryFlippedBitOfWhatIsRecoveredIsToldAndTheRestIsLeft) {
  const auto batch_bytes = static_cast<int64_t>(Contents(active_path_).size() / 7);
  int64_t kept = 0;
  int64_t bit = -1;
  ForEachFlippedBit(active_path_, [&](const std::string& context) {
    ++bit;
    ASSERT_TRUE(Open(false, end()).ok()) << context;
    ASSERT_FALSE(report.notes.empty()) << context;
    ASSERT_EQ(report.dropped_bytes, 0) << context;
    ASSERT_EQ(log->offsets().log_end, end()) << context;
    ASSERT_NO_FATAL_FAILURE(ExpectAllEpochs(context));
    if (report.damaged.empty()) {
      ++kept;
      ASSERT_EQ(ReadAll(), all_) << context;
    } else {
      const Offset lost(2 + bit / 8 / batch_bytes);
      ASSERT_NO_FATAL_FAILURE(ExpectOnly(lost, lost + 1, context));
    }
    ASSERT_TRUE(Append({"more"}, Timestamp(1), LeaderEpoch(4)).ok()) << "its leader is " << context;
    ASSERT_EQ(ReadAll(end()), Strings{"9:more"}) << context;
  });
  EXPECT_GT(kept, 7 * 28) << "epochs that rose are set right";
}

TEST_F(RotTest, A19_WhatIsKnownToBeDamagedIsToldAlikeByEveryReadAndOpening) {
  std::string damaged = Contents(active_path_);
  const size_t batch_bytes = damaged.size() / 7;
  damaged[4 * batch_bytes + 10] ^= 1;
  Overwrite(active_path_, damaged);
  ASSERT_TRUE(Open(false, end()).ok());
  ASSERT_NO_FATAL_FAILURE(ExpectOnly(Offset(6), Offset(7), "recovered"));
  std::string bytes;
  const absl::Status told = log->Read(Offset(6), {}, &bytes).status();
  EXPECT_EQ(log->View(Offset(6), {}).status(), told);
  EXPECT_EQ(log->FileRange(Offset(6), {}).status(), told);
  EXPECT_EQ(report.damaged.at(0).position.value(), static_cast<int64_t>(4 * batch_bytes));
  ASSERT_TRUE(Reopen().ok());
  ASSERT_NO_FATAL_FAILURE(ExpectOnly(Offset(6), Offset(7), "after a clean stop"));
  ASSERT_TRUE(Append({"more"}, Timestamp(1), LeaderEpoch(4)).ok());
  ASSERT_TRUE(log->RollActive().ok());
  executor.RunUntilIdle();
  ASSERT_TRUE(CrashAndOpen(Offset(9)).ok());
  ASSERT_NO_FATAL_FAILURE(ExpectOnly(Offset(6), Offset(7), "after a crash"));
  EXPECT_EQ(ReadAll(end()), Strings{"9:more"});
}

TEST_F(RotTest, A08_WhereNothingGoodFollowsTheLogGoesOnInAnotherSegment) {
  std::string damaged = Contents(active_path_);
  const size_t batch_bytes = damaged.size() / 7;
  damaged.replace(5 * batch_bytes, std::string::npos, 2 * batch_bytes, '\0');
  Overwrite(active_path_, damaged);
  ASSERT_TRUE(Open(false, end()).ok());
  ASSERT_NO_FATAL_FAILURE(ExpectOnly(Offset(7), Offset(9), "recovered"));
  EXPECT_EQ(Contents(active_path_), damaged) << "nothing is cut";
  ASSERT_TRUE(Append({"more"}, Timestamp(1), LeaderEpoch(4)).ok());
  EXPECT_EQ(ReadAll(end()), Strings{"9:more"});
  ASSERT_TRUE(Reopen().ok());
  ASSERT_NO_FATAL_FAILURE(ExpectOnly(Offset(7), Offset(9), "after a clean stop"));
  ASSERT_TRUE(CrashAndOpen(Offset(9)).ok());
  ASSERT_NO_FATAL_FAILURE(ExpectOnly(Offset(7), Offset(9), "after a crash"));
  EXPECT_EQ(ReadAll(end()), Strings{"9:more"});
}

TEST_F(RotTest, A09_BothPlacesOfAMisdirectedWriteAreTold) {
  std::string damaged = Contents(active_path_);
  const size_t batch_bytes = damaged.size() / 7;
  damaged.replace(0, batch_bytes, damaged, 3 * batch_bytes, batch_bytes);
  damaged.replace(3 * batch_bytes, batch_bytes, batch_bytes, '\0');
  Overwrite(active_path_, damaged);
  ASSERT_TRUE(Open(false, end()).ok());
  ASSERT_EQ(report.damaged.size(), 2u);
  EXPECT_EQ(ReadAll(Offset(3)).at(0), "3:v3");
  EXPECT_EQ(ReadAll(Offset(6)), (Strings{"6:v6", "7:v7", "8:v8"}));
  for (const int64_t lost : {2, 5}) {
    EXPECT_EQ(ReadAll(Offset(lost)).at(0)[0], 'D') << lost;
  }
}

TEST_F(RotTest, WhatWasNotSyncedIsKeptBehindDamageBelowTheRecoveryPoint) {
  std::string damaged = Contents(active_path_);
  damaged[70] ^= 1;
  Overwrite(active_path_, damaged);
  ASSERT_TRUE(Open(false, Offset(5)).ok());
  ASSERT_NO_FATAL_FAILURE(ExpectOnly(Offset(3), Offset(4), "recovered"));
  file_system.Restore(clean_);
  damaged[5 * 70 + 40] ^= 1;
  Overwrite(active_path_, damaged);
  ASSERT_TRUE(Open(false, Offset(5)).ok());
  EXPECT_EQ(log->offsets().log_end, Offset(7)) << "above it, damage is not told from a torn write";
  EXPECT_EQ(ReadAll(Offset(4)), (Strings{"4:v4", "5:v5", "6:v6"}));
}

TEST_F(RotTest, WhereGapsAreAllowedAFlippedOffsetDoesNotMoveTheLogPastTheRecoveryPoint) {
  parameters.config.offset_gaps_allowed = true;
  std::string damaged = Contents(active_path_);
  damaged[2 * 70 + 5] ^= 1;  // Offset 4 + 2^16.
  Overwrite(active_path_, damaged);
  ASSERT_TRUE(Open(false, end()).ok());
  EXPECT_EQ(report.dropped_bytes, 0);
  ASSERT_NO_FATAL_FAILURE(ExpectOnly(Offset(4), Offset(5), "recovered"));
}

TEST_F(RotTest, WhereGapsAreAllowedOneOverTheRecoveryPointIsNoDamage) {
  parameters.config.offset_gaps_allowed = true;
  file_system.Restore(empty_);
  ASSERT_TRUE(Open().ok());
  for (const int64_t base : {2, 9, 20, 21}) {
    RecordBatchOptions options;
    options.base_offset = Offset(base);
    options.leader_epoch = LeaderEpoch(0);
    ASSERT_TRUE(log->AppendAsFollower(MakeBatch({"v"}, Timestamp(1000), options)).ok());
    if (base == 9) {
      ASSERT_TRUE(log->RollActive().ok());
    }
  }
  for (int64_t recovery_point = 0; recovery_point <= 22; ++recovery_point) {
    ASSERT_TRUE(CrashAndOpen(Offset(recovery_point)).ok());
    EXPECT_TRUE(report.damaged.empty()) << recovery_point;
    EXPECT_EQ(ReadAll(), (Strings{"2:v", "9:v", "20:v", "21:v"})) << recovery_point;
  }
}

// Gaps do not explain a batch behind the end of its segment, and a reader would wait for ever.
TEST_F(RotTest, WhereGapsAreAllowedAnOffsetBehindTheSegmentsEndIsToldAfterACleanStop) {
  parameters.config.offset_gaps_allowed = true;
  Fill(4096);
  std::string bytes = Contents(sealed_path_);
  const size_t second = bytes.size() / 2;
  ASSERT_EQ(bytes[second + 7], 1) << "base offset 1";
  bytes[second + 2] = 1;
  file_system.Restore(clean_);
  Overwrite(sealed_path_, bytes);
  ASSERT_TRUE(Open(/*was_clean=*/true, end()).ok());
  std::string found;
  EXPECT_TRUE(absl::IsDataLoss(log->Read(Offset(1), {}, &found).status()));
  EXPECT_TRUE(log->Read(Offset(2), {}, &found).ok());
}

TEST_F(RotTest, A11_A12_NoFlippedBitGivesOtherRecordsAfterACleanStop) {
  for (const int32_t index_interval_bytes : {1, 4096}) {
    ASSERT_NO_FATAL_FAILURE(Fill(index_interval_bytes));
    for (const std::string& path : {sealed_path_, active_path_}) {
      ForEachFlippedBit(path, [&](const std::string& context) {
        if (Open(true, end()).ok()) {
          ASSERT_NO_FATAL_FAILURE(ExpectNoOtherRecords(context));
        }
      });
    }
  }
}

TEST_F(RotTest, A12_AFlippedBitOfTheEpochFileTakesNoRecordAway) {
  ForEachFlippedBit("/log/leader-epoch-checkpoint", [&](const std::string& context) {
    ASSERT_TRUE(Open(false, end()).ok()) << context;
    if (!report.damaged.empty()) {
      // It may say that earlier batches stand where later ones were.
      ASSERT_NE(report.damaged[0].reason.find("leader-epoch-checkpoint"), std::string::npos);
      ASSERT_TRUE(file_system.Remove("/log/leader-epoch-checkpoint").ok());
      ASSERT_TRUE(Open(false, end()).ok()) << context;
      ASSERT_NO_FATAL_FAILURE(ExpectAllEpochs(context));
    }
    ASSERT_EQ(ReadAll(), all_) << context;
  });
}

}  // namespace
}  // namespace tidemark
