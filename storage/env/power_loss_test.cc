// Goal: a power loss leaves exactly the states that it may. Method: go through every choice for
// small scenarios and compare the set of states found with the set that is legal.

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

using States = std::set<std::string>;

std::unique_ptr<File> Create(FileSystem& files, absl::string_view path) {
  return files.Open(path, OpenMode::kCreate).value();
}

// Everything that can be seen below a directory: "name=contents" and "name/", a run of equal bytes
// as one with its length.
std::string Describe(FileSystem& files, const std::string& directory = "") {
  std::string result;
  const std::vector<DirectoryEntry> entries = files.List(directory + "/").value();
  for (const DirectoryEntry& entry : entries) {
    const std::string path = directory + "/" + entry.name;
    if (!result.empty()) result += " ";
    if (entry.type == FileType::kDirectory) {
      absl::StrAppend(&result, path, "/ ", Describe(files, path));
      continue;
    }
    const std::unique_ptr<File> file = files.Open(path, OpenMode::kRead).value();
    std::string bytes(static_cast<size_t>(file->Size().value()), '\0');
    EXPECT_EQ(file->Read(0, absl::MakeSpan(bytes)).value(), bytes.size());
    absl::StrAppend(&result, path, "=");
    for (size_t i = 0; i < bytes.size();) {
      const size_t end = std::min(bytes.find_first_not_of(bytes[i], i), bytes.size());
      absl::StrAppend(&result, bytes[i] == '\0' ? "0" : bytes.substr(i, 1), "*", end - i, ";");
      i = end;
    }
  }
  return result;
}

States AllStates(const MemoryFileSystem& files, PowerLossMode mode) {
  const MemorySnapshot snapshot = files.Snapshot();
  States states;
  ExhaustiveChoices choices;
  do {
    MemoryFileSystem copy(snapshot);
    copy.PowerLoss(mode, choices.AsChooser());
    states.insert(Describe(copy));
  } while (choices.Next());
  return states;
}

constexpr PowerLossMode kAllModes[] = {PowerLossMode::kDropAll, PowerLossMode::kOrdered,
                                       PowerLossMode::kSubset, PowerLossMode::kSubsetWithGarbage};

TEST(PowerLoss, WhatWasSyncedStaysInEveryMode) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.CreateDirectory("/d").ok());
  const std::unique_ptr<File> file = Create(files, "/d/f");
  ASSERT_TRUE(file->Write(0, std::string(1000, 'a')).ok());
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(files.SyncDirectory("/d").ok());
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  for (const PowerLossMode mode : kAllModes) {
    EXPECT_EQ(AllStates(files, mode), States{"/d/ /d/f=a*1000;"});
  }
}

TEST(PowerLoss, ASyncedFileVanishesWithoutASyncOfItsDirectory) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = Create(files, "/f");
  ASSERT_TRUE(file->Write(0, "a").ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(AllStates(files, PowerLossMode::kDropAll), States{""});
  EXPECT_EQ(AllStates(files, PowerLossMode::kOrdered), (States{"", "/f=a*1;"}));
  EXPECT_EQ(AllStates(files, PowerLossMode::kSubset), (States{"", "/f=a*1;"}));
}

TEST(PowerLoss, ANameIsReachedOnlyThroughDurableDirectories) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.CreateDirectory("/d").ok());
  Create(files, "/d/f");
  ASSERT_TRUE(files.SyncDirectory("/d").ok());
  EXPECT_EQ(AllStates(files, PowerLossMode::kDropAll), States{""});
  EXPECT_EQ(AllStates(files, PowerLossMode::kSubset), (States{"", "/d/ /d/f="}));
}

TEST(PowerLoss, SyncDirectoryCoversItsOwnNamesOnly) {
  MemoryFileSystem files;
  for (const char* directory : {"/a", "/b"}) {
    ASSERT_TRUE(files.CreateDirectory(directory).ok());
    Create(files, absl::StrCat(directory, "/f"));
  }
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE(files.SyncDirectory("/a").ok());
  EXPECT_EQ(AllStates(files, PowerLossMode::kDropAll), States{"/a/ /a/f= /b/ "});
}

// The way a checkpoint is replaced: what if the temporary file was not synced, or was?
class PowerLossOfARename : public testing::Test {
 protected:
  States StatesAfterReplacing(PowerLossMode mode, bool sync_file) {
    MemoryFileSystem files;
    {
      const std::unique_ptr<File> file = Create(files, "/f");
      EXPECT_TRUE(file->Write(0, "o").ok());
      EXPECT_TRUE(file->Sync().ok());
    }
    EXPECT_TRUE(files.SyncDirectory("/").ok());
    const std::unique_ptr<File> temporary = Create(files, "/t");
    EXPECT_TRUE(temporary->Write(0, "nn").ok());
    if (sync_file) {
      EXPECT_TRUE(temporary->Sync().ok());
    }
    EXPECT_TRUE(files.Rename("/t", "/f").ok());
    return AllStates(files, mode);
  }
};

TEST_F(PowerLossOfARename, ASyncedReplacementLeavesTheOldOrTheNewContents) {
  const States legal = {"/f=o*1;", "/f=o*1; /t=n*2;", "/f=n*2;"};
  for (const PowerLossMode mode : {PowerLossMode::kOrdered, PowerLossMode::kSubset}) {
    EXPECT_EQ(StatesAfterReplacing(mode, /*sync_file=*/true), legal);
  }
}

TEST_F(PowerLossOfARename, AnUnsyncedReplacementMayBeEmptyUnderTheFinalName) {
  EXPECT_EQ(StatesAfterReplacing(PowerLossMode::kOrdered, /*sync_file=*/false),
            (States{"/f=o*1;", "/f=o*1; /t=", "/f=o*1; /t=n*2;", "/f=", "/f=n*2;"}));
  EXPECT_EQ(StatesAfterReplacing(PowerLossMode::kSubset, /*sync_file=*/false),
            (States{"/f=o*1;", "/f=o*1; /t=", "/f=o*1; /t=n*2;", "/f=o*1; /t=0*2;",
                    "/f=", "/f=n*2;", "/f=0*2;"}));
}

TEST(PowerLoss, OfIndependentNamesAnySubsetStaysOrOnlyTheFirst) {
  MemoryFileSystem files;
  Create(files, "/a");
  Create(files, "/b");
  EXPECT_EQ(AllStates(files, PowerLossMode::kOrdered), (States{"", "/a=", "/a= /b="}));
  EXPECT_EQ(AllStates(files, PowerLossMode::kSubset), (States{"", "/a=", "/b=", "/a= /b="}));
}

TEST(PowerLoss, ARenameBetweenDirectoriesIsNeverHalfDone) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.CreateDirectory("/a").ok());
  ASSERT_TRUE(files.CreateDirectory("/b").ok());
  Create(files, "/a/f");
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE(files.SyncDirectory("/a").ok());
  ASSERT_TRUE(files.Rename("/a/f", "/b/f").ok());
  EXPECT_EQ(AllStates(files, PowerLossMode::kSubset), (States{"/a/ /a/f= /b/ ", "/a/  /b/ /b/f="}));
}

TEST(PowerLoss, AFilesSecondRenameNeedsItsFirst) {
  MemoryFileSystem files;
  Create(files, "/a");
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE(files.Rename("/a", "/b").ok());
  ASSERT_TRUE(files.Rename("/b", "/c").ok());
  EXPECT_EQ(AllStates(files, PowerLossMode::kSubset), (States{"/a=", "/b=", "/c="}));
}

TEST(PowerLoss, ARemovedFileComesBackWithItsDurableBytes) {
  MemoryFileSystem files;
  {
    const std::unique_ptr<File> file = Create(files, "/f");
    ASSERT_TRUE(file->Write(0, "a").ok());
    ASSERT_TRUE(file->Sync().ok());
  }
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE(files.Remove("/f").ok());
  EXPECT_EQ(AllStates(files, PowerLossMode::kSubset), (States{"", "/f=a*1;"}));
  // And survives that the directory is used on and cleared of unreachable files.
  for (int i = 0; i < 200; ++i) {
    Create(files, "/t");
    ASSERT_TRUE(files.Remove("/t").ok());
  }
  EXPECT_EQ(AllStates(files, PowerLossMode::kDropAll), States{"/f=a*1;"});
}

// One file "/f", durable with the given contents, and then changed.
class PowerLossOfBytes : public testing::Test {
 protected:
  PowerLossOfBytes() {
    file_ = Create(files_, "/f");
    EXPECT_TRUE(files_.SyncDirectory("/").ok());
  }
  void WriteSynced(const std::string& bytes) {
    ASSERT_TRUE(file_->Write(0, bytes).ok());
    ASSERT_TRUE(file_->Sync().ok());
  }

  MemoryFileSystem files_;
  std::unique_ptr<File> file_;
};

TEST_F(PowerLossOfBytes, OfUnsyncedSectorsAnySubsetStays) {
  WriteSynced(std::string(1536, 'a'));
  ASSERT_TRUE(file_->Write(0, std::string(512, 'b')).ok());
  ASSERT_TRUE(file_->Write(1024, std::string(512, 'c')).ok());
  const States legal = {"/f=a*1536;", "/f=b*512;a*1024;", "/f=a*1024;c*512;",
                        "/f=b*512;a*512;c*512;"};
  EXPECT_EQ(AllStates(files_, PowerLossMode::kSubset), legal);
  EXPECT_EQ(AllStates(files_, PowerLossMode::kOrdered), legal);
  EXPECT_EQ(AllStates(files_, PowerLossMode::kDropAll), States{"/f=a*1536;"});
}

TEST_F(PowerLossOfBytes, ASectorIsWrittenWholeOrNotAtAll) {
  WriteSynced(std::string(512, 'a'));
  ASSERT_TRUE(file_->Write(10, "b").ok());
  ASSERT_TRUE(file_->Write(500, "c").ok());
  EXPECT_EQ(AllStates(files_, PowerLossMode::kSubset),
            (States{"/f=a*512;", "/f=a*10;b*1;a*489;c*1;a*11;"}));
}

TEST_F(PowerLossOfBytes, AnAppendMayStayInPartAndWithHolesUnlessOrdered) {
  WriteSynced(std::string(512, 'a'));
  ASSERT_TRUE(file_->Write(512, std::string(1024, 'b')).ok());
  EXPECT_EQ(AllStates(files_, PowerLossMode::kOrdered),
            (States{"/f=a*512;", "/f=a*512;b*512;", "/f=a*512;b*1024;"}));
  EXPECT_EQ(AllStates(files_, PowerLossMode::kSubset),
            (States{"/f=a*512;", "/f=a*512;b*512;", "/f=a*512;0*512;", "/f=a*512;b*1024;",
                    "/f=a*512;0*1024;", "/f=a*512;b*512;0*512;", "/f=a*512;0*512;b*512;"}));
}

TEST_F(PowerLossOfBytes, AnOrderedAppendWithinASectorIsWholeOnceTheSizeCoversIt) {
  WriteSynced("a");
  ASSERT_TRUE(file_->Write(0, "bc").ok());
  EXPECT_EQ(AllStates(files_, PowerLossMode::kOrdered),
            (States{"/f=a*1;", "/f=b*1;", "/f=b*1;c*1;"}));
}

TEST_F(PowerLossOfBytes, AnUnsyncedTruncationMayNotHaveHappened) {
  WriteSynced(std::string(100, 'a'));
  ASSERT_TRUE(file_->Truncate(10).ok());
  for (const PowerLossMode mode : {PowerLossMode::kOrdered, PowerLossMode::kSubset}) {
    EXPECT_EQ(AllStates(files_, mode), (States{"/f=a*100;", "/f=a*10;"}));
  }
}

TEST_F(PowerLossOfBytes, PreallocatedBytesAreZerosWhereNothingWasWritten) {
  ASSERT_TRUE(file_->Allocate(1024).ok());
  ASSERT_TRUE(file_->Sync().ok());
  const auto region = file_->Map(MapMode::kReadWrite, 1024).value();
  ASSERT_TRUE(region->Populate(0, 1024).ok());
  std::memset(region->data(), 'b', 1024);
  EXPECT_EQ(AllStates(files_, PowerLossMode::kOrdered),
            (States{"/f=0*1024;", "/f=b*512;0*512;", "/f=0*512;b*512;", "/f=b*1024;"}));
}

TEST_F(PowerLossOfBytes, ARegionsSyncCoversThePagesOfItsRangeAndTheSize) {
  ASSERT_TRUE(file_->Allocate(12288).ok());
  const auto region = file_->Map(MapMode::kReadWrite, 1 << 20).value();
  ASSERT_TRUE(region->Populate(0, 12288).ok());
  std::memset(region->data(), 'b', 12288);
  ASSERT_TRUE(region->Sync(5000, 10).ok());
  EXPECT_EQ(AllStates(files_, PowerLossMode::kDropAll), States{"/f=0*4096;b*4096;0*4096;"});
  ASSERT_TRUE(region->Sync(0, 12288).ok());
  EXPECT_EQ(AllStates(files_, PowerLossMode::kSubset), States{"/f=b*12288;"});
}

TEST_F(PowerLossOfBytes, ASyncAfterATruncationMakesTheCutDurableEverywhere) {
  WriteSynced(std::string(8192, 'a'));
  const auto region = file_->Map(MapMode::kReadWrite, 8192).value();
  ASSERT_TRUE(file_->Truncate(4096).ok());
  ASSERT_TRUE(file_->Truncate(8192).ok());
  ASSERT_TRUE(region->Sync(0, 1).ok());
  EXPECT_EQ(AllStates(files_, PowerLossMode::kDropAll), States{"/f=a*4096;0*4096;"});
}

TEST_F(PowerLossOfBytes, GarbageReplacesOnlyBytesThatWereNotSynced) {
  const std::string synced(700, 'a');
  WriteSynced(synced);
  const std::string appended(600, 'b');
  ASSERT_TRUE(file_->Write(700, appended).ok());
  const MemorySnapshot snapshot = files_.Snapshot();
  bool garbage_seen = false;
  SeededRandom random(7);
  for (int i = 0; i < 200; ++i) {
    MemoryFileSystem copy(snapshot);
    copy.PowerLoss(PowerLossMode::kSubsetWithGarbage, &random);
    const std::unique_ptr<File> file = copy.Open("/f", OpenMode::kRead).value();
    std::string bytes(static_cast<size_t>(file->Size().value()), '\0');
    ASSERT_EQ(file->Read(0, absl::MakeSpan(bytes)).value(), bytes.size());
    ASSERT_EQ(bytes.substr(0, 700), synced);
    garbage_seen |= bytes.find_first_not_of(std::string("ab\0", 3)) != std::string::npos;
  }
  EXPECT_TRUE(garbage_seen);
}

TEST_F(PowerLossOfBytes, WhatAPowerLossLeftIsOnStableStorage) {
  WriteSynced("a");
  ASSERT_TRUE(file_->Write(0, std::string(2000, 'b')).ok());
  SeededRandom random(3);
  files_.PowerLoss(PowerLossMode::kSubset, &random);
  const std::string left = Describe(files_);
  EXPECT_EQ(AllStates(files_, PowerLossMode::kDropAll), States{left});
}

TEST_F(PowerLossOfBytes, WriteBackChangesNothingThatIsSeenAndLetsLaterStatesMixVersions) {
  WriteSynced(std::string(512, 'a'));
  ASSERT_TRUE(file_->Write(0, std::string(512, 'b')).ok());
  States states;
  const MemorySnapshot snapshot = files_.Snapshot();
  SeededRandom random(5);
  for (int i = 0; i < 20; ++i) {
    MemoryFileSystem copy(snapshot);
    copy.WriteBack(&random);
    EXPECT_EQ(Describe(copy), "/f=b*512;");
    ASSERT_TRUE(
        copy.Open("/f", OpenMode::kReadWrite).value()->Write(0, std::string(512, 'c')).ok());
    for (const std::string& state : AllStates(copy, PowerLossMode::kSubset)) states.insert(state);
  }
  EXPECT_EQ(states, (States{"/f=a*512;", "/f=b*512;", "/f=c*512;"}));
}

TEST(PowerLoss, TheSameSeedLeavesTheSameState) {
  MemoryFileSystem files;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Create(files, absl::StrCat("/f", i))->Write(0, std::string(3000, 'x')).ok());
  }
  const MemorySnapshot snapshot = files.Snapshot();
  States states;
  for (const uint64_t seed : {1, 1, 2}) {
    SeededRandom random(seed);
    MemoryFileSystem copy(snapshot);
    copy.PowerLoss(PowerLossMode::kSubsetWithGarbage, &random);
    states.insert(Describe(copy));
  }
  EXPECT_EQ(states.size(), 2);
}

TEST(MemorySnapshotTest, SaysWhatIsNotOnStableStorage) {
  MemoryFileSystem files;
  EXPECT_EQ(files.Snapshot().unsynced_changes(), 0);
  const std::unique_ptr<File> file = *files.Open("/a", OpenMode::kCreate);
  EXPECT_EQ(files.Snapshot().unsynced_changes(), 1) << "a name";
  ASSERT_TRUE(file->Write(0, std::string(600, 'x')).ok());
  EXPECT_EQ(files.Snapshot().unsynced_changes(), 4) << "and a size, and two sectors";
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  EXPECT_EQ(files.Snapshot().unsynced_changes(), 0);
}

TEST(MemorySnapshotTest, DigestsTellWhatDiffers) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = *files.Open("/a", OpenMode::kCreate);
  ASSERT_TRUE(file->Write(0, "x").ok());
  const MemorySnapshot unsynced = files.Snapshot();
  ASSERT_TRUE(file->Sync().ok());
  const MemorySnapshot synced = files.Snapshot();
  EXPECT_EQ(synced.FilesDigest(), unsynced.FilesDigest());
  EXPECT_NE(synced.Digest(), unsynced.Digest());
  EXPECT_EQ(synced.Digest(), files.Snapshot().Digest());
  ASSERT_TRUE(file->Write(5000, std::string(1, '\0')).ok());
  EXPECT_NE(files.Snapshot().FilesDigest(), synced.FilesDigest()) << "the size";
  ASSERT_TRUE(file->Truncate(1).ok());
  EXPECT_EQ(files.Snapshot().FilesDigest(), synced.FilesDigest());
  ASSERT_TRUE(files.Rename("/a", "/b").ok());
  EXPECT_NE(files.Snapshot().FilesDigest(), synced.FilesDigest()) << "the name";
}

TEST(MemorySnapshotTest, LosesPowerAsItsFileSystemDoes) {
  MemoryFileSystem files;
  const std::unique_ptr<File> file = *files.Open("/a", OpenMode::kCreate);
  ASSERT_TRUE(file->Write(0, std::string(3000, 'x')).ok());
  const MemorySnapshot before = files.Snapshot();
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random(seed), again(seed);
    const MemorySnapshot left = before.AfterPowerLoss(
        PowerLossMode::kSubset, [&random](uint64_t n) { return random.Next() % n; });
    EXPECT_EQ(left.unsynced_changes(), 0);
    files.Restore(before);
    files.PowerLoss(PowerLossMode::kSubset, &again);
    EXPECT_EQ(files.Snapshot().Digest(), left.Digest()) << seed;
  }
}

TEST(FaultHookTest, IsToldAfterTheCall) {
  MemoryFileSystem files;
  std::vector<int64_t> before, after;
  files.SetFaultHook([&](const FileOperation&) {
    before.push_back(files.Snapshot().unsynced_changes());
    FileFault fault;
    fault.after = [&] { after.push_back(files.Snapshot().unsynced_changes()); };
    return fault;
  });
  ASSERT_TRUE(files.CreateDirectory("/d").ok());
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  EXPECT_EQ(before, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(after, (std::vector<int64_t>{1, 0}));
}

}  // namespace
}  // namespace tidemark
