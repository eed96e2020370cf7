// A whole engine on a small disk of its own: filled until appends are refused, read, deleted from,
// filled again, closed and opened, on the real file system. No touch of a mapped byte may raise a
// signal. Skipped where this process may not mount.

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"
#include "storage/error_code.h"
#include "storage/memory_env.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

using Values = std::vector<std::string>;

// Two dozen segments have three side files each, of a page.
constexpr char kReserve[] = "1048576";

class FullDiskPromise : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(mkdir(root_.c_str(), 0700), 0);
    is_mounted_ = mount("none", root_.c_str(), "tmpfs", 0, "size=4m") == 0;
    if (!is_mounted_) GTEST_SKIP() << "may not mount";
  }
  void TearDown() override {
    engine_.reset();
    if (is_mounted_) umount2(root_.c_str(), MNT_DETACH);
    rmdir(root_.c_str());
  }

  void Open() {
    EngineOptions options;
    options.config = {{"tidemark.disk.reserve.bytes", kReserve}};
    auto opened = StorageEngine::Open(absl::StrCat(root_, "/data"),
                                      {files_.get(), &clock_, &executor_, &random_}, options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    engine_ = *std::move(opened);
  }

  absl::Status Append(int64_t number) {
    const std::string value = absl::StrCat(number, ":", std::string(10000, 'x'));
    const absl::Status status = AppendRecord(engine_.get(), "t", 0, value, /*sync=*/false);
    if (status.ok()) values_.push_back(value);
    return status;
  }

  // Until the disk is full, and a little more.
  void Fill() {
    absl::Status status;
    for (int64_t number = 0; number < 1000 && status.ok(); ++number) status = Append(number);
    EXPECT_TRUE(IsDiskFull(status)) << status;
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(IsDiskFull(Append(i)));
  }

  void ExpectAllThere() {
    const auto found = ReadRecords(*engine_, "t", 0);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_TRUE(*found == values_) << found->size() << " and " << values_.size() << " records";
  }

  const std::string root_ = absl::StrCat(testing::TempDir(), "/full_disk");
  bool is_mounted_ = false;
  const std::unique_ptr<FileSystem> files_ = NewPosixFileSystem();
  ManualClock clock_{absl::FromUnixMillis(1000)};  // That of the records.
  ManualExecutor executor_{&clock_};
  SeededRandom random_{1};
  std::unique_ptr<StorageEngine> engine_;
  Values values_;
};

TEST_F(FullDiskPromise, C07_AnEngineOnAFullDiskReadsDeletesResumesAndClosesCleanly) {
  Open();
  ASSERT_TRUE(engine_->CreateTopic("t", 1, {{"segment.bytes", "150000"}}).ok());
  Fill();
  ASSERT_GT(values_.size(), 200u);
  ExpectAllThere();
  // Finishes what was rolled, for which there is no room but the reserve's.
  executor_.RunUntilIdle();
  ExpectAllThere();
  EXPECT_TRUE(engine_->Checkpoint().ok());

  const auto log = *engine_->GetLog({"t", PartitionId(0)});
  const auto deleted = static_cast<int64_t>(values_.size() / 2);
  ASSERT_TRUE(log->DeleteRecordsBefore(Offset(deleted)).ok());
  values_.erase(values_.begin(), values_.begin() + deleted);
  ExpectAllThere();
  executor_.AdvanceBy(absl::Minutes(2));
  ASSERT_TRUE(Append(1000).ok()) << "without opening anew";
  Fill();
  ExpectAllThere();

  const absl::Status closed = engine_->Close();
  EXPECT_TRUE(closed.ok()) << closed;
  Open();
  EXPECT_TRUE(engine_->recovery_report().was_clean);
  ExpectAllThere();
}

TEST_F(FullDiskPromise, C07_AnEngineThatEndedOnAFullDiskIsRecoveredThere) {
  Open();
  ASSERT_TRUE(engine_->CreateTopic("t", 1, {{"segment.bytes", "150000"}}).ok());
  Fill();
  EXPECT_TRUE(engine_->Close().ok());
  // As if it had not come to these.
  for (const char* name : {".kafka_cleanshutdown", "recovery-point-offset-checkpoint"}) {
    ASSERT_TRUE(files_->Remove(absl::StrCat(root_, "/data/", name)).ok()) << name;
  }
  Open();
  EXPECT_FALSE(engine_->recovery_report().was_clean);
  ExpectAllThere();
  ASSERT_TRUE((*engine_->GetLog({"t", PartitionId(0)}))->DeleteRecordsBefore(Offset(100)).ok());
  values_.erase(values_.begin(), values_.begin() + 100);
  executor_.AdvanceBy(absl::Minutes(2));
  ASSERT_TRUE(Append(1000).ok());
  ExpectAllThere();
  EXPECT_TRUE(engine_->Close().ok());
}

}  // namespace
}  // namespace tidemark
