// Goal: whatever the files of a log hold, opening and reading it gives what was written, or an
// error that says where it is not; never other records, never a crash of the process. Method: a
// small log is closed, or left by a crash; its files are damaged in every way of a kind; then it is
// opened and compared.

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;
using Strings = std::vector<std::string>;

class DamageTest : public ::testing::Test, public LogHarness {
 protected:
  void FillAndClose(int count) {
    ASSERT_TRUE(Open().ok());
    for (int i = 0; i < count; ++i) {
      const Timestamp timestamp(1000 + 10 * i);
      ASSERT_TRUE(Append({absl::StrCat("value-", i)}, timestamp, LeaderEpoch(i / 3)).ok());
    }
    all_ = ReadAll();
    ASSERT_TRUE(log->Close().ok());
    clean_ = file_system.Snapshot();
  }
  Offset end() const { return Offset(static_cast<int64_t>(all_.size())); }

  std::string Contents(const std::string& path) {
    const std::unique_ptr<File> file = *file_system.Open(path, OpenMode::kRead);
    std::string bytes(static_cast<size_t>(*file->Size()), '\0');
    EXPECT_TRUE(file->Read(0, absl::MakeSpan(bytes)).ok());
    return bytes;
  }
  void Overwrite(const std::string& path, const std::string& bytes) {
    const std::unique_ptr<File> file = *file_system.Open(path, OpenMode::kCreate);
    ASSERT_TRUE(file->Truncate(0).ok());
    ASSERT_TRUE(file->Write(0, bytes).ok());
  }
  // What can be read is what was written, up to where it ends or cannot be read.
  void ExpectNoOtherRecords(const std::string& context) {
    for (Offset offset = log->offsets().log_start; offset < log->offsets().log_end; ++offset) {
      std::string bytes;
      const absl::StatusOr<ReadInfo> info = log->Read(offset, {}, &bytes);
      if (!info.ok()) {
        ASSERT_TRUE(absl::IsDataLoss(info.status())) << info.status() << " " << context;
        continue;
      }
      Strings found = Describe(bytes);
      // A batch that seems to end behind the log's end is none that a read may return.
      if (found.empty()) continue;
      if (found.back()[0] == '?') found.pop_back();
      const auto first = all_.begin() + offset.value();
      ASSERT_LE(found.size(), static_cast<size_t>(all_.end() - first)) << context;
      ASSERT_TRUE(std::equal(found.begin(), found.end(), first))
          << absl::StrJoin(found, " ") << " from " << offset << " " << context;
    }
  }

  Strings all_;
  MemorySnapshot clean_ = file_system.Snapshot();
};

TEST_F(DamageTest, EpochsThatDamageKeepsFromBeingRebuiltAreReportedAndTheOthersAreThere) {
  parameters.config.segment_bytes_max = 240;
  ASSERT_NO_FATAL_FAILURE(FillAndClose(12));
  ASSERT_TRUE(file_system.Remove("/log/leader-epoch-checkpoint").ok());
  const std::string path = "/log/00000000000000000003.log";
  std::string bytes = Contents(path);
  bytes[16] = 9;
  ASSERT_NO_FATAL_FAILURE(Overwrite(path, bytes));
  ASSERT_TRUE(Open(true, end()).ok());
  ASSERT_FALSE(report.notes.empty());
  EXPECT_NE(report.notes[0].find(path + " at position 0: damaged"), std::string::npos)
      << report.notes[0];
  EXPECT_EQ(log->latest_leader_epoch(), LeaderEpoch(3));
  EXPECT_EQ(log->EndOffsetForEpoch(LeaderEpoch(2))->end_offset, Offset(9));
}

TEST_F(DamageTest, EveryFlippedBitOfALogIsCutOffOrRefusedOrMakesNoDifference) {
  parameters.config.segment_bytes_max = 240;
  parameters.config.index_interval_bytes = 1;
  ASSERT_NO_FATAL_FAILURE(FillAndClose(4));
  int64_t refused = 0;
  for (const std::string& name : Files()) {
    if (!absl::EndsWith(name, ".log")) continue;
    const std::string path = "/log/" + name;
    const std::string bytes = Contents(path);
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      const std::string context = absl::StrCat(name, " bit ", bit);
      std::string damaged = bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      file_system.Restore(clean_);
      ASSERT_NO_FATAL_FAILURE(Overwrite(path, damaged));
      const MemorySnapshot before = file_system.Snapshot();
      // Nothing was durable: it ends in front of the damage.
      ASSERT_TRUE(Open().ok()) << context;
      const Strings found = ReadAll();
      ASSERT_LE(found.size(), all_.size()) << context;
      ASSERT_TRUE(std::equal(found.begin(), found.end(), all_.begin())) << context;
      ASSERT_EQ(found.size() < all_.size(), report.dropped_bytes > 0) << context;
      // Everything was: nothing may be dropped.
      file_system.Restore(before);
      const absl::Status opened = Open(false, end());
      ASSERT_TRUE(opened.ok()) << opened << " " << context;
      ASSERT_NO_FATAL_FAILURE(ExpectNoOtherRecords(context));
      ASSERT_EQ(log->offsets().log_end, end()) << context;
      ASSERT_EQ(report.dropped_bytes, 0) << context;
      if (!report.damaged.empty()) ++refused;
      // After a clean stop nobody looks until it is read.
      file_system.Restore(before);
      if (Open(true, end()).ok()) {
        ASSERT_EQ(log->offsets().log_end, end()) << context;
        ASSERT_NO_FATAL_FAILURE(ExpectNoOtherRecords(context));
      }
    }
  }
  EXPECT_GT(refused, 100);
}

TEST_F(DamageTest, IndexesOfAnotherSegmentLeadNobodyAstray) {
  parameters.config.segment_bytes_max = 800;
  parameters.config.index_interval_bytes = 100;
  ASSERT_NO_FATAL_FAILURE(FillAndClose(40));
  Strings segments;
  for (const std::string& name : Files()) {
    if (absl::EndsWith(name, ".log")) segments.push_back("/log/" + name.substr(0, 20));
  }
  ASSERT_GT(segments.size(), 3u);
  for (const std::string& from : segments) {
    for (const std::string& to : segments) {
      for (const std::string kind : {".index", ".timeindex"}) {
        const std::string context = absl::StrCat(from, kind, " to ", to);
        file_system.Restore(clean_);
        ASSERT_NO_FATAL_FAILURE(Overwrite(to + kind, Contents(from + kind)));
        ASSERT_TRUE(Open(true, end()).ok()) << context;
        ASSERT_NO_FATAL_FAILURE(ExpectNoOtherRecords(context));
        for (int i = 0; i < 40; ++i) {
          const auto found = log->FindByTimestamp(Timestamp(1000 + 10 * i));
          ASSERT_TRUE(found.ok() && found->has_value()) << context << " " << i;
          ASSERT_EQ((*found)->offset, Offset(i)) << context;
        }
        ASSERT_EQ(ReadAll(), all_) << context;
      }
    }
  }
}

TEST_F(DamageTest, ADamagedCompactedSegmentDoesNotTakeItsPlace) {
  ASSERT_NO_FATAL_FAILURE(FillAndClose(3));
  Overwrite("/log/00000000000000000000.log.swap", "new");
  const Strings before = Files();
  const absl::Status status = Open(true, Offset(3));
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_NE(status.message().find(".swap at position 0"), std::string::npos) << status;
  EXPECT_EQ(Files(), before);
  ASSERT_TRUE(file_system.Remove("/log/00000000000000000000.log.swap").ok());
  ASSERT_TRUE(Open(true, Offset(3)).ok());
  EXPECT_EQ(ReadAll(), all_);
}

TEST_F(DamageTest, LeftoversAreNeverTakenForData) {
  ASSERT_NO_FATAL_FAILURE(FillAndClose(3));
  const std::string log_bytes = Contents("/log/00000000000000000000.log");
  const Strings before = Files();
  for (const std::string name :
       {"00000000000000000003.log.deleted", "00000000000000000000.log.deleted",
        "00000000000000000000.log.cleaned", "00000000000000000007.index",
        "00000000000000000007.timeindex", "truncation.tmp", "leader-epoch-checkpoint.tmp"}) {
    ASSERT_NO_FATAL_FAILURE(Overwrite("/log/" + name, log_bytes));
  }
  Overwrite("/log/3.log", log_bytes);
  Overwrite("/log/notes.txt", log_bytes);
  for (const bool was_clean : {true, false}) {
    ASSERT_TRUE(Open(was_clean, Offset(3)).ok());
    EXPECT_EQ(ReadAll(), all_);
    Strings expected = before;
    // What a clean stop left of producers; a recovery has replayed the batches instead.
    if (!was_clean) std::erase(expected, "00000000000000000003.snapshot");
    expected.insert(expected.end(), {"3.log", "notes.txt"});
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(Files(), expected) << "what is not a log's is left alone";
  }
}

TEST_F(DamageTest, GapsBetweenBatchesAreTakenWhereCompactionMayMakeThemOnly) {
  parameters.config.offset_gaps_allowed = true;
  ASSERT_TRUE(Open().ok());
  std::string batches;
  for (const int64_t base : {0, 5, 9}) {
    std::string batch = MakeBatch({"x"});
    StampBatch(Offset(base), LeaderEpoch(0), absl::MakeSpan(batch));
    batches += batch;
  }
  ASSERT_TRUE(log->AppendAsFollower(batches).ok());
  ASSERT_TRUE(log->Close().ok());
  clean_ = file_system.Snapshot();
  ASSERT_TRUE(Open(false, Offset(10)).ok());
  EXPECT_EQ(ReadAll(), (Strings{"0:x", "5:x", "9:x"}));
  EXPECT_EQ(ReadAll(Offset(6)), (Strings{"9:x"}));
  parameters.config.offset_gaps_allowed = false;
  file_system.Restore(clean_);
  ASSERT_TRUE(Open(false, Offset(10)).ok());
  ASSERT_EQ(report.damaged.size(), 1u);
  EXPECT_EQ(report.damaged[0].first_offset, Offset(1));
  EXPECT_EQ(report.damaged[0].end_offset, Offset(9));
  EXPECT_EQ(ReadAll(Offset(9)), (Strings{"9:x"}));
  file_system.Restore(clean_);
  ASSERT_TRUE(Open(false, Offset(1)).ok());
  EXPECT_EQ(ReadAll(), Strings{"0:x"});
  EXPECT_GT(report.dropped_bytes, 0);
}

TEST_F(DamageTest, HostileOffsetsOfCheckpointsAndNamesDoNoHarm) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  parameters.log_start_offset = Offset(-7);
  ASSERT_NO_FATAL_FAILURE(FillAndClose(3));
  for (const int64_t start : {kMin, int64_t{-1}}) {
    for (const int64_t recovery_point : {kMin, int64_t{-1}, int64_t{0}}) {
      file_system.Restore(clean_);
      parameters.log_start_offset = Offset(start);
      ASSERT_TRUE(Open(false, Offset(recovery_point)).ok());
      EXPECT_EQ(ReadAll(), all_);
      EXPECT_EQ(log->offsets().log_start, Offset(0));
      EXPECT_GE(log->offsets().flushed, Offset(0));
    }
  }
  parameters.log_start_offset = Offset(0);
  file_system.Restore(clean_);
  ASSERT_TRUE(Open(false, Offset(kMax)).ok()) << "what is missing is not here";
  EXPECT_EQ(ReadAll(), all_);
  EXPECT_FALSE(report.notes.empty());
  EXPECT_TRUE(absl::IsInvalidArgument(log->TruncateFullyAndStartAt(Offset(-1))));
  EXPECT_TRUE(absl::IsOutOfRange(log->TruncateTo(Offset(-1))));
  EXPECT_EQ(ReadAll(), all_);
}

// A log of several segments, of which the end was never synced.
struct Unsynced : LogHarness {
  Unsynced() {
    parameters.config.segment_bytes_max = 300;
    parameters.config.index_interval_bytes = 100;
    EXPECT_TRUE(Open().ok());
    for (int i = 0; i < 7; ++i) {
      EXPECT_TRUE(Append({absl::StrCat("value-", i)}, Timestamp(1), LeaderEpoch(i / 5)).ok());
      if (i == 3) {
        EXPECT_TRUE(log->Sync(Offset(4)).ok());
      }
    }
    recovery_point = log->offsets().flushed;
    all = ReadAll();
  }
  void ExpectPrefix(size_t at_least, const std::string& context) {
    const Strings found = ReadAll();
    ASSERT_GE(found.size(), at_least) << context;
    ASSERT_LE(found.size(), all.size()) << context;
    ASSERT_TRUE(std::equal(found.begin(), found.end(), all.begin())) << context;
    ASSERT_TRUE(Append({"after"}, Timestamp(1), LeaderEpoch(9)).ok()) << context;
    ASSERT_EQ(ReadAll().size(), found.size() + 1) << context;
  }

  Strings all;
  Offset recovery_point;
};

// Runs `life` to its end after each change of an opening, and again in the opening after that one,
// `depth` times in all; then it opens, and `check` looks at it.
void EndInEveryOpening(Unsynced* life, int depth, const std::function<void()>& end_life,
                       const std::function<void(const std::string&)>& check,
                       const std::string& context) {
  const MemorySnapshot before = life->file_system.Snapshot();
  int64_t changes = -life->file_system.changes();
  const absl::Status opened = life->Open(false, life->recovery_point);
  changes += life->file_system.changes();
  ASSERT_TRUE(opened.ok()) << opened << " " << context;
  ASSERT_NO_FATAL_FAILURE(check(context));
  for (int64_t k = 1; depth > 0 && k <= changes; ++k) {
    life->file_system.Restore(before);
    life->file_system.CrashAfterChanges(k);
    life->Open(false, life->recovery_point).IgnoreError();
    end_life();
    ASSERT_NO_FATAL_FAILURE(
        EndInEveryOpening(life, depth - 1, end_life, check, absl::StrCat(context, " change ", k)));
  }
}

TEST(NestedDamage, ACrashInEveryOpeningAndInTheOneAfterItLosesNothing) {
  Unsynced life;
  life.file_system.CrashProcess();
  EndInEveryOpening(
      &life, 3, [&] { life.file_system.CrashProcess(); },
      [&](const std::string& context) { life.ExpectPrefix(life.all.size(), context); }, "death");
}

TEST(NestedDamage, APowerLossInEveryOpeningAndInTheOneAfterItLosesNothingDurable) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    for (const PowerLossMode mode : {PowerLossMode::kSubset, PowerLossMode::kSubsetWithGarbage}) {
      Unsynced life;
      SeededRandom choices(seed);
      const auto lose_power = [&] { life.file_system.PowerLoss(mode, &choices); };
      lose_power();
      ASSERT_NO_FATAL_FAILURE(EndInEveryOpening(
          &life, 2, lose_power, [&](const std::string& context) { life.ExpectPrefix(4, context); },
          absl::StrCat("seed ", seed, " mode ", static_cast<int>(mode))));
    }
  }
}

TEST(NestedDamage, AnErrorAnywhereInAnOpeningIsToldAndLosesNothing) {
  Unsynced life;
  life.file_system.CrashProcess();
  const MemorySnapshot before = life.file_system.Snapshot();
  int64_t operations = -life.file_system.operations();
  ASSERT_TRUE(life.Open(false, life.recovery_point).ok());
  operations += life.file_system.operations();
  for (int64_t k = 1; k <= operations; ++k) {
    const std::string context = absl::StrCat("operation ", k);
    life.file_system.Restore(before);
    int64_t count = 0;
    life.file_system.SetFaultHook([&](const FileOperation&) {
      return ++count == k ? FileFault(absl::UnavailableError("I/O error")) : FileFault();
    });
    const bool opened = life.Open(false, life.recovery_point).ok();
    life.file_system.SetFaultHook(nullptr);
    // An index that could not be written is noted, and rebuilt when it is needed.
    if (opened) {
      ASSERT_NO_FATAL_FAILURE(life.ExpectPrefix(life.all.size(), context));
      continue;
    }
    ASSERT_TRUE(life.Open(false, life.recovery_point).ok()) << context;
    ASSERT_NO_FATAL_FAILURE(life.ExpectPrefix(life.all.size(), context));
  }
}

}  // namespace
}  // namespace tidemark
