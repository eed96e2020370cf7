// Goal: whatever changes in the bytes of a sealed segment, a scrub tells, with the offsets that are
// lost, and tells nothing where nothing is wrong. Method: a log in memory, of which single bits,
// sectors and whole batches are changed.

#include "storage/scrub/partition_scrub.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

constexpr int64_t kAll = int64_t{1} << 40;

class PartitionScrubTest : public ::testing::Test, public LogHarness {
 protected:
  // Eight batches of epochs 0 and 2, the first four in one sealed segment, two in the next.
  void SetUp() override {
    ASSERT_TRUE(Open().ok());
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(Append({absl::StrCat("v", i)}, Timestamp(1000), LeaderEpoch(i / 2 * 2)).ok());
      if (i == 3 || i == 5) {
        ASSERT_TRUE(log->RollActive().ok());
      }
    }
    ASSERT_TRUE(log->Sync(Offset(8)).ok());
    executor.RunUntilIdle();
    sound_ = Contents(path_);
    batch_bytes_ = sound_.size() / 4;
  }

  std::string Contents(const std::string& path) {
    const std::unique_ptr<File> file = *file_system.Open(path, OpenMode::kRead);
    std::string bytes(static_cast<size_t>(*file->Size()), '\0');
    EXPECT_TRUE(file->Read(0, absl::MakeSpan(bytes)).ok());
    return bytes;
  }
  void Overwrite(const std::string& bytes) {
    ASSERT_TRUE((*file_system.Open(path_, OpenMode::kReadWrite))->Write(0, bytes).ok());
  }
  ScrubOutcome Scrub(int64_t step_bytes = kAll, const std::function<void()>& between = nullptr) {
    PartitionScrub scrub({&file_system, log, "/log", parameters.config.offset_gaps_allowed});
    while (!scrub.is_done()) {
      scrub.Step(step_bytes);
      if (between != nullptr) between();
    }
    return scrub.TakeOutcome(clock.Now());
  }
  void ExpectDamage(const ScrubOutcome& outcome, size_t first_batch, size_t end_batch) {
    ASSERT_EQ(outcome.damaged.size(), 1u);
    const DamagedRange& range = outcome.damaged[0];
    EXPECT_EQ(range.file, path_);
    EXPECT_EQ(range.position.value(), static_cast<int64_t>(first_batch * batch_bytes_));
    EXPECT_EQ(range.length_bytes, static_cast<int64_t>((end_batch - first_batch) * batch_bytes_));
    EXPECT_EQ(range.first_offset, Offset(static_cast<int64_t>(first_batch)));
    EXPECT_EQ(range.end_offset, Offset(static_cast<int64_t>(end_batch)));
  }

  const std::string path_ = "/log/00000000000000000000.log";
  std::string sound_;
  size_t batch_bytes_ = 0;
};

TEST_F(PartitionScrubTest, FindsNothingWrongWithWhatIsSoundInStepsOfAnySize) {
  for (const int64_t step_bytes : {int64_t{1}, int64_t{100}, kAll}) {
    const ScrubOutcome outcome = Scrub(step_bytes);
    EXPECT_TRUE(outcome.is_sound()) << outcome.status;
    EXPECT_EQ(outcome.checked_segments, 2) << "the active one is not cold";
    EXPECT_EQ(outcome.checked_bytes, static_cast<int64_t>(6 * batch_bytes_));
  }
}

TEST_F(PartitionScrubTest, A11_A12_FindsEveryFlippedBit) {
  int64_t doubts = 0;
  for (size_t bit = 0; bit < 8 * sound_.size(); ++bit) {
    std::string damaged = sound_;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_NO_FATAL_FAILURE(Overwrite(damaged));
    const ScrubOutcome outcome = Scrub();
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    if (!outcome.doubts.empty()) {
      ++doubts;
      ASSERT_TRUE(outcome.damaged.empty()) << bit;
      continue;
    }
    const size_t batch = bit / 8 / batch_bytes_;
    ASSERT_NO_FATAL_FAILURE(ExpectDamage(outcome, batch, batch + 1)) << bit;
  }
  EXPECT_GT(doubts, 4 * 29) << "leader epochs that rose";
}

TEST_F(PartitionScrubTest, A08_FindsAWriteThatWasLost) {
  std::string damaged = sound_;
  damaged.replace(batch_bytes_, batch_bytes_, std::string(batch_bytes_, '\0'));
  ASSERT_NO_FATAL_FAILURE(Overwrite(damaged));
  ExpectDamage(Scrub(), 1, 2);
  damaged = sound_;
  damaged.replace(3 * batch_bytes_, batch_bytes_, std::string(batch_bytes_, '\0'));
  ASSERT_NO_FATAL_FAILURE(Overwrite(damaged));
  ExpectDamage(Scrub(), 3, 4);
}

TEST_F(PartitionScrubTest, A08_FindsABatchThatWasCutOffOnceAndIsBack) {
  std::string old = MakeBatch({"xx"}, Timestamp(1000));
  StampBatch(Offset(3), LeaderEpoch(1), absl::MakeSpan(old));
  ASSERT_EQ(old.size(), batch_bytes_ + 0) << "of the same size";
  std::string damaged = sound_;
  damaged.replace(3 * batch_bytes_, batch_bytes_, old);
  ASSERT_NO_FATAL_FAILURE(Overwrite(damaged));
  const ScrubOutcome outcome = Scrub();
  EXPECT_FALSE(outcome.is_sound());
}

TEST_F(PartitionScrubTest, A09_FindsBothPlacesOfAMisdirectedWrite) {
  std::string damaged = sound_;
  damaged.replace(0, batch_bytes_, sound_, 2 * batch_bytes_, batch_bytes_);
  damaged.replace(2 * batch_bytes_, batch_bytes_, std::string(batch_bytes_, '\0'));
  ASSERT_NO_FATAL_FAILURE(Overwrite(damaged));
  const ScrubOutcome outcome = Scrub();
  ASSERT_EQ(outcome.damaged.size(), 2u);
  EXPECT_EQ(outcome.damaged[0].first_offset, Offset(0));
  EXPECT_EQ(outcome.damaged[0].end_offset, Offset(1));
  EXPECT_EQ(outcome.damaged[1].first_offset, Offset(2));
  EXPECT_EQ(outcome.damaged[1].end_offset, Offset(3));
}

TEST_F(PartitionScrubTest, FindsAFileThatIsShorterThanItsBatches) {
  const std::unique_ptr<File> file = *file_system.Open(path_, OpenMode::kReadWrite);
  ASSERT_TRUE(file->Truncate(static_cast<int64_t>(batch_bytes_)).ok());
  const ScrubOutcome outcome = Scrub();
  EXPECT_TRUE(absl::IsDataLoss(outcome.status)) << outcome.status;
  EXPECT_EQ(outcome.checked_segments, 2) << "and goes on with the next segment";
}

TEST_F(PartitionScrubTest, AReadThatFailsIsToldAndTheOtherSegmentsAreChecked) {
  file_system.SetFaultHook([this](const FileOperation& operation) -> FileFault {
    if (operation.kind != FileOperation::Kind::kRead || operation.path != path_) return {};
    return absl::UnavailableError("I/O error");
  });
  const ScrubOutcome outcome = Scrub();
  file_system.SetFaultHook(nullptr);
  EXPECT_TRUE(absl::IsUnavailable(outcome.status)) << outcome.status;
  EXPECT_NE(outcome.status.message().find(path_), std::string::npos) << outcome.status;
  EXPECT_EQ(outcome.checked_bytes, static_cast<int64_t>(2 * batch_bytes_));
}

TEST_F(PartitionScrubTest, WhatIsTakenAwayMeanwhileIsNotDamage) {
  const ScrubOutcome deleted =
      Scrub(1, [&] { EXPECT_TRUE(log->DeleteRecordsBefore(Offset(4)).ok()); });
  EXPECT_TRUE(deleted.is_sound()) << deleted.status;
  const ScrubOutcome cut = Scrub(1, [&] { EXPECT_TRUE(log->TruncateTo(Offset(5)).ok()); });
  EXPECT_TRUE(cut.is_sound()) << cut.status;
}

TEST_F(PartitionScrubTest, OfAClosedLogItTouchesNothing) {
  ASSERT_TRUE(log->Close().ok());
  const ScrubOutcome outcome = Scrub();
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_EQ(outcome.checked_bytes, 0);
}

}  // namespace
}  // namespace tidemark
