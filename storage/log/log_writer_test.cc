#include "storage/log/log_writer.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;
using Strings = std::vector<std::string>;

// The writer, through the log that it is the end of.
class LogWriterTest : public ::testing::Test, public LogHarness {
 protected:
  void SetSegmentBytes(int64_t bytes) {
    LogConfig config = parameters.config;
    config.segment_bytes_max = bytes;
    log->SetConfig(config);
  }

  // Runs `action` once, right before the file of leader epochs is written: after a batch of a new
  // epoch was checked, and before it is placed.
  void OnNewEpoch(std::function<void()> action) {
    file_system.SetFaultHook([this, action = std::move(action)](const FileOperation& operation) {
      if (operation.kind != Kind::kWrite || !absl::StrContains(operation.path, "epoch")) {
        return FileFault();
      }
      file_system.SetFaultHook(nullptr);
      action();
      return FileFault();
    });
  }

  std::string Stamped(int64_t base_offset, int32_t epoch = 0) {
    std::string batch = MakeBatch({absl::StrCat("value-", base_offset)});
    StampBatch(Offset(base_offset), LeaderEpoch(epoch), absl::MakeSpan(batch));
    return batch;
  }
};

TEST_F(LogWriterTest, ASegmentThatCannotBeMadeLeavesNothingBehind) {
  const std::vector<std::pair<Kind, std::string>> failures = {
      {Kind::kCreate, "1.log"},     {Kind::kCreate, "1.index"}, {Kind::kCreate, "1.timeindex"},
      {Kind::kTruncate, "1.index"}, {Kind::kOpen, "1.log"},     {Kind::kAllocate, "1.log"},
      {Kind::kMap, "1.log"},        {Kind::kPopulate, "1.log"}};
  for (const auto& [kind, name] : failures) {
    for (const bool is_clean : {true, false}) {
      SCOPED_TRACE(absl::StrCat(static_cast<int>(kind), " ", name, " clean ", is_clean));
      LogHarness life;
      life.parameters.config.segment_bytes_max = 8192;
      ASSERT_TRUE(life.Open().ok());
      ASSERT_TRUE(life.Append({std::string(5000, 'a')}).ok());
      life.file_system.SetFaultHook([&](const FileOperation& operation) {
        return operation.kind == kind && absl::EndsWith(operation.path, "0" + name)
                   ? FileFault(absl::UnavailableError("too many open files"))
                   : FileFault();
      });
      EXPECT_TRUE(absl::IsUnavailable(life.Append({std::string(5000, 'b')}).status()));
      life.file_system.SetFaultHook(nullptr);
      EXPECT_EQ(life.Append({"small"})->base_offset, Offset(1)) << "the old segment is unharmed";
      if (is_clean) {
        ASSERT_TRUE(life.Reopen().ok());
        EXPECT_EQ(life.log->offsets().log_end, Offset(2));
      }
      EXPECT_EQ(life.Append({std::string(5000, 'c')})->base_offset, Offset(2));
      EXPECT_EQ(life.ReadAll().size(), 3u);
      ASSERT_TRUE(life.CrashAndOpen().ok());
      EXPECT_EQ(life.ReadAll().size(), 3u);
      EXPECT_EQ(life.report.dropped_segments, 0);
    }
  }
}

TEST_F(LogWriterTest, ASegmentThatCanNeitherBeMadeNorRemovedFencesTheLog) {
  parameters.config.segment_bytes_max = 8192;
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({std::string(5000, 'a')}).ok());
  absl::Status heard;
  log->AwaitAppend(Offset(1), absl::InfiniteDuration(), [&](absl::Status status) {
    // Whoever is called back may call back.
    EXPECT_TRUE(absl::IsFailedPrecondition(log->AssignLeaderEpoch(LeaderEpoch(7))));
    heard = std::move(status);
  });
  file_system.SetFaultHook([](const FileOperation& operation) {
    const bool fails =
        operation.kind == Kind::kRemove ||
        (operation.kind == Kind::kCreate && absl::EndsWith(operation.path, "1.timeindex"));
    return fails ? FileFault(absl::UnavailableError("I/O error")) : FileFault();
  });
  EXPECT_FALSE(Append({std::string(5000, 'b')}).ok());
  file_system.SetFaultHook(nullptr);
  EXPECT_TRUE(absl::IsFailedPrecondition(heard)) << heard;
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"small"}).status()))
      << "it would stand in front of the segment that is there already";
  EXPECT_EQ(ReadAll().size(), 1u);
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(Append({"small"})->base_offset, Offset(1));
  EXPECT_EQ(ReadAll().size(), 2u);
}

TEST_F(LogWriterTest, ABatchThatWasCheckedStillFitsWhenSegmentsBecomeSmaller) {
  parameters.config.segment_bytes_max = 8192;
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({std::string(5000, 'a')}).ok());
  OnNewEpoch([this] { SetSegmentBytes(1000); });
  EXPECT_EQ(Append({std::string(5000, 'b')}, Timestamp(1), LeaderEpoch(1))->base_offset, Offset(1));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Append({std::string(5000, 'c')}, Timestamp(1), LeaderEpoch(1)).status()));
  EXPECT_EQ(ReadAll().size(), 2u);
}

TEST_F(LogWriterTest, ABatchThatWasCheckedStillFitsAnEmptySegmentThatWasMadeSmall) {
  parameters.config.segment_bytes_max = 1000;
  ASSERT_TRUE(Open().ok());
  SetSegmentBytes(8192);
  OnNewEpoch([this] { SetSegmentBytes(1000); });
  EXPECT_EQ(Append({std::string(5000, 'b')}, Timestamp(1), LeaderEpoch(1))->base_offset, Offset(0));
  EXPECT_EQ(ReadAll().size(), 1u);
  EXPECT_EQ(log->stats().segment_count, 1);
}

TEST_F(LogWriterTest, NewSizesOfSegmentsTakeEffectForTheNextAppend) {
  parameters.config.segment_bytes_max = 1000;
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({std::string(100, 'a')}).ok());
  SetSegmentBytes(100'000);
  ASSERT_TRUE(Append({std::string(5000, 'b')}).ok()) << "larger than the segment there is";
  EXPECT_EQ(log->stats().segment_count, 2);
  ASSERT_TRUE(Append({std::string(5000, 'c')}).ok());
  EXPECT_EQ(log->stats().segment_count, 2);
  SetSegmentBytes(1000);
  ASSERT_TRUE(Append({std::string(100, 'd')}).ok());
  EXPECT_EQ(log->stats().segment_count, 3);
  EXPECT_EQ(ReadAll().size(), 4u);
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(ReadAll().size(), 4u);
}

TEST_F(LogWriterTest, ABatchMayFillASegmentToTheLastByte) {
  const auto size = static_cast<int64_t>(MakeBatch({std::string(500, 'x')}).size());
  parameters.config.segment_bytes_max = 2 * size;
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Append({std::string(500, 'x')}).ok());
  EXPECT_EQ(log->stats().segment_count, 3);
  executor.RunUntilIdle();
  EXPECT_EQ(file_system.Stat("/log/00000000000000000002.log")->size_bytes, 2 * size);
  EXPECT_EQ(ReadAll().size(), 5u);
  ASSERT_TRUE(Reopen().ok());
  EXPECT_TRUE(report.was_clean);
  EXPECT_EQ(ReadAll().size(), 5u);
}

TEST_F(LogWriterTest, AFileThatIsGoneIsAnErrorAndNotANewEpoch) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  ASSERT_TRUE(file_system.Remove("/log/00000000000000000000.log").ok());
  open_files.ForgetDirectory("/log");
  const absl::Status status = Append({std::string(100'000, 'x')}).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST_F(LogWriterTest, SpaceThatCouldNotBeUsedIsGivenBackAtClose) {
  for (const Kind kind : {Kind::kMap, Kind::kPopulate}) {
    LogHarness life;
    ASSERT_TRUE(life.Open().ok());
    life.file_system.SetFaultHook([&](const FileOperation& operation) {
      return operation.kind == kind ? FileFault(absl::UnavailableError("no mapping left"))
                                    : FileFault();
    });
    EXPECT_TRUE(absl::IsUnavailable(life.Append({"a"}).status()));
    life.file_system.SetFaultHook(nullptr);
    ASSERT_TRUE(life.log->Close().ok());
    EXPECT_EQ(life.file_system.Stat("/log/00000000000000000000.log")->size_bytes, 0);
  }
}

TEST_F(LogWriterTest, TakesNoEpochThatABatchCannotBear) {
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Append({"a"}, Timestamp(1), LeaderEpoch(-2)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(log->AssignLeaderEpoch(LeaderEpoch(-1))));
  EXPECT_EQ(Append({"a"}, Timestamp(1), kNoLeaderEpoch)->base_offset, Offset(0));
  EXPECT_EQ(ReadAll(), Strings{"0:a"});
}

TEST_F(LogWriterTest, RefusesABatchThatNoOffsetIsLeftFor) {
  const int64_t start = std::numeric_limits<int64_t>::max() - 3;
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(start)).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"a", "b", "c", "d"}).status()));
  ASSERT_TRUE(Append({"a", "b", "c"}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"d"}).status()));
  EXPECT_EQ(ReadAll(Offset(start)).size(), 3u);
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(ReadAll(Offset(start)).size(), 3u);
}

TEST_F(LogWriterTest, AFollowersNextBatchLeavesNoGapWhenTheLogIsCutMeanwhile) {
  ASSERT_TRUE(Open().ok());
  log->AwaitAppend(Offset(0), absl::InfiniteDuration(), [this](const absl::Status& status) {
    EXPECT_TRUE(status.ok());
    EXPECT_TRUE(log->TruncateTo(Offset(0)).ok());
  });
  const absl::Status status = log->AppendAsFollower(Stamped(0) + Stamped(1)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_EQ(log->offsets().log_end, Offset(0));
  ASSERT_TRUE(log->AppendAsFollower(Stamped(0)).ok());
  EXPECT_EQ(ReadAll(), Strings{"0:value-0"});
}

TEST_F(LogWriterTest, TakesGapsFromALeaderWhereTheyAreAllowedOnly) {
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(absl::IsInvalidArgument(log->AppendAsFollower(Stamped(5)).status()));
  LogConfig config = parameters.config;
  config.offset_gaps_allowed = true;
  log->SetConfig(config);
  ASSERT_TRUE(log->AppendAsFollower(Stamped(5) + Stamped(9)).ok());
  EXPECT_EQ(log->offsets().log_end, Offset(10));
  EXPECT_TRUE(absl::IsInvalidArgument(log->AppendAsFollower(Stamped(9)).status()));
  // Further on than an index of the segment can say.
  const int64_t far = int64_t{5'000'000'000};
  ASSERT_TRUE(log->AppendAsFollower(Stamped(far)).ok());
  EXPECT_EQ(log->stats().segment_count, 2);
  const Strings expected = {"5:value-5", "9:value-9", absl::StrCat(far, ":value-", far)};
  EXPECT_EQ(ReadAll(), expected);
  parameters.config.offset_gaps_allowed = true;
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(ReadAll(), expected);
  EXPECT_EQ(ReadAll(Offset(6)).size(), 2u) << "from within a gap, the next batch comes";
}

TEST_F(LogWriterTest, RollsByTimeOfTheBatchesAndTakesJitterOff) {
  parameters.config.segment_age_max = absl::Seconds(10);
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}, Timestamp(1000)).ok());
  ASSERT_TRUE(Append({"b"}, Timestamp(11'000)).ok());
  EXPECT_EQ(log->stats().segment_count, 1);
  ASSERT_TRUE(Append({"c"}, Timestamp(11'001)).ok());
  EXPECT_EQ(log->stats().segment_count, 2);
  LogConfig config = parameters.config;
  config.segment_jitter_max = absl::Seconds(5);
  log->SetConfig(config);
  for (int i = 0; i < 100; ++i) {
    // Each new segment draws its own.
    ASSERT_TRUE(Append({"d"}, Timestamp(1'000'000 * (i + 1))).ok());
    const int64_t before = log->stats().segment_count;
    ASSERT_TRUE(Append({"e"}, Timestamp(1'000'000 * (i + 1) + 5000)).ok());
    EXPECT_EQ(log->stats().segment_count, before);
    ASSERT_TRUE(Append({"f"}, Timestamp(1'000'000 * (i + 1) + 10'001)).ok());
    EXPECT_EQ(log->stats().segment_count, before + 1);
  }
}

TEST_F(LogWriterTest, RollsWhenAnIndexIsFullAndKeepsItWithinItsSize) {
  parameters.config.segment_index_bytes_max = 36;
  parameters.config.index_interval_bytes = 1;
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Append({"a"}, Timestamp(i)).ok());
  EXPECT_GT(log->stats().segment_count, 4);
  ASSERT_TRUE(log->Close().ok());
  for (const std::string& name : Files()) {
    if (name.ends_with("index")) {
      EXPECT_LE(file_system.Stat("/log/" + name)->size_bytes, 36) << name;
    }
  }
}

}  // namespace
}  // namespace tidemark
