// Goal: whatever ends a log's life, opening it gives a prefix of what was appended, at least all
// that was acknowledged, and a report of what went. Method: a script of calls runs on a file system
// in memory; it is ended after every single change to the files, by the death of the process or by
// a power loss that keeps a part of what was not synced; then the log is opened and compared with
// what was acknowledged.

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

// A log and what its user was told.
struct Life : LogHarness {
  Strings appended;          // By offset, as far as it was tried.
  int64_t buffered = 0;      // So many of them were acknowledged.
  int64_t durable = 0;       // So many of those as durable.
  Offset recovery_point{0};  // As an engine would have checkpointed it.

  Offset buffered_end() const { return Offset(buffered); }

  void Put(const std::string& value, bool is_durable) {
    const absl::StatusOr<AppendResult> result = Append({value});
    if (!result.ok() || file_system.crashed()) {
      // Nobody was told. It may be there or not, and may stand in the place of none that was
      // acknowledged.
      if (static_cast<int64_t>(appended.size()) == buffered) appended.push_back(value);
      return;
    }
    appended.resize(static_cast<size_t>(result->base_offset.value()));
    appended.push_back(value);
    buffered = result->last_offset.value() + 1;
    if (is_durable && log->Sync(buffered_end()).ok() && !file_system.crashed()) durable = buffered;
  }
};

// Appends over several segments, syncs now and then, rolls, checkpoints, closes, opens again.
void RunScript(Life* life) {
  life->parameters.config.segment_bytes_max = 700;
  life->parameters.config.index_interval_bytes = 100;
  if (!life->Open().ok()) return;
  for (int i = 0; i < 14; ++i) {
    life->Put(absl::StrCat("value-", i, std::string(static_cast<size_t>(i % 5) * 40, 'x')),
              i % 4 == 3);
    if (i % 5 == 4) life->executor.RunUntilIdle();
    if (i == 9) life->recovery_point = life->log->offsets().flushed;
  }
  life->log->Close().IgnoreError();
  life->recovery_point = life->log->offsets().flushed;
}

void ExpectPrefix(Life* life, int64_t at_least, const std::string& context) {
  const Strings found = life->ReadAll();
  SCOPED_TRACE(absl::StrJoin(life->report.notes, "\n"));
  SCOPED_TRACE(absl::StrJoin(found, "\n"));
  ASSERT_GE(static_cast<int64_t>(found.size()), at_least) << context;
  ASSERT_LE(found.size(), life->appended.size()) << context;
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i], absl::StrCat(i, ":", life->appended[i])) << context;
  }
  ASSERT_EQ(life->log->offsets().log_end, Offset(static_cast<int64_t>(found.size()))) << context;
  // It goes on from there, and is the same when it is opened once more.
  ASSERT_TRUE(life->Append({"after"}).ok()) << context;
  ASSERT_TRUE(life->CrashAndOpen(life->recovery_point).ok()) << context;
  ASSERT_EQ(life->ReadAll().size(), found.size() + 1) << context;
}

int64_t ChangesOfScript() {
  Life life;
  const int64_t before = life.file_system.changes();
  RunScript(&life);
  return life.file_system.changes() - before;
}

TEST(Recovery, KeepsEverythingAcknowledgedWhenTheProcessDiesAfterAnyChange) {
  const int64_t changes = ChangesOfScript();
  ASSERT_GT(changes, 20);
  for (int64_t k = 1; k <= changes; ++k) {
    const std::string context = absl::StrCat("after change ", k);
    Life life;
    life.file_system.CrashAfterChanges(k);
    RunScript(&life);
    const absl::Status opened = life.CrashAndOpen(life.recovery_point);
    ASSERT_TRUE(opened.ok()) << opened << " " << context;
    ASSERT_NO_FATAL_FAILURE(ExpectPrefix(&life, life.buffered, context));
  }
}

TEST(Recovery, KeepsEverythingDurableWhenPowerIsLostAfterAnyChange) {
  const int64_t changes = ChangesOfScript();
  for (const PowerLossMode mode : {PowerLossMode::kDropAll, PowerLossMode::kOrdered,
                                   PowerLossMode::kSubset, PowerLossMode::kSubsetWithGarbage}) {
    for (int64_t k = 1; k <= changes; ++k) {
      for (uint64_t seed = 1; seed <= 6; ++seed) {
        const std::string context =
            absl::StrCat("mode ", static_cast<int>(mode), " after change ", k, " seed ", seed);
        Life life;
        life.file_system.CrashAfterChanges(k);
        RunScript(&life);
        SeededRandom choices(seed);
        // What is in the log's directory can only be there if the directory is.
        const absl::Status opened = life.LosePowerAndOpen(mode, &choices, life.recovery_point);
        ASSERT_TRUE(opened.ok()) << opened << " " << context;
        ASSERT_NO_FATAL_FAILURE(ExpectPrefix(&life, life.durable, context));
      }
    }
  }
}

TEST(Recovery, CutsABatchOfWhichOnlyTheFirstSectorsWereKept) {
  for (const size_t kept : {0, 1, 12, 61, 100, 511, 512, 1024, 1535}) {
    LogHarness life;
    ASSERT_TRUE(life.Open().ok());
    ASSERT_TRUE(life.Append({"whole"}).ok());
    std::string torn = MakeBatch({std::string(1500, 'x')});
    StampBatch(Offset(1), LeaderEpoch(0), absl::MakeSpan(torn));
    const int64_t end = life.log->stats().size_bytes;
    life.file_system.CrashProcess();
    ASSERT_TRUE((*life.file_system.Open("/log/00000000000000000000.log", OpenMode::kReadWrite))
                    ->Write(end, absl::string_view(torn).substr(0, kept))
                    .ok());
    ASSERT_TRUE(life.Open().ok());
    EXPECT_EQ(life.ReadAll(), (Strings{"0:whole"})) << kept;
    // Trailing zero bytes of the torn batch cannot be told from preallocated ones.
    EXPECT_LE(life.report.dropped_bytes, static_cast<int64_t>(kept)) << kept;
    EXPECT_EQ(life.report.dropped_bytes > 0, kept >= 12) << kept;
    EXPECT_EQ(life.report.notes.size(), kept >= 12 ? 1u : 0u) << kept;
  }
}

TEST(Recovery, NeverSkipsAHoleToReachABatchBehindIt) {
  LogHarness life;
  ASSERT_TRUE(life.Open().ok());
  std::vector<int64_t> ends;
  for (const char* value : {"a", "b", "c"}) {
    ASSERT_TRUE(life.Append({value}).ok());
    ends.push_back(life.log->stats().size_bytes);
  }
  life.file_system.CrashProcess();
  ASSERT_TRUE((*life.file_system.Open("/log/00000000000000000000.log", OpenMode::kReadWrite))
                  ->Write(ends[0], std::string(static_cast<size_t>(ends[1] - ends[0]), '\0'))
                  .ok());
  ASSERT_TRUE(life.Open().ok());
  EXPECT_EQ(life.ReadAll(), (Strings{"0:a"}));
  EXPECT_EQ(life.report.dropped_bytes, ends[2] - ends[0] - 1) << "a batch here ends in a zero";
}

TEST(Recovery, RefusesAValidBatchThatDoesNotContinueTheLog) {
  for (const int64_t wrong_base : {0, 2, 7}) {
    LogHarness life;
    ASSERT_TRUE(life.Open().ok());
    ASSERT_TRUE(life.Append({"a"}).ok());
    const int64_t end = life.log->stats().size_bytes;
    std::string stale = MakeBatch({"stale"});
    StampBatch(Offset(wrong_base), LeaderEpoch(0), absl::MakeSpan(stale));
    life.file_system.CrashProcess();
    ASSERT_TRUE((*life.file_system.Open("/log/00000000000000000000.log", OpenMode::kReadWrite))
                    ->Write(end, stale)
                    .ok());
    ASSERT_TRUE(life.Open().ok());
    EXPECT_EQ(life.ReadAll(), (Strings{"0:a"})) << wrong_base;
    EXPECT_EQ(life.report.dropped_bytes, static_cast<int64_t>(stale.size()) - 1)
        << "a batch here ends in a zero";
  }
}

TEST(Recovery, TellsDamageToSyncedBytesFromATornWriteAndCutsNothing) {
  LogHarness life;
  ASSERT_TRUE(life.Open().ok());
  for (const char* value : {"a", "b", "c"}) ASSERT_TRUE(life.Append({value}).ok());
  life.file_system.CrashProcess();
  const std::unique_ptr<File> file =
      *life.file_system.Open("/log/00000000000000000000.log", OpenMode::kReadWrite);
  ASSERT_TRUE(file->Write(100, "!").ok());
  const int64_t batches = 3 * int64_t{69};
  ASSERT_TRUE(life.Open(false, Offset(3)).ok());
  ASSERT_EQ(life.report.damaged.size(), 1u);
  EXPECT_EQ(life.report.damaged[0].first_offset, Offset(1));
  EXPECT_EQ(life.report.damaged[0].end_offset, Offset(2));
  EXPECT_NE(life.report.notes.at(0).find("00000000000000000000.log at position"),
            std::string::npos);
  EXPECT_EQ(life.report.dropped_bytes, 0);
  EXPECT_EQ(*file->Size(), batches) << "but for the space that was allocated ahead";
}

TEST(Recovery, LooksOnlyAtWhatIsBehindTheRecoveryPoint) {
  LogHarness life;
  life.parameters.config.segment_bytes_max = 700;
  ASSERT_TRUE(life.Open().ok());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(life.Append({"0123456789"}).ok());
  ASSERT_TRUE(life.log->Sync(Offset(100)).ok());
  const int64_t total = life.log->stats().size_bytes;
  ASSERT_TRUE(life.CrashAndOpen(Offset(100)).ok());
  EXPECT_LE(life.report.scanned_bytes, 2 * 700);
  EXPECT_EQ(life.ReadAll().size(), 100u);
  ASSERT_TRUE(life.CrashAndOpen(Offset(0)).ok());
  EXPECT_EQ(life.report.scanned_bytes, total);
}

TEST(Recovery, RebuildsSideFilesThatAreGoneOrWrong) {
  LogHarness life;
  life.parameters.config.segment_bytes_max = 1000;
  life.parameters.config.index_interval_bytes = 100;
  ASSERT_TRUE(life.Open().ok());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(life.Append({"0123456789"}, Timestamp(1000 + i), LeaderEpoch(i / 10)).ok());
  }
  ASSERT_TRUE(life.log->Close().ok());
  const Strings all = life.ReadAll();
  const Strings files = life.Files();
  const MemorySnapshot clean = life.file_system.Snapshot();
  for (const bool was_clean : {true, false}) {
    for (const std::string& name : files) {
      if (name.ends_with(".log")) continue;
      for (const std::string damage : {"gone", "zeros", "garbage", "cut"}) {
        life.file_system.Restore(clean);
        const std::string path = "/log/" + name;
        if (damage == "gone") {
          ASSERT_TRUE(life.file_system.Remove(path).ok());
        } else {
          const std::unique_ptr<File> file = *life.file_system.Open(path, OpenMode::kReadWrite);
          const auto size = static_cast<size_t>(*file->Size());
          absl::Status done = absl::OkStatus();
          if (damage == "zeros") done = file->Write(0, std::string(size, '\0'));
          if (damage == "garbage") done = file->Write(0, std::string(size, '\x5a'));
          if (damage == "cut") done = file->Truncate(static_cast<int64_t>(size) - 5);
          ASSERT_TRUE(done.ok());
        }
        const std::string context = absl::StrCat(name, " ", damage, " clean ", was_clean);
        ASSERT_TRUE(life.Open(was_clean, Offset(was_clean ? 40 : 0)).ok()) << context;
        EXPECT_EQ(life.ReadAll().size(), 40u) << context;
        for (int i = 0; i < 40; ++i) {
          ASSERT_EQ((*life.log->FindByTimestamp(Timestamp(1000 + i)))->offset, Offset(i))
              << context;
          ASSERT_EQ(life.ReadAll(Offset(i)).size(), static_cast<size_t>(40 - i)) << context;
        }
        EXPECT_EQ(life.log->EndOffsetForEpoch(LeaderEpoch(1))->end_offset, Offset(20)) << context;
        EXPECT_EQ(life.log->latest_leader_epoch(), LeaderEpoch(3)) << context;
      }
    }
  }
}

TEST(Recovery, AFailedSyncFencesTheLogAndItsRecoveredTailIsWrittenAgain) {
  for (const bool revert : {false, true}) {
    LogHarness life;
    ASSERT_TRUE(life.Open().ok());
    ASSERT_TRUE(life.Append({"durable"}).ok());
    ASSERT_TRUE(life.log->Sync(Offset(1)).ok());
    // Many pages, so that what is appended behind it does not touch all of them.
    ASSERT_TRUE(life.Append({std::string(100000, 'l')}).ok());
    bool failed = false;
    life.file_system.SetFaultHook([&](const FileOperation& operation) {
      FileFault fault;
      if (operation.kind == FileOperation::Kind::kSync && !failed) {
        failed = true;
        fault.status = absl::UnavailableError("I/O error");
        fault.revert = revert;
      }
      return fault;
    });
    const absl::Status sync = life.log->Sync(Offset(2));
    EXPECT_TRUE(absl::IsDataLoss(sync)) << sync;
    EXPECT_FALSE(life.log->Sync(Offset(2)).ok()) << "a second sync proves nothing";
    EXPECT_TRUE(absl::IsFailedPrecondition(life.Append({"more"}).status()));
    EXPECT_EQ(life.log->offsets().flushed, Offset(1));
    EXPECT_FALSE(life.log->Close().ok());
    // A new life in the same page cache: what it makes durable must be durable.
    ASSERT_TRUE(life.CrashAndOpen(Offset(1)).ok());
    const Strings found = life.ReadAll();
    EXPECT_EQ(found.size(), revert ? 1u : 2u);
    ASSERT_TRUE(life.Append({"next"}).ok());
    const Offset end = life.log->offsets().log_end;
    ASSERT_TRUE(life.log->Sync(end).ok());
    SeededRandom choices(3);
    ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kDropAll, &choices, end).ok());
    EXPECT_EQ(life.ReadAll().size(), found.size() + 1);
  }
}

TEST(Recovery, APowerLossNeverTakesTheFirstSegmentAndLeavesALaterOne) {
  // A life that ends while it begins, and one that finds its files in the page cache.
  for (int64_t changes = 1; changes < 14; ++changes) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      LogHarness life;
      life.parameters.config.segment_bytes_max = 300;
      life.file_system.CrashAfterChanges(changes);
      if (life.Open().ok()) life.Append({"first"}).status().IgnoreError();
      ASSERT_TRUE(life.CrashAndOpen().ok());
      for (int i = 0; i < 8; ++i) ASSERT_TRUE(life.Append({std::string(80, 'x')}).ok());
      EXPECT_GT(life.log->stats().segment_count, 2);
      SeededRandom choices(seed);
      ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kSubset, &choices).ok());
      EXPECT_EQ(life.log->offsets().log_start, Offset(0)) << changes << " changes, seed " << seed;
    }
  }
}

TEST(Recovery, ADirectoryThatCannotBeSyncedFencesTheLog) {
  LogHarness life;
  life.parameters.config.segment_bytes_max = 200;
  ASSERT_TRUE(life.Open().ok());
  ASSERT_TRUE(life.Append({"a"}).ok());
  ASSERT_TRUE(life.log->Sync(Offset(1)).ok());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(life.Append({std::string(60, 'x')}).ok());
  life.file_system.SetFaultHook([](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kSyncDirectory
               ? FileFault(absl::UnavailableError("I/O error"))
               : FileFault();
  });
  EXPECT_TRUE(absl::IsDataLoss(life.log->Sync(Offset(5))));
  EXPECT_TRUE(absl::IsFailedPrecondition(life.Append({"b"}).status()));
}

TEST(Recovery, C04_ALeaderEpochThatCannotBeSyncedFencesTheLog) {
  LogHarness life;
  ASSERT_TRUE(life.Open().ok());
  ASSERT_TRUE(life.Append({"a"}).ok());
  life.file_system.SetFaultHook([](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kSyncDirectory
               ? FileFault(absl::UnavailableError("I/O error"))
               : FileFault();
  });
  EXPECT_TRUE(absl::IsDataLoss(life.log->AssignLeaderEpoch(LeaderEpoch(7))));
  life.file_system.SetFaultHook(nullptr);
  EXPECT_TRUE(absl::IsFailedPrecondition(life.Append({"b"}).status()));
}

}  // namespace
}  // namespace tidemark
