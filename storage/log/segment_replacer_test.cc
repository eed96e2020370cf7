// Goal: a compacted segment takes the place of others at once for whoever reads, costs nobody his
// bytes, and wherever that is interrupted the next opening finds the old ones or the new one.
// Method: as recovery_test.cc; compaction is played by a test that keeps every second record.

#include "storage/log/segment_replacer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/format/file_names.h"
#include "storage/index/index_file.h"
#include "storage/log/log_harness.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

// A log of 20 records in segments of a few, each its own batch.
class Life : public LogHarness {
 public:
  Life() {
    parameters.config.segment_bytes_max = 240;
    parameters.config.offset_gaps_allowed = true;
  }
  bool Fill() {
    if (!Open().ok()) return false;
    for (int i = 0; i < 20; ++i) {
      if (!Append({absl::StrCat("value-", i)}, Timestamp(1000 + i)).ok()) return false;
    }
    executor.RunUntilIdle();
    return log->Sync(Offset(20)).ok();
  }
  // The sealed segments but the last of them.
  std::vector<SegmentInfo> Covered() {
    std::vector<SegmentInfo> segments = *log->Segments();
    segments.resize(segments.size() - 2);
    return segments;
  }
  // Writes what is left of them; returns its size.
  int64_t Clean(const std::vector<SegmentInfo>& covered) {
    const Offset base = covered[0].base_offset;
    std::string bytes;
    SegmentIndex index(base, 1);
    for (Offset offset = base; offset < covered.back().end_offset; offset = offset + 2) {
      std::string batch =
          MakeBatch({absl::StrCat("value-", offset.value())}, Timestamp(1000 + offset.value()));
      StampBatch(offset, LeaderEpoch(0), absl::MakeSpan(batch));
      index.Add({offset, FilePosition(static_cast<int64_t>(bytes.size())),
                 static_cast<int64_t>(batch.size()), Timestamp(1000 + offset.value())});
      bytes += batch;
    }
    index.CompleteTimeIndex();
    const auto path_of = [&](SegmentFileKind kind) {
      return absl::StrCat("/log/", FormatSegmentFileName({base, kind, SegmentFileState::kCleaned}));
    };
    const std::unique_ptr<File> file =
        *file_system.Open(path_of(SegmentFileKind::kLog), OpenMode::kCreate);
    EXPECT_TRUE(file->Write(0, bytes).ok());
    EXPECT_TRUE(file->Sync().ok());
    EXPECT_TRUE(StoreIndexFiles(
                    &file_system,
                    {path_of(SegmentFileKind::kOffsetIndex), path_of(SegmentFileKind::kTimeIndex)},
                    index)
                    .ok());
    return static_cast<int64_t>(bytes.size());
  }
  Strings Expected(Offset clean_end) {
    Strings records;
    for (int64_t i = 0; i < 20; ++i) {
      if (i % 2 == 0 || i >= clean_end.value()) records.push_back(absl::StrCat(i, ":value-", i));
    }
    return records;
  }
  int64_t CountFiles(const std::string& part) {
    const Strings files = Files();
    return std::count_if(files.begin(), files.end(),
                         [&](const std::string& name) { return absl::StrContains(name, part); });
  }
};

class SegmentReplacerTest : public ::testing::Test, public Life {};

TEST_F(SegmentReplacerTest, ReadersSeeTheNewSegmentAndViewsKeepTheOldOnes) {
  ASSERT_TRUE(Fill());
  const LogView view = *log->View(Offset(0), {});
  const LogFileRange range = *log->FileRange(Offset(0), {});
  const Strings before = Describe(view.bytes);
  const std::vector<SegmentInfo> covered = Covered();
  const Offset end = covered.back().end_offset;
  const absl::Status status = log->ReplaceSegments(covered, Clean(covered));
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(ReadAll(), Expected(end));
  EXPECT_EQ((*log->FindByTimestamp(Timestamp(1001)))->offset, Offset(2));
  EXPECT_EQ(log->Segments()->size(), 3u);
  EXPECT_EQ(Describe(log->View(Offset(2), {})->bytes)[0], "2:value-2");
  EXPECT_EQ(Describe(view.bytes), before);
  std::string bytes(static_cast<size_t>(range.length_bytes), '\0');
  ASSERT_EQ(*range.file->Read(range.position, absl::MakeSpan(bytes)), range.length_bytes);
  EXPECT_EQ(Describe(bytes), before);
  EXPECT_EQ(CountFiles(".log.deleted"), static_cast<int64_t>(covered.size()));
  executor.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(CountFiles(".deleted"), 0);
  EXPECT_EQ(Append({"more"})->base_offset, Offset(20));
  ASSERT_TRUE(Reopen().ok());
  EXPECT_TRUE(report.notes.empty());
  EXPECT_TRUE(report.rebuilt_files.empty());
  Strings expected = Expected(end);
  expected.push_back("20:more");
  EXPECT_EQ(ReadAll(), expected);
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(ReadAll(), expected);
}

TEST_F(SegmentReplacerTest, ReadsGoOnAtEachStepOfASwap) {
  ASSERT_TRUE(Fill());
  const std::vector<SegmentInfo> covered = Covered();
  const int64_t cleaned_bytes = Clean(covered);
  const Strings before = ReadAll();
  const Strings after = Expected(covered.back().end_offset);
  int64_t steps = 0;
  bool is_reading = false;
  file_system.SetFaultHook([&](const FileOperation& operation) {
    if (operation.change_ordinal == 0 || is_reading) return FileFault();
    is_reading = true;
    open_files.ForgetDirectory("/log");
    const Strings found = ReadAll();
    EXPECT_TRUE(found == before || found == after) << operation.path;
    EXPECT_TRUE(log->View(Offset(0), {}).ok());
    EXPECT_TRUE(log->FileRange(Offset(0), {}).ok());
    ++steps;
    is_reading = false;
    return FileFault();
  });
  ASSERT_TRUE(log->ReplaceSegments(covered, cleaned_bytes).ok());
  file_system.SetFaultHook(nullptr);
  EXPECT_GT(steps, 5);
  EXPECT_EQ(ReadAll(), after);
}

TEST_F(SegmentReplacerTest, SegmentsThatAreNotThereAnyMoreAreNotReplaced) {
  ASSERT_TRUE(Fill());
  const std::vector<SegmentInfo> covered = Covered();
  const int64_t cleaned_bytes = Clean(covered);
  const auto expect_aborted = [&](const std::vector<SegmentInfo>& segments) {
    const absl::Status status = log->ReplaceSegments(segments, cleaned_bytes);
    EXPECT_TRUE(absl::IsAborted(status)) << status;
  };
  expect_aborted(*log->Segments());
  EXPECT_TRUE(absl::IsInvalidArgument(log->ReplaceSegments({}, cleaned_bytes)));
  log->SetHighWatermark(covered.back().end_offset - 1);
  expect_aborted(covered);
  log->SetHighWatermark(Offset(20));
  ASSERT_TRUE(log->TruncateTo(covered.back().end_offset - 1).ok());
  ASSERT_TRUE(Append({"value-x"}, Timestamp(2000)).ok());
  ASSERT_TRUE(log->RollActive().ok());
  log->SetHighWatermark(log->offsets().log_end);
  executor.RunUntilIdle();
  expect_aborted(covered);
  ASSERT_TRUE(log->DeleteRecordsBefore(covered[0].end_offset).ok());
  expect_aborted(covered);
  EXPECT_EQ(CountFiles(".swap"), 0);
}

TEST_F(SegmentReplacerTest, AFailureIsUndoneOrFencesTheLogAndReadsGoOn) {
  int64_t changes = 0;
  {
    Life life;
    ASSERT_TRUE(life.Fill());
    const std::vector<SegmentInfo> covered = life.Covered();
    const int64_t cleaned_bytes = life.Clean(covered);
    const int64_t before = life.file_system.changes();
    ASSERT_TRUE(life.log->ReplaceSegments(covered, cleaned_bytes).ok());
    changes = life.file_system.changes() - before;
  }
  for (int64_t k = 1; k <= changes; ++k) {
    SCOPED_TRACE(k);
    Life life;
    ASSERT_TRUE(life.Fill());
    const std::vector<SegmentInfo> covered = life.Covered();
    const int64_t cleaned_bytes = life.Clean(covered);
    const Strings before = life.ReadAll();
    const Strings after = life.Expected(covered.back().end_offset);
    const int64_t first = life.file_system.changes();
    life.file_system.SetFaultHook([&](const FileOperation& operation) {
      return operation.change_ordinal == first + k ? FileFault(absl::UnavailableError("I/O error"))
                                                   : FileFault();
    });
    const absl::Status status = life.log->ReplaceSegments(covered, cleaned_bytes);
    life.file_system.SetFaultHook(nullptr);
    ASSERT_FALSE(status.ok());
    const Strings found = life.ReadAll();
    ASSERT_TRUE(found == before || found == after);
    ASSERT_EQ(life.Append({"x"}).ok(), absl::IsAborted(status)) << status;
    if (absl::IsAborted(status)) {
      ASSERT_EQ(life.CountFiles(".swap") + life.CountFiles(".cleaned"), 0);
    }
    // Unless it was the directory that could not be synced.
    const absl::Status closed = life.log->Close();
    ASSERT_TRUE(closed.ok() || (absl::IsDataLoss(closed) && !absl::IsAborted(status))) << closed;
    ASSERT_TRUE(life.Open(closed.ok(), life.log->offsets().log_end).ok());
    Strings reopened = life.ReadAll();
    if (absl::IsAborted(status)) reopened.pop_back();
    ASSERT_TRUE(reopened == before || reopened == after);
  }
}

TEST_F(SegmentReplacerTest, WhereverASwapIsInterruptedTheOldSegmentsOrTheNewOneAreThere) {
  int64_t changes = 0;
  {
    Life life;
    ASSERT_TRUE(life.Fill());
    const std::vector<SegmentInfo> covered = life.Covered();
    const int64_t cleaned_bytes = life.Clean(covered);
    const int64_t before = life.file_system.changes();
    ASSERT_TRUE(life.log->ReplaceSegments(covered, cleaned_bytes).ok());
    life.executor.AdvanceBy(absl::Minutes(1));
    changes = life.file_system.changes() - before;
  }
  ASSERT_GE(changes, 20);
  for (int64_t k = 1; k <= changes; ++k) {
    for (uint64_t seed = 0; seed < 6; ++seed) {
      SCOPED_TRACE(absl::StrCat("change ", k, " seed ", seed));
      Life life;
      ASSERT_TRUE(life.Fill());
      const std::vector<SegmentInfo> covered = life.Covered();
      const int64_t cleaned_bytes = life.Clean(covered);
      const Strings before = life.ReadAll();
      const Strings after = life.Expected(covered.back().end_offset);
      life.file_system.CrashAfterChanges(k);
      const bool acknowledged =
          life.log->ReplaceSegments(covered, cleaned_bytes).ok() && !life.file_system.crashed();
      life.executor.AdvanceBy(absl::Minutes(1));
      SeededRandom choices(seed);
      const absl::Status opened =
          seed == 0 ? life.CrashAndOpen(Offset(20))
                    : life.LosePowerAndOpen(PowerLossMode::kSubset, &choices, Offset(20));
      ASSERT_TRUE(opened.ok()) << opened;
      const Strings found = life.ReadAll();
      ASSERT_TRUE(found == after || (found == before && !acknowledged));
      for (const std::string part : {".swap", ".cleaned", ".deleted"}) {
        ASSERT_EQ(life.CountFiles(part), 0) << part;
      }
      ASSERT_EQ(life.Append({"after"})->base_offset, Offset(20));
    }
  }
}

}  // namespace
}  // namespace tidemark
