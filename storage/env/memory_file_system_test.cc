// Goal: a MemoryFileSystem fails, fills up, crashes and comes back as it says. Method: small
// scenarios, one promise each. What every file system must do is in the conformance suite, what a
// power loss leaves in power_loss_test.

#include <atomic>
#include <cstring>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;

constexpr int64_t kBlock = 4096;

std::unique_ptr<File> Create(FileSystem& files, absl::string_view path) {
  return files.Open(path, OpenMode::kCreate).value();
}

void MakeFile(FileSystem& files, absl::string_view path, absl::string_view contents) {
  const std::unique_ptr<File> file = Create(files, path);
  ASSERT_TRUE(file->Truncate(0).ok());
  ASSERT_TRUE(file->Write(0, contents).ok());
}

std::string Contents(FileSystem& files, absl::string_view path) {
  const absl::StatusOr<std::unique_ptr<File>> file = files.Open(path, OpenMode::kRead);
  if (!file.ok()) return absl::StrCat("<", absl::StatusCodeToString(file.status().code()), ">");
  std::string contents(static_cast<size_t>((*file)->Size().value()), '\0');
  EXPECT_EQ((*file)->Read(0, absl::MakeSpan(contents)).value(), contents.size());
  return contents;
}

std::shared_ptr<MappedRegion> MapPopulated(File* file, int64_t size_bytes) {
  std::shared_ptr<MappedRegion> region = file->Map(MapMode::kReadWrite, size_bytes).value();
  EXPECT_TRUE(region->Populate(0, size_bytes).ok());
  return region;
}

// Fails the call with that ordinal among those of its kind.
FileFaultHook FailNth(Kind kind, int n, FileFault fault) {
  return [kind, fault, left = std::make_shared<int>(n)](const FileOperation& operation) {
    return operation.kind == kind && --*left == 0 ? fault : FileFault();
  };
}

// ---- Fault hooks.

TEST(MemoryFileSystem, AFailedCallReturnsTheHooksErrorAndHasNoEffect) {
  const absl::Status error = absl::UnavailableError("I/O error");
  MemoryFileSystem files;
  MakeFile(files, "f", "0123456789");
  const std::unique_ptr<File> file = files.Open("f", OpenMode::kReadWrite).value();
  const std::shared_ptr<MappedRegion> region = file->Map(MapMode::kReadWrite, 10).value();
  files.SetFaultHook([&](const FileOperation&) { return error; });
  std::string out(4, '?');
  EXPECT_EQ(file->Read(0, absl::MakeSpan(out)).status(), error);
  EXPECT_EQ(out, "????");
  EXPECT_EQ(file->Write(0, "abc"), error);
  EXPECT_EQ(file->Size().status(), error);
  EXPECT_EQ(file->Truncate(1), error);
  EXPECT_EQ(file->Allocate(100), error);
  EXPECT_EQ(file->Sync(), error);
  EXPECT_EQ(file->Map(MapMode::kRead, 1).status(), error);
  EXPECT_EQ(region->Populate(0, 1), error);
  EXPECT_EQ(region->Sync(0, 1), error);
  EXPECT_EQ(files.Open("f", OpenMode::kRead).status(), error);
  EXPECT_EQ(files.Open("g", OpenMode::kCreate).status(), error);
  EXPECT_EQ(files.Rename("f", "g"), error);
  EXPECT_EQ(files.Remove("f"), error);
  EXPECT_EQ(files.CreateDirectory("d"), error);
  EXPECT_EQ(files.RemoveDirectory("d"), error);
  EXPECT_EQ(files.List("/").status(), error);
  EXPECT_EQ(files.Stat("f").status(), error);
  EXPECT_EQ(files.SyncDirectory("/"), error);
  EXPECT_EQ(files.Lock("l").status(), error);
  files.SetFaultHook(nullptr);
  EXPECT_EQ(Contents(files, "f"), "0123456789");
  EXPECT_EQ(files.List("/").value().size(), 1);
}

TEST(MemoryFileSystem, TheHookSeesEachCallInOrder) {
  MemoryFileSystem files;
  std::string seen;
  files.SetFaultHook([&](const FileOperation& operation) {
    absl::StrAppend(&seen, static_cast<int>(operation.kind), " ", operation.path, " ",
                    operation.position, "+", operation.length_bytes, " #", operation.ordinal, "/",
                    operation.change_ordinal, "\n");
    return FileFault();
  });
  MakeFile(files, "/f", "abc");
  const std::unique_ptr<File> file = files.Open("/f", OpenMode::kCreate).value();
  std::string out(2, '\0');
  ASSERT_TRUE(file->Read(1, absl::MakeSpan(out)).ok());
  ASSERT_TRUE(files.Rename("/f", "/g").ok());
  const auto line = [](Kind kind, absl::string_view rest) {
    return absl::StrCat(static_cast<int>(kind), rest);
  };
  EXPECT_EQ(seen, line(Kind::kCreate, " /f 0+0 #1/1\n") + line(Kind::kTruncate, " /f 0+0 #2/2\n") +
                      line(Kind::kWrite, " /f 0+3 #3/3\n") + line(Kind::kOpen, " /f 0+0 #4/0\n") +
                      line(Kind::kRead, " /f 1+2 #5/0\n") + line(Kind::kRename, " /f 0+0 #6/4\n"));
  EXPECT_EQ(files.operations(), 6);
  EXPECT_EQ(files.changes(), 4);
}

TEST(MemoryFileSystem, AFailedWriteMayHaveWrittenAPart) {
  MemoryFileSystem files;
  FileFault fault(absl::UnavailableError("I/O error"));
  fault.written_bytes = 2;
  files.SetFaultHook(FailNth(Kind::kWrite, 2, fault));
  const std::unique_ptr<File> file = Create(files, "f");
  EXPECT_TRUE(file->Write(0, "0123").ok());
  EXPECT_EQ(file->Write(3, "abcd").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Contents(files, "f"), "012ab");
}

TEST(MemoryFileSystem, AFailedSyncIsReportedOnceAndItsBytesAreNeverWritten) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = Create(files, "f");
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE(file->Write(0, "synced").ok());
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(file->Write(0, "FAILED").ok());
  files.SetFaultHook(FailNth(Kind::kSync, 1, FileFault(absl::UnavailableError("I/O error"))));
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_EQ(Contents(files, "f"), "FAILED");
  SeededRandom random(1);
  files.PowerLoss(PowerLossMode::kDropAll, &random);
  EXPECT_EQ(Contents(files, "f"), "synced");
}

TEST(MemoryFileSystem, PagesMadeDirtyAfterAFailedSyncAreWrittenByTheNext) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = Create(files, "f");
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE(file->Allocate(3 * kBlock).ok());
  ASSERT_TRUE(file->Write(0, "lost").ok());
  ASSERT_TRUE(file->Write(kBlock, "same").ok());
  ASSERT_TRUE(file->Write(2 * kBlock, "kept").ok());
  files.SetFaultHook(FailNth(Kind::kSync, 1, FileFault(absl::UnavailableError("I/O error"))));
  EXPECT_FALSE(file->Sync().ok());
  // That they are the same does not matter: a page is dirty once it is written to, or may be.
  ASSERT_TRUE(file->Write(kBlock, "same").ok());
  const std::shared_ptr<MappedRegion> region = *file->Map(MapMode::kReadWrite, 3 * kBlock);
  ASSERT_TRUE(region->Populate(2 * kBlock, 1).ok());
  ASSERT_TRUE(region->PopulateForReading(0, 1).ok());
  EXPECT_TRUE(file->Sync().ok());
  SeededRandom random(1);
  files.PowerLoss(PowerLossMode::kDropAll, &random);
  EXPECT_EQ(Contents(files, "f").substr(0, 4), std::string(4, '\0'));
  EXPECT_EQ(Contents(files, "f").substr(kBlock, 4), "same");
  EXPECT_EQ(Contents(files, "f").substr(2 * kBlock, 4), "kept");
}

TEST(MemoryFileSystem, AFailedSyncMayRevertTheContentsForFilesAndRegions) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = Create(files, "f");
  ASSERT_TRUE(file->Allocate(2 * kBlock).ok());
  ASSERT_TRUE(file->Write(0, "old").ok());
  ASSERT_TRUE(file->Sync().ok());
  const std::shared_ptr<MappedRegion> region = MapPopulated(file.get(), kBlock);
  std::memcpy(region->data(), "new", 3);
  ASSERT_TRUE(file->Write(kBlock, "new").ok());
  FileFault fault(absl::UnavailableError("I/O error"));
  fault.revert = true;
  files.SetFaultHook(FailNth(Kind::kSync, 1, fault));
  EXPECT_FALSE(region->Sync(0, 3).ok());
  EXPECT_EQ(std::string(region->data(), 3), "old");
  EXPECT_EQ(Contents(files, "f").substr(0, 3), "old");
  EXPECT_EQ(Contents(files, "f").substr(kBlock, 3), "new");
}

// ---- Room.

TEST(MemoryFileSystem, WritesAndAllocationsBeyondTheCapacityAreResourceExhausted) {
  MemoryFileSystem files;
  files.SetCapacityBytes(3 * kBlock);
  const std::unique_ptr<File> file = Create(files, "f");
  EXPECT_EQ(file->Allocate(4 * kBlock).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(file->Size().value(), 0);
  EXPECT_EQ(files.used_bytes(), 0);
  EXPECT_TRUE(file->Allocate(2 * kBlock).ok());
  EXPECT_EQ(files.used_bytes(), 2 * kBlock);
  EXPECT_EQ(files.FreeBytes("/").value(), kBlock);
  EXPECT_TRUE(file->Write(0, std::string(2 * kBlock, 'x')).ok());
  EXPECT_EQ(files.used_bytes(), 2 * kBlock);
  const absl::Status full = file->Write(2 * kBlock, std::string(2 * kBlock, 'y'));
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(file->Size().value(), 3 * kBlock);  // What fitted.
  EXPECT_EQ(Create(files, "g")->Write(0, "z").code(), absl::StatusCode::kResourceExhausted);
}

TEST(MemoryFileSystem, TruncationAndRemovalGiveRoomBackOnceNobodyHasTheFileOpen) {
  MemoryFileSystem files;
  files.SetCapacityBytes(4 * kBlock);
  MakeFile(files, "f", std::string(4 * kBlock, 'x'));
  std::unique_ptr<File> file = files.Open("f", OpenMode::kReadWrite).value();
  ASSERT_TRUE(file->Truncate(3 * kBlock).ok());
  EXPECT_EQ(files.used_bytes(), 3 * kBlock);
  std::shared_ptr<MappedRegion> region = file->Map(MapMode::kRead, kBlock).value();
  ASSERT_TRUE(files.Remove("f").ok());
  EXPECT_EQ(files.used_bytes(), 3 * kBlock);
  file.reset();
  EXPECT_EQ(files.used_bytes(), 3 * kBlock);
  region.reset();
  EXPECT_EQ(files.used_bytes(), 0);
  MakeFile(files, "g", "x");
  MakeFile(files, "h", "y");
  ASSERT_TRUE(files.Rename("g", "h").ok());
  EXPECT_EQ(files.used_bytes(), kBlock);
}

TEST(MemoryFileSystem, HolesTakeNoRoomUntilTheyArePopulatedForWriting) {
  MemoryFileSystem files;
  files.SetCapacityBytes(kBlock);
  const std::unique_ptr<File> file = Create(files, "f");
  ASSERT_TRUE(file->Truncate(10 * kBlock).ok());
  EXPECT_EQ(files.used_bytes(), 0);
  EXPECT_TRUE(file->Map(MapMode::kRead, 10 * kBlock).value()->Populate(0, 10 * kBlock).ok());
  const auto region = file->Map(MapMode::kReadWrite, 10 * kBlock).value();
  EXPECT_TRUE(region->PopulateForReading(0, 10 * kBlock).ok());
  EXPECT_EQ(files.used_bytes(), 0);
  EXPECT_TRUE(region->Populate(5 * kBlock, kBlock).ok());
  EXPECT_EQ(files.used_bytes(), kBlock);
  EXPECT_EQ(region->Populate(0, kBlock).code(), absl::StatusCode::kResourceExhausted);
}

TEST(MemoryFileSystem, WhereBlocksComeLateAFullDiskIsAFailedSync) {
  MemoryFileSystem files;
  files.LetBlocksComeLate();
  files.SetCapacityBytes(2 * kBlock);
  const std::unique_ptr<File> file = Create(files, "f");
  ASSERT_TRUE(file->Write(0, std::string(3 * kBlock, 'x')).ok());
  EXPECT_EQ(files.used_bytes(), 0);
  const absl::Status failed = file->Sync();
  EXPECT_EQ(failed.code(), absl::StatusCode::kResourceExhausted) << failed;
  EXPECT_EQ(files.used_bytes(), 0);
  EXPECT_EQ(Contents(files, "f"), std::string(3 * kBlock, 'x'));
  // As after any failed sync, an OK of the next says nothing about those bytes.
  files.SetCapacityBytes(100 * kBlock);
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_EQ(files.used_bytes(), 0);
  ASSERT_TRUE(file->Write(0, std::string(2 * kBlock, 'y')).ok());
  const std::shared_ptr<MappedRegion> region = file->Map(MapMode::kReadWrite, 3 * kBlock).value();
  EXPECT_TRUE(region->Sync(0, 3 * kBlock).ok());
  EXPECT_EQ(files.used_bytes(), 2 * kBlock);
}

TEST(MemoryFileSystem, WhereBlocksComeLateAllocatedOnesAreThereAtOnceAndRegionsNeedTheirs) {
  MemoryFileSystem files;
  files.LetBlocksComeLate();
  files.SetCapacityBytes(2 * kBlock);
  files.Restore(MemoryFileSystem().Snapshot());
  const std::unique_ptr<File> file = Create(files, "f");
  EXPECT_EQ(file->Allocate(3 * kBlock).code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(file->Allocate(2 * kBlock).ok());
  EXPECT_EQ(files.FreeBytes("/").value(), 0);
  ASSERT_TRUE(file->Write(0, std::string(2 * kBlock, 'x')).ok());
  EXPECT_TRUE(file->Sync().ok());
  ASSERT_TRUE(file->Truncate(3 * kBlock).ok());
  const std::shared_ptr<MappedRegion> region = file->Map(MapMode::kReadWrite, 3 * kBlock).value();
  ASSERT_TRUE(region->Populate(0, 3 * kBlock).ok());
  EXPECT_TRUE(region->Sync(0, 3 * kBlock).ok());
  region->data()[2 * kBlock] = 'y';
  EXPECT_TRUE(region->Sync(0, 2 * kBlock).ok());
  EXPECT_EQ(region->Sync(0, 3 * kBlock).code(), absl::StatusCode::kResourceExhausted);
}

TEST(MemoryFileSystem, TheRoomInUseIsTheSameAfterACrash) {
  MemoryFileSystem files;
  files.SetCapacityBytes(8 * kBlock);
  const std::unique_ptr<File> file = Create(files, "f");
  ASSERT_TRUE(file->Allocate(5 * kBlock).ok());
  const std::unique_ptr<File> removed = Create(files, "removed");
  ASSERT_TRUE(removed->Allocate(kBlock).ok());
  ASSERT_TRUE(files.Remove("removed").ok());
  EXPECT_EQ(files.used_bytes(), 6 * kBlock);
  files.CrashProcess();
  EXPECT_EQ(files.used_bytes(), 5 * kBlock);
  EXPECT_EQ(Create(files, "g")->Allocate(4 * kBlock).code(), absl::StatusCode::kResourceExhausted);
}

// ---- The end of a process.

TEST(MemoryFileSystem, AProcessCrashKeepsEveryByteAndName) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.CreateDirectory("d").ok());
  MakeFile(files, "d/old", "written");
  ASSERT_TRUE(files.Rename("d/old", "d/f").ok());
  const std::unique_ptr<File> file = files.Open("d/f", OpenMode::kReadWrite).value();
  const std::shared_ptr<MappedRegion> region = MapPopulated(file.get(), 7);
  region->data()[0] = 'W';
  files.CrashProcess();
  EXPECT_EQ(Contents(files, "d/f"), "Written");
  EXPECT_EQ(Contents(files, "d/old"), "<NOT_FOUND>");
}

TEST(MemoryFileSystem, WhatWasOpenBeforeACrashIsDeadAndHarmless) {
  MemoryFileSystem files;
  MakeFile(files, "f", "before");
  const std::unique_ptr<File> file = files.Open("f", OpenMode::kReadWrite).value();
  const std::shared_ptr<MappedRegion> region = MapPopulated(file.get(), 6);
  const std::unique_ptr<FileLock> lock = files.Lock("l").value();
  files.CrashProcess();
  EXPECT_FALSE(files.crashed());
  const auto dead = absl::StatusCode::kUnavailable;
  EXPECT_EQ(file->Write(0, "AFTER").code(), dead);
  EXPECT_EQ(file->Size().status().code(), dead);
  EXPECT_EQ(file->Sync().code(), dead);
  EXPECT_EQ(region->Populate(0, 6).code(), dead);
  EXPECT_EQ(region->Sync(0, 6).code(), dead);
  std::memcpy(region->data(), "AFTER", 5);
  EXPECT_EQ(Contents(files, "f"), "before");
  EXPECT_TRUE(files.Lock("l").ok());
}

TEST(MemoryFileSystem, CrashAfterChangesEndsTheProcessRightAfterThatChange) {
  for (int k = 1; k <= 3; ++k) {
    MemoryFileSystem files;
    const std::unique_ptr<File> file = Create(files, "f");
    ASSERT_TRUE(file->Allocate(8).ok());
    const std::shared_ptr<MappedRegion> region = MapPopulated(file.get(), 8);
    files.CrashAfterChanges(k);
    int succeeded = 0;
    for (const char* bytes : {"1", "12", "123", "1234"}) {
      if (file->Write(0, bytes).ok()) ++succeeded;
      EXPECT_EQ(files.Stat("f").ok(), succeeded < k);  // Looking does not count, but fails later.
      region->data()[7] = '!';                         // Too late from the k-th on.
    }
    EXPECT_EQ(succeeded, k);
    EXPECT_TRUE(files.crashed());
    EXPECT_EQ(files.Open("g", OpenMode::kCreate).status().code(), absl::StatusCode::kUnavailable);
    files.CrashProcess();
    EXPECT_FALSE(files.crashed());
    EXPECT_EQ(Contents(files, "f").substr(0, 4),
              std::string("1234").substr(0, static_cast<size_t>(k)) +
                  std::string(static_cast<size_t>(4 - k), '\0'));
    EXPECT_EQ(Contents(files, "f")[7], k == 1 ? '\0' : '!');
    EXPECT_EQ(files.List("/").value().size(), 1);
  }
}

TEST(MemoryFileSystem, AnOrderToCrashCanBeTakenBackAndEndsWithItsLife) {
  MemoryFileSystem files;
  files.CrashAfterChanges(1);
  files.CrashAfterChanges(0);
  MakeFile(files, "f", "x");
  files.CrashAfterChanges(5);
  files.CrashProcess();
  for (int i = 0; i < 10; ++i) MakeFile(files, "f", "x");
  EXPECT_FALSE(files.crashed());
}

TEST(MemoryFileSystem, AHookCanEndTheProcessInTheMiddleOfAWrite) {
  MemoryFileSystem files;
  FileFault fault(absl::UnavailableError("killed"));
  fault.written_bytes = 3;
  fault.crash = true;
  files.SetFaultHook(FailNth(Kind::kWrite, 1, fault));
  EXPECT_FALSE(Create(files, "f")->Write(0, "abcdef").ok());
  EXPECT_TRUE(files.crashed());
  files.CrashProcess();
  EXPECT_EQ(Contents(files, "f"), "abc");
}

TEST(MemoryFileSystem, HooksCapacityAndCountsOutliveACrash) {
  MemoryFileSystem files;
  files.SetCapacityBytes(kBlock);
  MakeFile(files, "f", "x");
  const int64_t operations = files.operations();
  int hooked = 0;
  files.SetFaultHook([&](const FileOperation&) { return ++hooked, FileFault(); });
  files.CrashProcess();
  EXPECT_TRUE(files.Stat("f").ok());
  EXPECT_EQ(hooked, 1);
  EXPECT_EQ(files.operations(), operations + 1);
  EXPECT_EQ(Create(files, "g")->Write(0, "y").code(), absl::StatusCode::kResourceExhausted);
}

// ---- Snapshots.

TEST(MemoryFileSystem, ASnapshotStaysAsItWasAndCanBeRestoredAnyTimes) {
  MemoryFileSystem files;
  MakeFile(files, "f", "first");
  const std::unique_ptr<File> file = files.Open("f", OpenMode::kReadWrite).value();
  const std::shared_ptr<MappedRegion> region = MapPopulated(file.get(), 5);
  region->data()[0] = 'F';
  const MemorySnapshot snapshot = files.Snapshot();
  region->data()[1] = 'I';
  ASSERT_TRUE(file->Write(2, "RST").ok());
  MakeFile(files, "g", "x");
  for (int i = 0; i < 2; ++i) {
    MemoryFileSystem copy(snapshot);
    EXPECT_EQ(Contents(copy, "f"), "First");
    EXPECT_EQ(Contents(copy, "g"), "<NOT_FOUND>");
    MakeFile(copy, "f", "changed in the copy");
  }
  EXPECT_EQ(Contents(files, "f"), "FIRST");
  files.Restore(snapshot);
  EXPECT_EQ(file->Size().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Contents(files, "f"), "First");
}

TEST(MemoryFileSystem, ASnapshotRemembersWhatIsNotSynced) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = Create(files, "f");
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE(file->Write(0, "unsynced").ok());
  const MemorySnapshot snapshot = files.Snapshot();
  ASSERT_TRUE(file->Sync().ok());
  SeededRandom random(1);
  MemoryFileSystem copy(snapshot);
  copy.PowerLoss(PowerLossMode::kDropAll, &random);
  EXPECT_EQ(Contents(copy, "f"), "");
  files.PowerLoss(PowerLossMode::kDropAll, &random);
  EXPECT_EQ(Contents(files, "f"), "unsynced");
}

// ---- Mapped memory.

TEST(MemoryFileSystemDeathTest, TouchingBytesThatWereNotPopulatedFaults) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  MemoryFileSystem files;
  MakeFile(files, "f", std::string(3 * kBlock, 'x'));
  const std::unique_ptr<File> file = files.Open("f", OpenMode::kReadWrite).value();
  const auto region = file->Map(MapMode::kReadWrite, 3 * kBlock).value();
  ASSERT_TRUE(region->Populate(kBlock, 1).ok());
  region->data()[kBlock] = 'y';
  EXPECT_DEATH(region->data()[0] = 'y', "");
  ASSERT_TRUE(file->Truncate(100).ok());
  ASSERT_TRUE(file->Allocate(3 * kBlock).ok());
  EXPECT_DEATH(region->data()[kBlock] = 'y', "");
}

TEST(MemoryFileSystem, AFileMayOutgrowItsRegionsAndBeMappedAgain) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = Create(files, "f");
  ASSERT_TRUE(file->Write(0, "abc").ok());
  std::shared_ptr<MappedRegion> region = MapPopulated(file.get(), 3);
  const int64_t far = int64_t{2} << 30;
  ASSERT_TRUE(file->Write(far, "far").ok());
  EXPECT_EQ(file->Map(MapMode::kRead, far + 3).status().code(),
            absl::StatusCode::kResourceExhausted);
  region->data()[0] = 'A';
  region.reset();
  const auto wide = file->Map(MapMode::kRead, far + 3).value();
  ASSERT_TRUE(wide->Populate(far, 3).ok());
  ASSERT_TRUE(wide->Populate(0, 3).ok());
  EXPECT_EQ(std::string(wide->data() + far, 3), "far");
  EXPECT_EQ(std::string(wide->data(), 3), "Abc");
}

// ---- Threads.

TEST(MemoryFileSystem, ThreadsMayUseFilesAndRegionsWhileOthersSyncAndCrash) {
  MemoryFileSystem files;
  constexpr int kThreads = 3;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string path = absl::StrCat("f", t);
      for (int round = 0; round < 50; ++round) {
        const absl::StatusOr<std::unique_ptr<File>> file = files.Open(path, OpenMode::kCreate);
        if (!file.ok() || !(*file)->Allocate(2 * kBlock).ok()) continue;
        const auto region = (*file)->Map(MapMode::kReadWrite, 2 * kBlock);
        if (!region.ok() || !(*region)->Populate(0, 2 * kBlock).ok()) continue;
        for (int i = 0; i < 2 * kBlock; ++i) (*region)->data()[i] = static_cast<char>(round);
        std::string out(1, '\0');
        const absl::StatusOr<int64_t> read = (*file)->Read(kBlock, absl::MakeSpan(out));
        if (read.ok() && out[0] != static_cast<char>(round)) ++wrong;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    for (int t = 0; t < kThreads; ++t) {
      const auto file = files.Open(absl::StrCat("f", t), OpenMode::kReadWrite);
      if (file.ok()) {
        EXPECT_TRUE((*file)->Sync().ok());
      }
    }
    if (i % 10 == 9) files.CrashProcess();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace tidemark
