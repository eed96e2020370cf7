// A partition that cannot be opened is offline, and the others serve.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

using Values = std::vector<std::string>;

constexpr absl::string_view kLog = "t-1/00000000000000000000.log";

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
}

// The topic "t" with a record in each of its partitions 0 and 1, checkpointed, one more in the next
// segment of partition 1, and not closed. Where the first segment of that has lost its end, the
// second does not continue it.
class OfflinePartitionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Open();
    ASSERT_TRUE(engine()->CreateTopic("t", 2, {{"segment.bytes", "100"}}).ok());
    ASSERT_TRUE(harness_.Append("t", 0, "a").ok());
    ASSERT_TRUE(harness_.Append("t", 1, "b").ok());
    ASSERT_TRUE(engine()->Checkpoint().ok());
    ASSERT_TRUE(harness_.Append("t", 1, "c", false).ok());
    harness_.Crash();
    sound_ = harness_.ReadFile(kLog);
    damaged_ = "";
  }

  void Open() {
    const absl::Status opened = harness_.Open();
    ASSERT_TRUE(opened.ok()) << opened;
  }
  StorageEngine* engine() { return harness_.engine.get(); }

  absl::Status ErrorOf(int32_t partition) {
    return engine()->GetLog({"t", PartitionId(partition)}).status();
  }

  void OpenDamaged() {
    harness_.WriteFile(kLog, damaged_);
    Open();
    ASSERT_EQ(ErrorOf(1).code(), absl::StatusCode::kDataLoss);
  }

  EngineHarness harness_;
  std::string sound_;
  std::string damaged_;
};

TEST_F(OfflinePartitionTest, WhatIsMissingTakesOnlyItsPartitionOffline) {
  OpenDamaged();
  EXPECT_EQ(harness_.Read("t", 0), Values{"a"});
  EXPECT_TRUE(harness_.Append("t", 0, "c").ok());
  for (const absl::string_view part :
       {"t-1: offline", "/data/t-1/00000000000000000000.log: ends at offset 0",
        "Restore what is"}) {
    ExpectError(ErrorOf(1), absl::StatusCode::kDataLoss, part);
  }
  EXPECT_EQ(engine()->ListTopics(), Values{"t"});
  EXPECT_EQ(engine()->DescribeTopic("t")->partition_count, 2);
}

TEST_F(OfflinePartitionTest, TheReportSaysWhichAndWhy) {
  OpenDamaged();
  const RecoveryReport& report = engine()->recovery_report();
  EXPECT_EQ(report.offline_partitions(), 1);
  ASSERT_EQ(report.logs.size(), 2u);
  EXPECT_TRUE(report.logs[0].error.ok());
  EXPECT_EQ(report.logs[1].topic_partition, (TopicPartition{"t", PartitionId(1)}));
  EXPECT_EQ(report.logs[1].error, ErrorOf(1));
}

TEST_F(OfflinePartitionTest, WhatIsMissingIsFoundMissingAgainAndNothingIsCut) {
  OpenDamaged();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(harness_.Append("t", 0, "more").ok());
    ASSERT_TRUE(engine()->Checkpoint().ok());
    ASSERT_TRUE(engine()->Close().ok());
    EXPECT_FALSE(harness_.Exists(".kafka_cleanshutdown"));
    Open();
    EXPECT_EQ(ErrorOf(1).code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(harness_.ReadFile(kLog), damaged_);
  }
  harness_.Crash();
  harness_.WriteFile(kLog, sound_);
  Open();
  EXPECT_EQ(harness_.Read("t", 1), (Values{"b", "c"}));
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_TRUE(harness_.Exists(".kafka_cleanshutdown"));
}

TEST_F(OfflinePartitionTest, CheckpointsKeepItsEntries) {
  harness_.WriteFile("log-start-offset-checkpoint", "0\n1\nt 1 0\n");
  harness_.WriteFile("replication-offset-checkpoint", "0\n2\nt 0 1\nt 1 1\n");
  const Values names = {"recovery-point-offset-checkpoint", "log-start-offset-checkpoint",
                        "replication-offset-checkpoint"};
  OpenDamaged();
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_EQ(harness_.ReadFile(names[0]), "0\n2\nt 0 1\nt 1 1\n");
  EXPECT_EQ(harness_.ReadFile(names[1]), "0\n1\nt 1 0\n");
  EXPECT_EQ(harness_.ReadFile(names[2]), "0\n2\nt 0 1\nt 1 1\n");
}

TEST_F(OfflinePartitionTest, ItsTopicCanBeChangedAndDeleted) {
  OpenDamaged();
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {{"segment.bytes", "900"}}, {}).ok());
  ASSERT_TRUE(engine()->AddPartitions("t", 3).ok());
  EXPECT_TRUE(harness_.Append("t", 2, "c").ok());
  EXPECT_EQ(harness_.ReadFile(kLog), damaged_);
  ASSERT_TRUE(engine()->DeleteTopic("t").ok());
  EXPECT_FALSE(harness_.Exists("t-1"));
  ASSERT_TRUE(engine()->CreateTopic("t", 2, {}).ok());
  EXPECT_EQ(harness_.Read("t", 1), Values{});
  ASSERT_TRUE(engine()->Close().ok());
  Open();
  EXPECT_TRUE(engine()->recovery_report().was_clean);
}

TEST_F(OfflinePartitionTest, DamageLeavesItsPartitionServingAndIsInTheReport) {
  damaged_ = sound_;
  damaged_[40] ^= 1;
  harness_.WriteFile(kLog, damaged_);
  Open();
  EXPECT_EQ(engine()->recovery_report().offline_partitions(), 0);
  const LogRecoveryReport& report = engine()->recovery_report().logs[1];
  ASSERT_EQ(report.damaged.size(), 1u);
  EXPECT_TRUE(absl::EndsWith(report.damaged[0].file, kLog)) << report.damaged[0].file;
  EXPECT_EQ(report.damaged[0].first_offset, Offset(0));
  EXPECT_EQ(report.damaged[0].end_offset, Offset(1));
  const std::shared_ptr<ReplicaLog> log = *engine()->GetLog({"t", PartitionId(1)});
  std::string bytes;
  EXPECT_EQ(log->Read(Offset(0), {}, &bytes).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(log->Read(Offset(1), {}, &bytes).ok());
  EXPECT_TRUE(harness_.Append("t", 1, "d").ok());
  ASSERT_TRUE(engine()->Close().ok());
  Open();
  EXPECT_EQ(ErrorOf(1), absl::OkStatus());
  EXPECT_TRUE(absl::StartsWith(harness_.ReadFile(kLog), damaged_.substr(0, 60)));
}

TEST_F(OfflinePartitionTest, AnErrorOfTheDiskTakesOnlyItsPartitionOffline) {
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    if (!absl::EndsWith(operation.path, kLog)) return {};
    return absl::UnavailableError("I/O error");
  });
  Open();
  ExpectError(ErrorOf(1), absl::StatusCode::kUnavailable, "I/O error");
  EXPECT_EQ(harness_.Read("t", 0), Values{"a"});
  harness_.file_system.SetFaultHook(nullptr);
  EXPECT_FALSE(ErrorOf(1).ok());
  ASSERT_TRUE(engine()->Close().ok());
  Open();
  EXPECT_EQ(harness_.Read("t", 1), (Values{"b", "c"}));
}

TEST_F(OfflinePartitionTest, ALogThatOnlyKafkaCanReadTakesOnlyItsPartitionOffline) {
  ASSERT_TRUE(harness_.file_system.CreateDirectory("/data/t-1/00000000000000000007.log").ok());
  Open();
  ExpectError(ErrorOf(1), absl::StatusCode::kFailedPrecondition, "not a regular file");
  EXPECT_EQ(harness_.Read("t", 0), Values{"a"});
}

}  // namespace
}  // namespace tidemark
