// A full disk under a whole engine: appends wait, everything else goes on, and what makes room can
// always be done. The reserve itself is in storage/log/disk_reserve_test.cc.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"
#include "storage/error_code.h"

namespace tidemark {
namespace {

using Values = std::vector<std::string>;

constexpr absl::string_view kReserve = "/data/tidemark.reserve";

class FullDiskEngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // That of the records.
    harness_.clock.SetNow(absl::FromUnixMillis(1000));
  }

  void Open() {
    const absl::Status opened = harness_.Open();
    ASSERT_TRUE(opened.ok()) << opened;
  }
  StorageEngine* engine() { return harness_.engine.get(); }
  std::shared_ptr<ReplicaLog> LogOf(const std::string& topic) {
    return *engine()->GetLog({topic, PartitionId(0)});
  }

  // Lets the topic "t", of which every record gets a segment of its own, take the rest of a small
  // disk. Nothing runs in the background, so that no segment is finished. Returns the refusal.
  absl::Status FillDisk(int64_t room_bytes = 400 << 10) {
    EXPECT_TRUE(engine()->CreateTopic("t", 1, {{"segment.bytes", "100"}}).ok());
    harness_.file_system.SetCapacityBytes(harness_.file_system.used_bytes() + room_bytes);
    for (int i = 0; i < 10000; ++i) {
      const std::string value = absl::StrCat("record ", i);
      const absl::Status status = harness_.Append("t", 0, value, /*sync=*/false);
      if (!status.ok()) return status;
      values_.push_back(value);
    }
    return absl::OkStatus();
  }
  void MakeRoom() { harness_.file_system.SetCapacityBytes(int64_t{1} << 40); }

  int64_t ReserveBytes() {
    const absl::StatusOr<FileInfo> info = harness_.file_system.Stat(kReserve);
    return info.ok() ? info->size_bytes : -1;
  }
  bool IsToldInBackground() {
    for (const absl::Status& status : engine()->background_errors()) {
      if (IsDiskFull(status)) return true;
    }
    return false;
  }

  EngineHarness harness_;
  Values values_;  // That were taken.
};

TEST_F(FullDiskEngineTest, ARefusedAppendIsToldFromOtherErrorsAndSaysWhereAndWhatToDo) {
  Open();
  const absl::Status refused = FillDisk();
  EXPECT_TRUE(IsDiskFull(refused)) << refused;
  for (const char* part : {"t-0", "/data/t-0/", "make room"}) {
    EXPECT_TRUE(absl::StrContains(refused.message(), part)) << refused;
  }
  MakeRoom();
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    if (operation.kind != FileOperation::Kind::kMap) return {};
    return absl::ResourceExhaustedError("no mapping left");
  });
  const absl::Status unmapped = harness_.Append("t", 0, "x", /*sync=*/false);
  EXPECT_TRUE(absl::IsResourceExhausted(unmapped)) << unmapped;
  EXPECT_FALSE(IsDiskFull(unmapped)) << unmapped;
  harness_.file_system.SetFaultHook(nullptr);
  EXPECT_TRUE(harness_.Append("t", 0, "x").ok());
}

TEST_F(FullDiskEngineTest, ReadingGoesOnAndAppendsResumeWhenThereIsRoom) {
  Open();
  ASSERT_TRUE(IsDiskFull(FillDisk()));
  EXPECT_EQ(harness_.Read("t", 0), values_);
  MakeRoom();
  ASSERT_TRUE(harness_.Append("t", 0, "more").ok());
  values_.push_back("more");
  EXPECT_EQ(harness_.Read("t", 0), values_);
}

TEST_F(FullDiskEngineTest, RetentionDeletesSegmentsWhoseIndexesDidNotFitAndAppendsGoOn) {
  Open();
  ASSERT_TRUE(IsDiskFull(FillDisk()));
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {{"retention.bytes", "0"}}, {}).ok());
  const auto outcomes = engine()->RunRetention("t");
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  EXPECT_TRUE(outcomes->front().status.ok()) << outcomes->front().status;
  EXPECT_GT(outcomes->front().removed_segments, 1);
  EXPECT_TRUE(IsDiskFull(harness_.Append("t", 0, "x"))) << "the files stay for a minute";
  harness_.executor.AdvanceBy(absl::Minutes(1));
  EXPECT_TRUE(harness_.Append("t", 0, "more").ok());
  EXPECT_EQ(ReserveBytes(), 8 << 20);
  EXPECT_EQ(harness_.Read("t", 0).back(), "more");
}

TEST_F(FullDiskEngineTest, WithoutAReserveCheckpointsAndACleanStopWaitForRoomAndDeletingDoesNot) {
  harness_.options.config = {{"tidemark.disk.reserve.bytes", "0"}};
  Open();
  ASSERT_TRUE(IsDiskFull(FillDisk()));
  EXPECT_EQ(ReserveBytes(), -1);
  EXPECT_FALSE(engine()->Checkpoint().ok());
  const Offset end = LogOf("t")->offsets().log_end;
  const absl::Status deleted = LogOf("t")->DeleteRecordsBefore(end - 100);
  EXPECT_TRUE(deleted.ok()) << deleted;
  EXPECT_FALSE(engine()->Checkpoint().ok()) << "the files stay for a minute";
  EXPECT_FALSE(engine()->Close().ok());
  EXPECT_FALSE(harness_.Exists(".kafka_cleanshutdown"));
}

TEST_F(FullDiskEngineTest, RecordsAndTopicsCanBeDeleted) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("other", 1, {}).ok());
  ASSERT_TRUE(harness_.Append("other", 0, "a").ok());
  ASSERT_TRUE(IsDiskFull(FillDisk()));
  const Offset end = LogOf("t")->offsets().log_end;
  EXPECT_TRUE(LogOf("t")->DeleteRecordsBefore(end - 2).ok());
  EXPECT_EQ(harness_.Read("t", 0), Values(values_.end() - 2, values_.end()));
  EXPECT_TRUE(engine()->DeleteTopic("t").ok());
  EXPECT_TRUE(engine()->CreateTopic("new", 1, {}).ok());
  EXPECT_TRUE(harness_.Append("new", 0, "b").ok());
  EXPECT_EQ(harness_.Read("other", 0), Values{"a"});
}

TEST_F(FullDiskEngineTest, CheckpointsAreWrittenAndTheStopIsClean) {
  Open();
  ASSERT_TRUE(IsDiskFull(FillDisk()));
  EXPECT_TRUE(engine()->Checkpoint().ok());
  EXPECT_TRUE(engine()->Close().ok());
  EXPECT_TRUE(harness_.Exists(".kafka_cleanshutdown"));
  Open();
  EXPECT_TRUE(engine()->recovery_report().was_clean);
  EXPECT_EQ(harness_.Read("t", 0), values_);
  EXPECT_TRUE(IsDiskFull(harness_.Append("t", 0, "x")));
  MakeRoom();
  EXPECT_TRUE(harness_.Append("t", 0, "x").ok());
}

TEST_F(FullDiskEngineTest, ADeathOnAFullDiskIsRecoveredFromThere) {
  Open();
  ASSERT_TRUE(IsDiskFull(FillDisk()));
  harness_.Crash();
  Open();
  EXPECT_EQ(harness_.Read("t", 0), values_);
  EXPECT_TRUE(engine()->Close().ok());
  MakeRoom();
  Open();
  EXPECT_TRUE(engine()->recovery_report().was_clean);
  EXPECT_TRUE(harness_.Append("t", 0, "x").ok());
}

TEST_F(FullDiskEngineTest, WhatIsGivenBackIsNotForAppendsNewTopicsOrCompaction) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("c", 1, {}).ok());
  ASSERT_TRUE(IsDiskFull(FillDisk()));
  EXPECT_FALSE(IsToldInBackground());
  // Finishes the segments.
  ASSERT_TRUE(LogOf("t")->Sync(LogOf("t")->offsets().log_end).ok());
  EXPECT_EQ(ReserveBytes(), 0);
  EXPECT_TRUE(IsToldInBackground());
  const int64_t used = harness_.file_system.used_bytes();
  EXPECT_TRUE(IsDiskFull(harness_.Append("t", 0, "x")));
  EXPECT_TRUE(IsDiskFull(harness_.Append("c", 0, "x")));
  EXPECT_TRUE(IsDiskFull(engine()->CreateTopic("new", 2, {}).status()));
  EXPECT_TRUE(IsDiskFull(engine()->AddPartitions("c", 2)));
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {{"cleanup.policy", "compact"}}, {}).ok());
  const auto compacted = engine()->RunCompaction("t");
  ASSERT_TRUE(compacted.ok());
  EXPECT_TRUE(IsDiskFull(compacted->front().status)) << compacted->front().status;
  EXPECT_EQ(harness_.file_system.used_bytes(), used);

  MakeRoom();
  harness_.executor.AdvanceBy(absl::Minutes(1));
  EXPECT_FALSE(IsToldInBackground()) << "without an append that asks";
  EXPECT_EQ(ReserveBytes(), 8 << 20);
  EXPECT_TRUE(harness_.Append("c", 0, "x").ok());
}

TEST_F(FullDiskEngineTest, ADiskTooSmallForAReserveWorksWithoutAndSaysSo) {
  harness_.file_system.SetCapacityBytes(1 << 20);
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  EXPECT_TRUE(harness_.Append("t", 0, "a").ok());
  EXPECT_EQ(ReserveBytes(), -1);
  ASSERT_EQ(engine()->background_errors().size(), 1u);
  const absl::Status told = engine()->background_errors().front();
  EXPECT_FALSE(IsDiskFull(told)) << "nobody waits";
  EXPECT_TRUE(absl::StrContains(told.message(), kReserve)) << told;
  EXPECT_TRUE(engine()->Close().ok());
}

TEST_F(FullDiskEngineTest, TheReserveFollowsItsSetting) {
  Open();
  EXPECT_EQ(ReserveBytes(), 8 << 20);
  ASSERT_TRUE(engine()->AlterEngineConfig({{"tidemark.disk.reserve.bytes", "65536"}}, {}).ok());
  EXPECT_EQ(ReserveBytes(), 65536);
  Open();
  EXPECT_EQ(ReserveBytes(), 65536);
  ASSERT_TRUE(engine()->AlterEngineConfig({{"tidemark.disk.reserve.bytes", "0"}}, {}).ok());
  EXPECT_EQ(ReserveBytes(), -1);
}

TEST_F(FullDiskEngineTest, EachDirectoryHasItsOwnAndAnotherGoesOn) {
  harness_.options.more_directories = {"/disk2"};
  Open();
  EXPECT_TRUE(harness_.file_system.Stat("/disk2/tidemark.reserve").ok());
  ASSERT_TRUE(engine()->CreateTopic("t", 2, {}).ok());
  // The first disk alone is full.
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    const bool is_here = absl::StartsWith(operation.path, "/data/");
    if (!is_here || operation.kind != FileOperation::Kind::kAllocate) return {};
    return absl::ResourceExhaustedError("no space left");
  });
  EXPECT_TRUE(IsDiskFull(harness_.Append("t", 0, "x")));
  EXPECT_TRUE(harness_.Append("t", 1, "x").ok());
  harness_.file_system.SetFaultHook(nullptr);
  EXPECT_TRUE(harness_.Append("t", 0, "x").ok());
}

}  // namespace
}  // namespace tidemark
