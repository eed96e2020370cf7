#include "storage/log/disk_reserve.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "storage/error_code.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

constexpr int64_t kBlock = 4096;
constexpr int64_t kSize = 16 * kBlock;
constexpr absl::string_view kPath = "/data/tidemark.reserve";

class DiskReserveTest : public testing::Test {
 protected:
  DiskReserveTest() {
    EXPECT_TRUE(file_system_.CreateDirectory("/data").ok());
    NewProcess();
  }

  void NewProcess() {
    reserve_ = std::make_unique<DiskReserve>(&file_system_, "/data");
    reserve_->Load();
  }

  // Leaves room for `bytes` more.
  void SetFree(int64_t bytes) { file_system_.SetCapacityBytes(file_system_.used_bytes() + bytes); }

  absl::Status Write(const std::string& name, int64_t blocks) {
    const auto file = file_system_.Open("/data/" + name, OpenMode::kCreate);
    if (!file.ok()) return file.status();
    return (*file)->Write(0, std::string(static_cast<size_t>(blocks * kBlock), 'x'));
  }

  int64_t FileBytes() {
    const absl::StatusOr<FileInfo> info = file_system_.Stat(kPath);
    return info.ok() ? info->size_bytes : -1;
  }

  MemoryFileSystem file_system_;
  std::unique_ptr<DiskReserve> reserve_;
};

TEST_F(DiskReserveTest, TakesBlocksOnTheDisk) {
  ASSERT_TRUE(reserve_->Resize(kSize).ok());
  EXPECT_EQ(file_system_.used_bytes(), kSize);
  EXPECT_EQ(FileBytes(), kSize);
  EXPECT_TRUE(reserve_->status().ok());
  EXPECT_TRUE(reserve_->CheckRoom().ok());
}

TEST_F(DiskReserveTest, GivesItsRoomToEssentialWorkAndKeepsAppendsOutUntilItIsTakenAgain) {
  ASSERT_TRUE(reserve_->Resize(kSize).ok());
  SetFree(0);
  int runs = 0;
  EXPECT_TRUE(reserve_
                  ->RunEssential([&] {
                    ++runs;
                    // While it may all be free, it is not for appends.
                    EXPECT_EQ(reserve_->CheckRoom().ok(), runs == 1);
                    return Write("index", 1);
                  })
                  .ok());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(FileBytes(), 0);
  EXPECT_TRUE(IsDiskFull(reserve_->status())) << reserve_->status();
  const absl::Status refused = reserve_->CheckRoom();
  EXPECT_TRUE(IsDiskFull(refused)) << refused;
  EXPECT_NE(refused.message().find(kPath), absl::string_view::npos) << refused;
  EXPECT_NE(refused.message().find("make room"), absl::string_view::npos) << refused;

  ASSERT_TRUE(file_system_.Remove("/data/index").ok());
  EXPECT_TRUE(reserve_->CheckRoom().ok());
  EXPECT_EQ(FileBytes(), kSize);
  EXPECT_TRUE(reserve_->status().ok());
}

TEST_F(DiskReserveTest, IsTakenAgainAtOnceByWorkThatLeavesTheRoom) {
  ASSERT_TRUE(Write("checkpoint", 1).ok());
  ASSERT_TRUE(reserve_->Resize(kSize).ok());
  SetFree(0);
  EXPECT_TRUE(reserve_
                  ->RunEssential([&] {
                    const absl::Status status = Write("checkpoint.tmp", 1);
                    if (!status.ok()) return status;
                    return file_system_.Rename("/data/checkpoint.tmp", "/data/checkpoint");
                  })
                  .ok());
  EXPECT_EQ(FileBytes(), kSize);
  EXPECT_TRUE(reserve_->status().ok());
}

TEST_F(DiskReserveTest, OtherErrorsAndWorkWithoutAReserveAreNotRunAgain) {
  int runs = 0;
  const auto run = [&](absl::Status status) {
    runs = 0;
    EXPECT_EQ(reserve_->RunEssential([&] {
      ++runs;
      return status;
    }),
              status);
    return runs;
  };
  EXPECT_EQ(run(absl::ResourceExhaustedError("full")), 1) << "there is none";
  ASSERT_TRUE(reserve_->Resize(kSize).ok());
  EXPECT_EQ(run(absl::UnavailableError("ill")), 1);
  EXPECT_EQ(run(absl::OkStatus()), 1);
  EXPECT_EQ(run(absl::ResourceExhaustedError("full")), 2);
}

TEST_F(DiskReserveTest, WorkThatFoundTheDiskFullIsRunAgainIfAnotherGaveTheReserveBackMeanwhile) {
  ASSERT_TRUE(reserve_->Resize(kSize).ok());
  SetFree(0);
  int runs = 0;
  EXPECT_TRUE(reserve_
                  ->RunEssential([&]() -> absl::Status {
                    if (++runs == 2) return absl::OkStatus();
                    EXPECT_TRUE(reserve_->RunEssential([&] { return Write("index", 1); }).ok());
                    return absl::ResourceExhaustedError("full before that");
                  })
                  .ok());
  EXPECT_EQ(runs, 2);
}

TEST_F(DiskReserveTest, OneThatNeverFittedIsDoneWithoutAndToldUntilItFits) {
  SetFree(kSize - kBlock);
  EXPECT_TRUE(absl::IsResourceExhausted(reserve_->Resize(kSize)));
  EXPECT_EQ(file_system_.List("/data")->size(), 0);
  EXPECT_TRUE(reserve_->CheckRoom().ok());
  EXPECT_TRUE(absl::IsResourceExhausted(reserve_->status())) << reserve_->status();
  EXPECT_FALSE(IsDiskFull(reserve_->status())) << "nobody waits for it";
  EXPECT_TRUE(absl::IsResourceExhausted(reserve_->Take()));
  SetFree(kSize);
  EXPECT_TRUE(reserve_->Take().ok());
  EXPECT_TRUE(reserve_->status().ok());
}

TEST_F(DiskReserveTest, TheNextProcessFindsHowItStands) {
  ASSERT_TRUE(reserve_->Resize(kSize).ok());
  NewProcess();
  SetFree(0);
  EXPECT_TRUE(reserve_->RunEssential([&] { return Write("settings", 1); }).ok())
      << "before it is known how much there shall be";
  NewProcess();
  EXPECT_TRUE(IsDiskFull(AsDiskFull(reserve_->Resize(kSize))));
  EXPECT_TRUE(IsDiskFull(reserve_->CheckRoom())) << "it was given back, and is not there";
  SetFree(kSize);
  EXPECT_TRUE(reserve_->CheckRoom().ok());
}

TEST_F(DiskReserveTest, ItsSizeCanBeChanged) {
  ASSERT_TRUE(reserve_->Resize(kSize).ok());
  ASSERT_TRUE(reserve_->Resize(kSize / 2).ok());
  EXPECT_EQ(file_system_.used_bytes(), kSize / 2);
  SetFree(kBlock);
  EXPECT_TRUE(absl::IsResourceExhausted(reserve_->Resize(kSize)));
  EXPECT_EQ(FileBytes(), kSize / 2) << "what there is stays";
  EXPECT_TRUE(reserve_->RunEssential([&] { return Write("index", 2); }).ok());
  EXPECT_FALSE(reserve_->CheckRoom().ok());
  ASSERT_TRUE(reserve_->Resize(0).ok());
  EXPECT_EQ(FileBytes(), -1);
  EXPECT_TRUE(reserve_->CheckRoom().ok()) << "without one nobody waits for it";
}

TEST_F(DiskReserveTest, OneThatSomebodyRemovedIsMadeAnew) {
  ASSERT_TRUE(reserve_->Resize(kSize).ok());
  SetFree(0);
  EXPECT_TRUE(reserve_->RunEssential([&] { return Write("index", 1); }).ok());
  ASSERT_TRUE(file_system_.Remove(kPath).ok());
  SetFree(kSize);
  EXPECT_TRUE(reserve_->CheckRoom().ok());
  EXPECT_EQ(FileBytes(), kSize);
}

TEST_F(DiskReserveTest, ACopyThatLeftTheBlocksOutGetsThem) {
  ASSERT_TRUE(file_system_.Open(kPath, OpenMode::kCreate).value()->Truncate(kSize).ok());
  EXPECT_EQ(file_system_.used_bytes(), 0);
  NewProcess();
  ASSERT_TRUE(reserve_->Resize(kSize).ok());
  EXPECT_EQ(file_system_.used_bytes(), kSize);
}

TEST_F(DiskReserveTest, ADeathAfterAnyChangeLeavesItTakenOrGivenBackOrAbsent) {
  const MemorySnapshot empty = file_system_.Snapshot();
  for (int64_t changes = 1;; ++changes) {
    file_system_.Restore(empty);
    NewProcess();
    SetFree(kSize);
    file_system_.CrashAfterChanges(changes);
    reserve_->Resize(kSize).IgnoreError();
    const bool was_taken = reserve_->status().ok();
    reserve_->RunEssential([&] { return Write("index", 1); }).IgnoreError();
    reserve_->RunEssential([&] { return file_system_.Remove("/data/index"); }).IgnoreError();
    const bool survived = !file_system_.crashed();
    file_system_.CrashProcess();
    EXPECT_TRUE(FileBytes() == kSize || FileBytes() == (was_taken ? 0 : -1)) << changes;
    NewProcess();
    file_system_.Remove("/data/index").IgnoreError();
    EXPECT_TRUE(reserve_->Resize(kSize).ok()) << changes;
    EXPECT_EQ(file_system_.used_bytes(), kSize) << changes;
    if (survived) break;
  }
}

TEST_F(DiskReserveTest, APowerLossLeavesNoEmptyFileOfOneThatWasOnlyMade) {
  const MemorySnapshot empty = file_system_.Snapshot();
  for (uint64_t seed = 0; seed < 100; ++seed) {
    file_system_.Restore(empty);
    NewProcess();
    ASSERT_TRUE(reserve_->Resize(kSize).ok());
    SeededRandom random(seed);
    file_system_.PowerLoss(PowerLossMode::kSubset, &random);
    EXPECT_TRUE(FileBytes() == kSize || FileBytes() == -1) << FileBytes();
  }
}

}  // namespace
}  // namespace tidemark
