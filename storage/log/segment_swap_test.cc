#include "storage/log/segment_swap.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/env/whole_file.h"
#include "storage/format/file_names.h"
#include "storage/log/log_directory.h"
#include "storage/memory_env.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

constexpr absl::string_view kDirectory = "/log";
constexpr SegmentFileKind kKinds[] = {SegmentFileKind::kLog, SegmentFileKind::kOffsetIndex,
                                      SegmentFileKind::kTransactionIndex};

std::string PathOf(int64_t offset, SegmentFileKind kind, SegmentFileState state) {
  return absl::StrCat(kDirectory, "/", FormatSegmentFileName({Offset(offset), kind, state}));
}

// Ten records from `offset` on, or only the last of them.
std::string Batch(int64_t offset, bool is_compacted) {
  RecordBatchOptions options;
  options.base_offset = Offset(offset);
  RecordBatchBuilder builder(options);
  for (int delta = is_compacted ? 9 : 0; delta < 10; ++delta) {
    EXPECT_TRUE(builder.AddAt(delta, {.value = "v", .timestamp = Timestamp(1)}).ok());
  }
  const absl::Span<char> bytes = builder.Finish().value();
  return std::string(bytes.data(), bytes.size());
}

// Segments from offsets 0, 10, 20 and 30 on. The first three have been compacted into one, whose
// files end in ".cleaned".
class SegmentSwapTest : public ::testing::Test {
 protected:
  SegmentSwapTest() {
    EXPECT_TRUE(file_system.CreateDirectory(kDirectory).ok());
    std::string compacted;
    for (int64_t offset = 0; offset < 40; offset += 10) {
      Put(offset, SegmentFileState::kLive, Batch(offset, false));
      if (offset < 30) compacted += Batch(offset, true);
    }
    Put(0, SegmentFileState::kCleaned, compacted);
    EXPECT_TRUE(file_system.SyncDirectory(kDirectory).ok());
    EXPECT_TRUE(file_system.SyncDirectory("/").ok());
    start_ = file_system.Snapshot();
  }

  void Put(int64_t offset, SegmentFileState state, const std::string& log) {
    for (const SegmentFileKind kind : kKinds) {
      const bool is_log = kind == SegmentFileKind::kLog;
      PutFile(PathOf(offset, kind, state), is_log ? log : std::to_string(log.size()));
    }
  }
  void PutFile(const std::string& path, const std::string& bytes) {
    const absl::StatusOr<std::unique_ptr<File>> file = file_system.Open(path, OpenMode::kCreate);
    EXPECT_TRUE(file.ok());
    EXPECT_TRUE((*file)->Write(0, bytes).ok());
    EXPECT_TRUE((*file)->Sync().ok());
  }

  absl::Status Swap() {
    // A failed sync of the directory ends the use of it.
    LogDirectory fresh(&file_system, std::string(kDirectory));
    absl::Status status = MarkCleanedForSwap(&fresh, Offset(0));
    if (status.ok()) {
      status = MarkCoveredDeleted(&fresh, {Offset(0), Offset(10), Offset(20)});
    }
    if (status.ok()) status = CompleteSwap(&fresh, Offset(0));
    return status;
  }
  absl::Status Finish() {
    notes.clear();
    return FinishInterruptedSwaps(&file_system, kDirectory, &notes);
  }

  // The files that count, by kind, with their sizes.
  std::string Live(SegmentFileKind kind) {
    std::string found;
    const std::vector<DirectoryEntry> entries = file_system.List(kDirectory).value();
    for (const DirectoryEntry& entry : entries) {
      const auto name = ParseSegmentFileName(entry.name);
      if (!name.has_value() || name->state == SegmentFileState::kDeleted) continue;
      EXPECT_EQ(name->state, SegmentFileState::kLive) << entry.name;
      if (name->kind != kind) continue;
      const int64_t size = file_system.Stat(absl::StrCat(kDirectory, "/", entry.name))->size_bytes;
      absl::StrAppend(&found, name->offset.value(), ":", size, " ");
    }
    return found;
  }

  void ExpectOldOrNew(absl::string_view context) {
    const std::string logs = Live(SegmentFileKind::kLog);
    EXPECT_TRUE(logs == old_logs || logs == new_logs) << context << ": " << logs;
    // Of each segment, or missing: they can be rebuilt.
    const std::string indexes = Live(SegmentFileKind::kOffsetIndex);
    if (logs == old_logs) {
      EXPECT_EQ(indexes, "0:3 10:3 20:3 30:3 ") << context;
    } else {
      EXPECT_TRUE(indexes == "0:3 30:3 " || indexes == "30:3 ") << context << ": " << indexes;
    }
  }

  MemoryFileSystem file_system;
  LogDirectory directory{&file_system, std::string(kDirectory)};
  std::vector<std::string> notes;
  const std::string old_logs = [] {
    const std::string size = absl::StrCat(":", Batch(0, false).size(), " ");
    return absl::StrCat("0", size, "10", size, "20", size, "30", size);
  }();
  const std::string new_logs =
      absl::StrCat("0:", 3 * Batch(0, true).size(), " 30:", Batch(0, false).size(), " ");
  MemorySnapshot start_ = file_system.Snapshot();
};

TEST_F(SegmentSwapTest, PutsTheCleanedSegmentInPlaceOfThoseItCovers) {
  ASSERT_TRUE(Swap().ok());
  EXPECT_EQ(Live(SegmentFileKind::kLog), new_logs);
  for (const SegmentFileKind kind : kKinds) {
    for (const int64_t offset : {0, 10, 20}) {
      EXPECT_TRUE(file_system.Stat(PathOf(offset, kind, SegmentFileState::kDeleted)).ok());
    }
    EXPECT_TRUE(file_system.Stat(PathOf(0, kind, SegmentFileState::kLive)).ok());
  }
  ASSERT_TRUE(Finish().ok());
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(Live(SegmentFileKind::kLog), new_logs);
}

TEST_F(SegmentSwapTest, WithoutAMarkForTheSwapTheOldSegmentsStay) {
  ASSERT_TRUE(Finish().ok());
  EXPECT_EQ(Live(SegmentFileKind::kLog), old_logs);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_TRUE(absl::StrContains(notes[0], "was being compacted")) << notes[0];
}

TEST_F(SegmentSwapTest, OnceMarkedTheSwapIsFinished) {
  ASSERT_TRUE(MarkCleanedForSwap(&directory, Offset(0)).ok());
  ASSERT_TRUE(Finish().ok());
  EXPECT_EQ(Live(SegmentFileKind::kLog), new_logs);
  EXPECT_EQ(Live(SegmentFileKind::kTransactionIndex), "0:3 30:3 ");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_TRUE(absl::StrContains(notes[0], "put in place")) << notes[0];
}

// Kafka splits segments that grew: a swap of several, marked from the last to the first.
TEST_F(SegmentSwapTest, SwapsBehindWhatIsStillBeingCleanedDoNotCount) {
  Put(10, SegmentFileState::kSwap, Batch(10, true));
  ASSERT_TRUE(Finish().ok());
  EXPECT_EQ(Live(SegmentFileKind::kLog), old_logs);
}

TEST_F(SegmentSwapTest, SwapsInFrontOfWhatIsStillBeingCleanedCount) {
  file_system.Restore(start_);
  for (const SegmentFileKind kind : kKinds) {
    ASSERT_TRUE(file_system
                    .Rename(PathOf(0, kind, SegmentFileState::kCleaned),
                            PathOf(0, kind, SegmentFileState::kSwap))
                    .ok());
  }
  Put(30, SegmentFileState::kCleaned, Batch(30, true));
  ASSERT_TRUE(Finish().ok());
  EXPECT_EQ(Live(SegmentFileKind::kLog), new_logs);
}

TEST_F(SegmentSwapTest, KeepsSnapshotsOfOffsetsThatAreCovered) {
  PutFile(PathOf(10, SegmentFileKind::kProducerSnapshot, SegmentFileState::kLive), "s");
  ASSERT_TRUE(MarkCleanedForSwap(&directory, Offset(0)).ok());
  ASSERT_TRUE(Finish().ok());
  EXPECT_EQ(Live(SegmentFileKind::kProducerSnapshot), "10:1 ");
}

TEST_F(SegmentSwapTest, AnEmptySwapTakesThePlaceOfItsFirstSegment) {
  ASSERT_TRUE(MarkCleanedForSwap(&directory, Offset(0)).ok());
  ASSERT_TRUE(
      file_system
          .Open(PathOf(0, SegmentFileKind::kLog, SegmentFileState::kSwap), OpenMode::kReadWrite)
          .value()
          ->Truncate(0)
          .ok());
  ASSERT_TRUE(
      file_system.Remove(PathOf(0, SegmentFileKind::kOffsetIndex, SegmentFileState::kSwap)).ok());
  ASSERT_TRUE(Finish().ok());
  const std::string size = absl::StrCat(":", Batch(0, false).size(), " ");
  EXPECT_EQ(Live(SegmentFileKind::kLog), absl::StrCat("0:0 10", size, "20", size, "30", size));
  EXPECT_EQ(Live(SegmentFileKind::kOffsetIndex), "10:3 20:3 30:3 ");
}

// A base offset that falls back, and a CRC that does not hold.
TEST_F(SegmentSwapTest, ADamagedSwapIsToldAndNothingIsRemoved) {
  ASSERT_TRUE(MarkCleanedForSwap(&directory, Offset(0)).ok());
  const std::string path = PathOf(0, SegmentFileKind::kLog, SegmentFileState::kSwap);
  for (const auto& [position, byte] : {std::pair(7, '\x01'), std::pair(66, '\x55')}) {
    const MemorySnapshot sound = file_system.Snapshot();
    const int64_t second = static_cast<int64_t>(Batch(0, true).size());
    ASSERT_TRUE(file_system.Open(path, OpenMode::kReadWrite)
                    .value()
                    ->Write(second + position, absl::string_view(&byte, 1))
                    .ok());
    const int64_t changes = file_system.changes();
    const absl::Status status = Finish();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat(path, " at position ", second)))
        << status;
    EXPECT_EQ(file_system.changes(), changes);
    file_system.Restore(sound);
  }
}

TEST_F(SegmentSwapTest, EveryCrashLeavesTheOldSegmentsOrTheNewOne) {
  int states = 0;
  bool is_done = false;
  for (int64_t changes = 1; !is_done; ++changes) {
    ExhaustiveChoices choices;
    do {
      file_system.Restore(start_);
      file_system.CrashAfterChanges(changes);
      is_done = Swap().ok();
      file_system.PowerLoss(PowerLossMode::kSubset, choices.AsChooser());
      const absl::Status finished = Finish();
      ASSERT_TRUE(finished.ok()) << finished;
      ExpectOldOrNew(absl::StrCat("crash after ", changes, " changes"));
      ++states;
    } while (choices.Next());
  }
  EXPECT_GT(states, 100);
}

TEST_F(SegmentSwapTest, FinishingMayItselfBeInterrupted) {
  SeededRandom random(7);
  for (int round = 0; round < 1000; ++round) {
    file_system.Restore(start_);
    for (int life = 0; life < 4; ++life) {
      file_system.CrashAfterChanges(1 + static_cast<int64_t>(random.Next() % 20));
      (life == 0 ? Swap() : Finish()).IgnoreError();
      file_system.PowerLoss(PowerLossMode::kSubset, &random);
    }
    const absl::Status finished = Finish();
    ASSERT_TRUE(finished.ok()) << finished;
    ExpectOldOrNew(absl::StrCat("round ", round));
    if (HasFailure()) return;
  }
}

// A kill leaves renames that are only in the cache: the power may go while they are acted upon.
TEST_F(SegmentSwapTest, B01_FinishingAfterAKillMayBeInterruptedByAPowerLoss) {
  SeededRandom random(11);
  bool was_swapped = false;
  for (int64_t until_kill = 1; !was_swapped; ++until_kill) {
    bool was_finished = false;
    for (int64_t until_loss = 1; !was_finished; ++until_loss) {
      for (int i = 0; i < 20; ++i) {
        file_system.Restore(start_);
        file_system.CrashAfterChanges(until_kill);
        was_swapped = Swap().ok();
        file_system.CrashProcess();
        file_system.CrashAfterChanges(until_loss);
        was_finished = Finish().ok();
        file_system.PowerLoss(PowerLossMode::kSubset, &random);
        ASSERT_TRUE(Finish().ok());
        ExpectOldOrNew(absl::StrCat("kill after ", until_kill, ", loss after ", until_loss));
        if (HasFailure()) return;
      }
    }
  }
}

TEST_F(SegmentSwapTest, ErrorsOfTheDiskAreToldAndHurtNothing) {
  for (int64_t failing = 1; failing <= 40; ++failing) {
    file_system.Restore(start_);
    ASSERT_TRUE(MarkCleanedForSwap(&directory, Offset(0)).ok());
    int64_t calls = 0;
    file_system.SetFaultHook([&](const FileOperation&) -> FileFault {
      if (++calls == failing) return absl::UnavailableError("I/O error");
      return {};
    });
    const absl::Status status = Finish();
    file_system.SetFaultHook(nullptr);
    EXPECT_EQ(status.ok(), calls < failing) << failing << ": " << status;
    ASSERT_TRUE(Finish().ok());
    EXPECT_EQ(Live(SegmentFileKind::kLog), new_logs) << failing;
  }
}

}  // namespace
}  // namespace tidemark
