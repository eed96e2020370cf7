// Goal: a disk that goes bad without a word does so as storage/memory_env.h says: every reader sees
// it again and again, what is written anew is whole, and the truth can be asked for. Method: small
// files, and each way to read and to lose.

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

constexpr int64_t kPage = 4096;

class SilentFaultTest : public testing::Test {
 protected:
  void MakeSynced(const std::string& path, absl::string_view contents) {
    const auto file = files_.Open(path, OpenMode::kCreate).value();
    ASSERT_TRUE(file->Write(0, contents).ok());
    ASSERT_TRUE(file->Sync().ok());
    ASSERT_TRUE(files_.SyncDirectory("/").ok());
  }
  std::string Seen(const std::string& path) {
    const auto file = files_.Open(path, OpenMode::kRead).value();
    std::string contents(static_cast<size_t>(file->Size().value()), '?');
    EXPECT_EQ(file->Read(0, absl::MakeSpan(contents)).value(), contents.size());
    return contents;
  }
  std::string SeenMapped(const std::string& path) {
    const auto file = files_.Open(path, OpenMode::kRead).value();
    const int64_t size = file->Size().value();
    const auto region = file->Map(MapMode::kRead, size).value();
    EXPECT_TRUE(region->Populate(0, size).ok());
    return std::string(region->data(), static_cast<size_t>(size));
  }
  std::string True(const std::string& path) { return files_.TrueContents(path).value(); }
  // Lets the next sync go wrong in that way.
  void Arm(SilentFault silent, uint64_t choice = 0) {
    auto armed = std::make_shared<bool>(true);
    files_.SetFaultHook([=](const FileOperation& operation) {
      FileFault fault;
      if (operation.kind == FileOperation::Kind::kSync && *armed) {
        *armed = false;
        fault.silent = silent;
        fault.choice = choice;
      }
      return fault;
    });
  }

  MemoryFileSystem files_;
};

TEST_F(SilentFaultTest, EveryReaderSeesItAgainAndAgainInEveryLife) {
  MakeSynced("/f", "0123456789");
  ASSERT_TRUE(files_.Damage("/f", 3, "xyz").ok());
  SeededRandom random(1);
  const MemorySnapshot snapshot = files_.Snapshot();
  for (int life = 0; life < 5; ++life) {
    EXPECT_EQ(Seen("/f"), "012xyz6789") << life;
    EXPECT_EQ(Seen("/f"), "012xyz6789") << life;
    EXPECT_EQ(SeenMapped("/f"), "012xyz6789") << life;
    EXPECT_EQ(True("/f"), "0123456789") << life;
    if (life == 0) files_.CrashProcess();
    if (life == 1) files_.PowerLoss(PowerLossMode::kDropAll, &random);
    if (life == 2) files_.PowerLoss(PowerLossMode::kSubsetWithGarbage, &random);
    if (life == 3) files_.Restore(snapshot);
  }
  EXPECT_EQ(MemoryFileSystem(snapshot).TrueContents("/f").value(), "0123456789");
}

TEST_F(SilentFaultTest, ARegionThatIsPopulatedSeesItAtOnce) {
  MakeSynced("/f", "0123456789");
  const auto file = files_.Open("/f", OpenMode::kReadWrite).value();
  const auto region = file->Map(MapMode::kReadWrite, 10).value();
  ASSERT_TRUE(region->Populate(0, 10).ok());
  ASSERT_TRUE(files_.Damage("/f", 0, "x").ok());
  EXPECT_EQ(region->data()[0], 'x');
  EXPECT_EQ(True("/f"), "0123456789");
  // A store of the right byte is a repair, as any other is.
  region->data()[0] = '0';
  EXPECT_EQ(True("/f"), "0123456789");
  ASSERT_TRUE(region->Sync(0, 10).ok());
  files_.PowerLoss(PowerLossMode::kDropAll, Chooser());
  EXPECT_EQ(Seen("/f"), "0123456789");
}

TEST_F(SilentFaultTest, WritingHealsWhatIsWrittenAndNothingElse) {
  MakeSynced("/f", "0123456789");
  ASSERT_TRUE(files_.Damage("/f", 2, "abcdef").ok());
  {
    const auto file = files_.Open("/f", OpenMode::kReadWrite).value();
    ASSERT_TRUE(file->Write(3, "34").ok());
    // What is written is the truth from then on, also where it is what the disk had made of it.
    ASSERT_TRUE(file->Write(6, "e").ok());
    EXPECT_EQ(Seen("/f"),
              "01a34de"
              "f89");
    EXPECT_EQ(True("/f"), "012345e789");
    ASSERT_TRUE(file->Sync().ok());
  }
  files_.PowerLoss(PowerLossMode::kDropAll, Chooser());
  EXPECT_EQ(Seen("/f"), "01a34def89");
  EXPECT_EQ(True("/f"), "012345e789");
}

TEST_F(SilentFaultTest, ARepairThatIsNotSyncedGoesWithThePower) {
  MakeSynced("/f", "0123456789");
  ASSERT_TRUE(files_.Damage("/f", 2, "x").ok());
  ASSERT_TRUE(files_.Open("/f", OpenMode::kReadWrite).value()->Write(2, "2").ok());
  const MemorySnapshot repaired = files_.Snapshot();
  EXPECT_EQ(Seen("/f"), "0123456789");
  files_.PowerLoss(PowerLossMode::kDropAll, Chooser());
  EXPECT_EQ(Seen("/f"), "01x3456789");
  EXPECT_EQ(True("/f"), "0123456789");
  // Nor does a process's end make it durable, or a sync that fails and reverts.
  files_.Restore(repaired);
  files_.CrashProcess();
  EXPECT_EQ(Seen("/f"), "0123456789");
  FileFault fault(absl::UnavailableError("I/O error"));
  fault.revert = true;
  files_.SetFaultHook([&](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kSync ? fault : FileFault();
  });
  EXPECT_FALSE(files_.Open("/f", OpenMode::kReadWrite).value()->Sync().ok());
  EXPECT_EQ(Seen("/f"), "01x3456789");
  EXPECT_EQ(True("/f"), "0123456789");
}

TEST_F(SilentFaultTest, BytesThatWereChangedSinceTheLastSyncStayAndHealIt) {
  MakeSynced("/f", "0123456789");
  const auto file = files_.Open("/f", OpenMode::kReadWrite).value();
  ASSERT_TRUE(file->Write(4, "ABC").ok());
  ASSERT_TRUE(files_.Damage("/f", 3, "xxxxx").ok());
  EXPECT_EQ(Seen("/f"), "012xABCx89");
  EXPECT_EQ(True("/f"), "0123ABC789");
  const MemorySnapshot dirty = files_.Snapshot();
  files_.PowerLoss(PowerLossMode::kDropAll, Chooser());
  EXPECT_EQ(Seen("/f"), "012xxxxx89");
  EXPECT_EQ(True("/f"), "0123456789");
  files_.Restore(dirty);
  ASSERT_TRUE(files_.Open("/f", OpenMode::kReadWrite).value()->Sync().ok());
  files_.PowerLoss(PowerLossMode::kDropAll, Chooser());
  EXPECT_EQ(Seen("/f"), "012xABCx89");
  EXPECT_EQ(True("/f"), "0123ABC789");
}

TEST_F(SilentFaultTest, CuttingAFileForgetsTheDamageBeyond) {
  MakeSynced("/f", std::string(2 * kPage, 'a'));
  ASSERT_TRUE(files_.Damage("/f", 0, std::string(2 * kPage, '\0')).ok());
  {
    const auto file = files_.Open("/f", OpenMode::kReadWrite).value();
    ASSERT_TRUE(file->Truncate(10).ok());
    ASSERT_TRUE(file->Truncate(2 * kPage).ok());
    // Zeros, as the damage was, but these are right.
    const std::string expected = std::string(10, 'a') + std::string(2 * kPage - 10, '\0');
    EXPECT_EQ(True("/f"), expected);
    ASSERT_TRUE(file->Sync().ok());
    EXPECT_EQ(True("/f"), expected);
  }
  files_.PowerLoss(PowerLossMode::kDropAll, Chooser());
  EXPECT_EQ(True("/f"), std::string(10, 'a') + std::string(2 * kPage - 10, '\0'));
  EXPECT_EQ(Seen("/f"), std::string(2 * kPage, '\0'));
}

TEST_F(SilentFaultTest, DamageOnDamageKeepsTheFirstTruth) {
  MakeSynced("/f", "0123456789");
  ASSERT_TRUE(files_.Damage("/f", 2, "ab").ok());
  ASSERT_TRUE(files_.Damage("/f", 3, "yz").ok());
  EXPECT_EQ(Seen("/f"), "01ayz56789");
  EXPECT_EQ(True("/f"), "0123456789");
  ASSERT_TRUE(files_.Damage("/f", 2, "234").ok());
  EXPECT_EQ(Seen("/f"), "0123456789");
}

TEST_F(SilentFaultTest, WhatWasHealedAndSyncedIsForgotten) {
  MakeSynced("/f", "0123456789");
  ASSERT_TRUE(files_.Damage("/f", 2, "x").ok());
  const auto file = files_.Open("/f", OpenMode::kReadWrite).value();
  const auto region = file->Map(MapMode::kReadWrite, 10).value();
  ASSERT_TRUE(region->Populate(0, 10).ok());
  region->data()[2] = '2';
  ASSERT_TRUE(file->Sync().ok());
  region->data()[2] = 'x';
  EXPECT_EQ(True("/f"), "01x3456789");
}

TEST_F(SilentFaultTest, ItGoesWithTheFileNotWithTheName) {
  MakeSynced("/f", "0123456789");
  ASSERT_TRUE(files_.Damage("/f", 2, "x").ok());
  ASSERT_TRUE(files_.Rename("/f", "/g").ok());
  MakeSynced("/f", "new");
  EXPECT_EQ(True("/f"), "new");
  EXPECT_EQ(Seen("/g"), "01x3456789");
  EXPECT_EQ(True("/g"), "0123456789");
}

TEST_F(SilentFaultTest, OnlyWhatTheDiskHasCanGoBad) {
  const auto code = [&](int64_t position, absl::string_view bytes) {
    return files_.Damage("/f", position, bytes).code();
  };
  EXPECT_EQ(code(0, "x"), absl::StatusCode::kNotFound);
  const auto file = files_.Open("/f", OpenMode::kCreate).value();
  ASSERT_TRUE(file->Write(0, "0123").ok());
  EXPECT_EQ(code(0, "x"), absl::StatusCode::kOutOfRange);
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(code(0, "x"), absl::StatusCode::kOk);
  EXPECT_EQ(code(3, "xx"), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(code(-1, "x"), absl::StatusCode::kOutOfRange);
  // A hole has no place on the disk.
  ASSERT_TRUE(file->Truncate(3 * kPage).ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(code(2 * kPage, "x"), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(files_.Damage("/", 0, "x").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(files_.TrueContents("/absent").status().code(), absl::StatusCode::kNotFound);
  files_.CrashAfterChanges(1);
  ASSERT_TRUE(file->Write(0, "y").ok());
  EXPECT_EQ(code(0, "x"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(True("/f")[0], 'y');
}

// ---- Syncs that lie.

constexpr char kOld = 'o';
constexpr char kNew = 'n';

class LyingSyncTest : public SilentFaultTest {
 protected:
  // A file of three old pages, the second and third of which are written and synced anew.
  void SyncWith(SilentFault silent, uint64_t choice) {
    files_.Restore(MemoryFileSystem().Snapshot());
    files_.SetFaultHook(nullptr);
    MakeSynced("/other", std::string(kPage, 'q'));
    MakeSynced("/f", std::string(3 * kPage, kOld));
    Arm(silent, choice);
    const auto file = files_.Open("/f", OpenMode::kReadWrite).value();
    ASSERT_TRUE(file->Write(kPage, std::string(2 * kPage, kNew)).ok());
    ASSERT_TRUE(file->Sync().ok());
    EXPECT_TRUE(file->Sync().ok());
    EXPECT_EQ(True("/f"), Truth());
    EXPECT_EQ(True("/other"), std::string(kPage, 'q'));
  }
  // One letter for each page; "?" for one that is not of one byte.
  std::string Pages(const std::string& path) {
    const std::string bytes = Seen(path);
    std::string pages;
    for (size_t i = 0; i < bytes.size(); i += kPage) {
      const std::string page = bytes.substr(i, kPage);
      pages += page == std::string(kPage, page[0]) ? page[0] : '?';
    }
    return pages;
  }
  static std::string Truth() { return std::string(kPage, kOld) + std::string(2 * kPage, kNew); }
};

TEST_F(LyingSyncTest, ALostWriteLeavesTheOldBytesOfOnePage) {
  std::set<std::string> found;
  for (uint64_t choice = 0; choice < 8; ++choice) {
    SyncWith(SilentFault::kLostWrite, choice);
    found.insert(Pages("/f"));
    files_.PowerLoss(PowerLossMode::kDropAll, Chooser());
    found.insert(Pages("/f"));
  }
  EXPECT_EQ(found, (std::set<std::string>{"oon", "ono"}));
}

TEST_F(LyingSyncTest, AZeroedPageIsOneOfThoseWritten) {
  std::set<std::string> found;
  for (uint64_t choice = 0; choice < 8; ++choice) {
    SyncWith(SilentFault::kZeroedPage, choice);
    found.insert(Pages("/f"));
  }
  const std::string zero(1, '\0');
  EXPECT_EQ(found, (std::set<std::string>{"o" + zero + "n", "on" + zero}));
}

TEST_F(LyingSyncTest, AFlippedBitIsAnyOneBitOfAPageThatWasWritten) {
  const std::string truth = Truth();
  std::set<std::pair<size_t, int>> found;
  for (uint64_t choice = 0; choice < 200; ++choice) {
    SyncWith(SilentFault::kBitFlip, choice * 7919);
    const std::string seen = Seen("/f");
    int differences = 0;
    for (size_t i = 0; i < seen.size(); ++i) {
      const int difference = static_cast<unsigned char>(seen[i] ^ truth[i]);
      if (difference == 0) continue;
      ++differences;
      EXPECT_EQ(difference & (difference - 1), 0);
      EXPECT_GE(i, kPage);
      found.insert({i, difference});
    }
    ASSERT_EQ(differences, 1);
  }
  EXPECT_GT(found.size(), 190);
}

TEST_F(LyingSyncTest, AMisdirectedWriteDamagesBothPlaces) {
  std::set<std::string> found;
  for (uint64_t choice = 0; choice < 16; ++choice) {
    SyncWith(SilentFault::kMisdirectedWrite, choice);
    found.insert(Pages("/f"));
    EXPECT_EQ(Pages("/other"), "q");
  }
  // Where it was to go is old; where it went is new.
  EXPECT_EQ(found, (std::set<std::string>{"non", "oon", "nno", "ono"}));
}

TEST_F(LyingSyncTest, AMisdirectedWriteMayLandInAnotherFile) {
  std::set<std::string> found;
  for (uint64_t choice = 0; choice < 8; ++choice) {
    SyncWith(SilentFault::kMisdirectedToOtherFile, choice);
    found.insert(Pages("/f"));
    EXPECT_EQ(Pages("/other"), "n");
  }
  EXPECT_EQ(found, (std::set<std::string>{"oon", "ono"}));
}

TEST_F(LyingSyncTest, AFirstWriteThatIsLostLeavesZerosOfTheRightSize) {
  Arm(SilentFault::kLostWrite);
  MakeSynced("/f", "abc");
  EXPECT_EQ(Seen("/f"), std::string(3, '\0'));
  EXPECT_EQ(True("/f"), "abc");
}

TEST_F(LyingSyncTest, ASyncWithNothingToWriteCannotLie) {
  MakeSynced("/f", "abc");
  Arm(SilentFault::kZeroedPage);
  ASSERT_TRUE(files_.Open("/f", OpenMode::kReadWrite).value()->Sync().ok());
  EXPECT_EQ(Seen("/f"), "abc");
}

TEST_F(LyingSyncTest, ARegionsSyncLiesToo) {
  MakeSynced("/f", "abc");
  Arm(SilentFault::kLostWrite);
  const auto file = files_.Open("/f", OpenMode::kReadWrite).value();
  const auto region = file->Map(MapMode::kReadWrite, 3).value();
  ASSERT_TRUE(region->Populate(0, 3).ok());
  region->data()[1] = 'x';
  ASSERT_TRUE(region->Sync(0, 3).ok());
  EXPECT_EQ(region->data()[1], 'b');
  EXPECT_EQ(Seen("/f"), "abc");
  EXPECT_EQ(True("/f"), "axc");
}

}  // namespace
}  // namespace tidemark
