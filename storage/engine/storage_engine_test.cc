// What the engine promises while nothing fails.

#include "storage/engine.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

using Values = std::vector<std::string>;

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
}

class StorageEngineTest : public ::testing::Test {
 protected:
  void Open() { ASSERT_TRUE(harness_.Open().ok()) << harness_.Open(); }
  StorageEngine* engine() { return harness_.engine.get(); }

  EngineHarness harness_;
};

TEST_F(StorageEngineTest, MakesItsDirectoryUnlessToldNotTo) {
  harness_.options.create_if_missing = false;
  ExpectError(harness_.Open(), absl::StatusCode::kNotFound, "/data");
  EXPECT_FALSE(harness_.file_system.Stat("/data").ok());
  harness_.options.create_if_missing = true;
  Open();
  EXPECT_TRUE(engine()->ListTopics().empty());
}

TEST_F(StorageEngineTest, ATopicHasThePartitionsAndSettingsItWasMadeWith) {
  Open();
  const auto made = engine()->CreateTopic("t", 3, {{"segment.bytes", "1000"}});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->name, "t");
  EXPECT_FALSE(made->id.IsZero());
  EXPECT_EQ(made->partition_count, 3);
  EXPECT_EQ(made->config, (ConfigMap{{"segment.bytes", "1000"}}));
  EXPECT_EQ(made->effective_config.at("segment.bytes"), "1000");
  EXPECT_EQ(made->effective_config.at("segment.ms"), "604800000");
  const auto described = engine()->DescribeTopic("t");
  ASSERT_TRUE(described.ok());
  EXPECT_EQ(described->id, made->id);
  EXPECT_TRUE(harness_.Exists("t-2/partition.metadata"));
  EXPECT_FALSE(harness_.Exists("t-3"));
}

TEST_F(StorageEngineTest, TopicsRecordsAndSettingsAreThereAfterARestart) {
  Open();
  const TopicId id = engine()->CreateTopic("t", 2, {{"max.message.bytes", "5000"}})->id;
  ASSERT_TRUE(harness_.Append("t", 1, "a", /*sync=*/false).ok());
  ASSERT_TRUE(engine()->Close().ok());
  Open();
  EXPECT_TRUE(engine()->recovery_report().was_clean);
  EXPECT_EQ(engine()->recovery_report().logs.size(), 2u);
  EXPECT_EQ(engine()->ListTopics(), Values{"t"});
  EXPECT_EQ(engine()->DescribeTopic("t")->id, id);
  EXPECT_EQ(engine()->DescribeTopic("t")->config.at("max.message.bytes"), "5000");
  EXPECT_EQ(harness_.Read("t", 1), Values{"a"});
}

TEST_F(StorageEngineTest, AStopWithoutCloseIsNotClean) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  ASSERT_TRUE(harness_.Append("t", 0, "a", /*sync=*/false).ok());
  harness_.Crash();
  Open();
  EXPECT_FALSE(engine()->recovery_report().was_clean);
  EXPECT_EQ(harness_.Read("t", 0), Values{"a"});
}

TEST_F(StorageEngineTest, TheCleanMarkerIsGoneAsSoonAsTheDirectoryIsOpen) {
  Open();
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_EQ(harness_.ReadFile(".kafka_cleanshutdown"), R"({"version":0,"brokerEpoch":-1})");
  Open();
  EXPECT_FALSE(harness_.Exists(".kafka_cleanshutdown"));
  harness_.LosePower(PowerLossMode::kDropAll, 1);
  Open();
  EXPECT_FALSE(engine()->recovery_report().was_clean);
}

TEST_F(StorageEngineTest, WithoutAMarkerThatCanBeRemovedNothingIsOpened) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  ASSERT_TRUE(engine()->Close().ok());
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    const bool is_marker = absl::EndsWith(operation.path, ".kafka_cleanshutdown");
    if (is_marker && operation.kind == FileOperation::Kind::kRemove) {
      return absl::PermissionDeniedError("no");
    }
    return {};
  });
  const int64_t changes = harness_.file_system.changes();
  ExpectError(harness_.Open(), absl::StatusCode::kPermissionDenied, "no");
  EXPECT_LE(harness_.file_system.changes() - changes, 1);
}

TEST_F(StorageEngineTest, ASecondOpenerIsRefused) {
  Open();
  const auto second = StorageEngine::Open("/data", harness_.environment(), harness_.options);
  ExpectError(second.status(), absl::StatusCode::kFailedPrecondition, "/data");
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_TRUE(StorageEngine::Open("/data/", harness_.environment(), harness_.options).ok());
}

TEST_F(StorageEngineTest, ADeadProcessHoldsNoLock) {
  Open();
  harness_.Crash();
  Open();
}

TEST_F(StorageEngineTest, NamesThatKafkaRefusesAreRefused) {
  Open();
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("../x"),
        std::string("a b"), std::string("a\\b"), std::string("%2e%2e"), std::string("a\0b", 3),
        std::string(250, 'a'), std::string("__cluster_metadata")}) {
    EXPECT_EQ(engine()->CreateTopic(name, 1, {}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
  EXPECT_TRUE(engine()->ListTopics().empty());
}

TEST_F(StorageEngineTest, TheLongestNameServes) {
  const std::string name(249, 'a');
  Open();
  ASSERT_TRUE(engine()->CreateTopic(name, 1, {}).ok());
  ASSERT_TRUE(harness_.Append(name, 0, "x").ok());
  ASSERT_TRUE(engine()->AlterTopicConfig(name, {{"segment.bytes", "100"}}, {}).ok());
  Open();
  EXPECT_EQ(harness_.Read(name, 0), Values{"x"});
  EXPECT_TRUE(engine()->DeleteTopic(name).ok());
  Open();
  EXPECT_TRUE(engine()->ListTopics().empty());
}

TEST_F(StorageEngineTest, AwkwardNamesServe) {
  Open();
  for (const std::string name : {"a-0", "a-0-0", "x-delete", "x-future", "x-stray", "a.topic",
                                 "tidemark.tmp", "__consumer_offsets"}) {
    ASSERT_TRUE(engine()->CreateTopic(name, 2, {}).ok()) << name;
    ASSERT_TRUE(harness_.Append(name, 1, name).ok());
  }
  ASSERT_TRUE(engine()->Close().ok());
  Open();
  for (const std::string& name : engine()->ListTopics()) {
    EXPECT_EQ(harness_.Read(name, 1), Values{name});
    ASSERT_TRUE(engine()->DeleteTopic(name).ok());
  }
  EXPECT_EQ(engine()->ListTopics().size(), 0u);
}

TEST_F(StorageEngineTest, NamesThatDifferOnlyInDotAndUnderscoreCollide) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("a.b_c", 1, {}).ok());
  ExpectError(engine()->CreateTopic("a_b.c", 1, {}).status(), absl::StatusCode::kInvalidArgument,
              "a.b_c");
  ExpectError(engine()->CreateTopic("a.b_c", 1, {}).status(), absl::StatusCode::kAlreadyExists,
              "a.b_c");
  ASSERT_TRUE(engine()->DeleteTopic("a.b_c").ok());
  EXPECT_TRUE(engine()->CreateTopic("a_b.c", 1, {}).ok());
}

TEST_F(StorageEngineTest, PartitionCountsAreChecked) {
  Open();
  for (const int32_t count : {-1, 100001, 2147483647}) {
    ExpectError(engine()->CreateTopic("t", count, {}).status(), absl::StatusCode::kInvalidArgument,
                "topic t");
  }
  ASSERT_TRUE(engine()->Close().ok());
  harness_.options.config = {{"num.partitions", "4"}};
  Open();
  EXPECT_EQ(engine()->CreateTopic("t", 0, {})->partition_count, 4);
}

TEST_F(StorageEngineTest, BadSettingsAreRefusedByNameAndNothingIsMade) {
  Open();
  ExpectError(engine()->CreateTopic("t", 1, {{"segment.byte", "1"}}).status(),
              absl::StatusCode::kInvalidArgument, "segment.byte");
  ExpectError(engine()->CreateTopic("t", 1, {{"segment.bytes", "x"}}).status(),
              absl::StatusCode::kInvalidArgument, "segment.bytes");
  EXPECT_FALSE(harness_.Exists("t.topic"));
  ASSERT_TRUE(engine()->Close().ok());
  harness_.options.config = {{"log.segment.byte", "1"}};
  ExpectError(harness_.Open(), absl::StatusCode::kInvalidArgument, "log.segment.byte");
}

TEST_F(StorageEngineTest, EngineSettingsAreKeptAndNewOnesReplaceThem) {
  harness_.options.config = {{"log.segment.bytes", "100"}, {"message.max.bytes", "200"}};
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  harness_.options.config = {{"log.segment.bytes", "300"}};
  Open();
  EXPECT_EQ(engine()->DescribeTopic("t")->effective_config.at("segment.bytes"), "300");
  harness_.options.config = {};
  Open();
  const ConfigMap effective = engine()->DescribeTopic("t")->effective_config;
  EXPECT_EQ(effective.at("segment.bytes"), "300");
  EXPECT_EQ(effective.at("max.message.bytes"), "200");
}

TEST_F(StorageEngineTest, OptionsThatCannotBeAreRefused) {
  harness_.options.open_files_max = 0;
  ExpectError(harness_.Open(), absl::StatusCode::kInvalidArgument, "open_files_max");
  harness_.options.open_files_max = 1;
  harness_.options.checkpoint_interval = absl::ZeroDuration();
  ExpectError(harness_.Open(), absl::StatusCode::kInvalidArgument, "checkpoint_interval");
  EXPECT_FALSE(StorageEngine::Open("", harness_.environment(), {}).ok());
  EXPECT_FALSE(StorageEngine::Open("/data", Environment(), {}).ok());
}

TEST_F(StorageEngineTest, AlteredSettingsTakeEffectAndAreKept) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {{"segment.ms", "1000"}}).ok());
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {{"max.message.bytes", "70"}}, {"segment.ms"}).ok());
  EXPECT_EQ(harness_.Append("t", 0, std::string(100, 'x')).code(),
            absl::StatusCode::kInvalidArgument);
  Open();
  EXPECT_EQ(engine()->DescribeTopic("t")->config, (ConfigMap{{"max.message.bytes", "70"}}));
  EXPECT_EQ(harness_.Append("t", 0, std::string(100, 'x')).code(),
            absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {}, {"max.message.bytes"}).ok());
  EXPECT_TRUE(harness_.Append("t", 0, std::string(100, 'x')).ok());
}

TEST_F(StorageEngineTest, ABadAlterationChangesNothing) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {{"segment.ms", "1000"}}).ok());
  ExpectError(engine()->AlterTopicConfig("t", {{"segment.bytes", "100"}, {"flush.ms", "x"}}, {}),
              absl::StatusCode::kInvalidArgument, "flush.ms");
  ExpectError(engine()->AlterTopicConfig("t", {}, {"segment.m"}),
              absl::StatusCode::kInvalidArgument, "segment.m");
  ExpectError(
      engine()->AlterTopicConfig(
          "t", {{"min.compaction.lag.ms", "9223372036854775807"}, {"max.compaction.lag.ms", "1"}},
          {}),
      absl::StatusCode::kInvalidArgument, "compaction.lag");
  ExpectError(engine()->AlterTopicConfig("u", {}, {}), absl::StatusCode::kNotFound, "\"u\"");
  EXPECT_EQ(engine()->DescribeTopic("t")->config, (ConfigMap{{"segment.ms", "1000"}}));
}

TEST_F(StorageEngineTest, SettingsThatNothingActsOnAreKeptAndTold) {
  Open();
  ASSERT_TRUE(
      engine()->CreateTopic("t", 1, {{"preallocate", "true"}, {"segment.bytes", "100"}}).ok());
  Open();
  EXPECT_EQ(engine()->DescribeTopic("t")->config_without_effect, Values{"preallocate"});
}

TEST_F(StorageEngineTest, GapsStayAllowedOnceAPolicyMayHaveMadeThem) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  EXPECT_TRUE(absl::StrContains(harness_.ReadFile("t.topic"), "offset_gaps: no\n"));
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {{"cleanup.policy", "compact"}}, {}).ok());
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {}, {"cleanup.policy"}).ok());
  EXPECT_TRUE(absl::StrContains(harness_.ReadFile("t.topic"), "offset_gaps: yes\n"));
  ASSERT_TRUE(engine()->CreateTopic("u", 1, {}).ok());
  harness_.options.config = {{"log.cleanup.policy", "compact"}};
  Open();
  EXPECT_TRUE(absl::StrContains(harness_.ReadFile("u.topic"), "offset_gaps: yes\n"));
}

TEST_F(StorageEngineTest, PartitionsCanBeAdded) {
  Open();
  const TopicId id = engine()->CreateTopic("t", 1, {{"segment.bytes", "100"}})->id;
  ASSERT_TRUE(harness_.Append("t", 0, "a").ok());
  ASSERT_TRUE(engine()->AddPartitions("t", 3).ok());
  ASSERT_TRUE(harness_.Append("t", 2, "b").ok());
  for (const int32_t count : {3, 2, 0, -1, 100001}) {
    ExpectError(engine()->AddPartitions("t", count), absl::StatusCode::kInvalidArgument, "topic t");
  }
  ExpectError(engine()->AddPartitions("u", 3), absl::StatusCode::kNotFound, "\"u\"");
  Open();
  EXPECT_EQ(engine()->DescribeTopic("t")->partition_count, 3);
  EXPECT_EQ(engine()->DescribeTopic("t")->id, id);
  EXPECT_EQ(engine()->DescribeTopic("t")->config.size(), 1u);
  EXPECT_EQ(harness_.Read("t", 0), Values{"a"});
  EXPECT_EQ(harness_.Read("t", 2), Values{"b"});
}

TEST_F(StorageEngineTest, ADeletedTopicIsGoneForGood) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 2, {}).ok());
  ASSERT_TRUE(harness_.Append("t", 0, "a").ok());
  const std::shared_ptr<ReplicaLog> log = *engine()->GetLog({"t", PartitionId(0)});
  const LogView view = *log->View(Offset(0), ReadOptions());
  const std::string bytes(view.bytes);
  ASSERT_TRUE(engine()->DeleteTopic("t").ok());
  ExpectError(engine()->DescribeTopic("t").status(), absl::StatusCode::kNotFound, "\"t\"");
  ExpectError(engine()->GetLog({"t", PartitionId(0)}).status(), absl::StatusCode::kNotFound, "t");
  ExpectError(engine()->DeleteTopic("t"), absl::StatusCode::kNotFound, "\"t\"");
  std::string out;
  EXPECT_EQ(log->Read(Offset(0), ReadOptions(), &out).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(view.bytes, bytes);
  EXPECT_EQ(harness_.List(), (Values{".lock", "tidemark.reserve"}));
  Open();
  EXPECT_TRUE(engine()->ListTopics().empty());
}

TEST_F(StorageEngineTest, ANewTopicOfAnOldNameBeginsAnew) {
  Open();
  const TopicId old_id = engine()->CreateTopic("t", 3, {})->id;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(harness_.Append("t", 2, "old").ok());
  ASSERT_TRUE(engine()->Checkpoint().ok());
  ASSERT_TRUE(engine()->DeleteTopic("t").ok());
  EXPECT_NE(engine()->CreateTopic("t", 1, {})->id, old_id);
  ASSERT_TRUE(engine()->AddPartitions("t", 3).ok());
  EXPECT_EQ(harness_.Read("t", 2), Values{});
  ASSERT_TRUE(harness_.Append("t", 2, "new", /*sync=*/false).ok());
  // What the checkpoint said of the old log would keep recovery from reading the new one.
  EXPECT_FALSE(absl::StrContains(harness_.ReadFile("recovery-point-offset-checkpoint"), "t 2 5"));
  harness_.Crash();
  Open();
  EXPECT_EQ(harness_.Read("t", 2), Values{"new"});
}

TEST_F(StorageEngineTest, LogsThatAreNotThereAreNamed) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 2, {}).ok());
  ExpectError(engine()->GetLog({"t", PartitionId(2)}).status(), absl::StatusCode::kNotFound,
              "topic t has no partition 2");
  ExpectError(engine()->GetLog({"t", PartitionId(-1)}).status(), absl::StatusCode::kNotFound,
              "partition -1");
  ExpectError(engine()->GetLog({"u", PartitionId(0)}).status(), absl::StatusCode::kNotFound,
              "\"u\"");
}

TEST_F(StorageEngineTest, CheckpointsTellWhatIsFlushed) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 2, {}).ok());
  ASSERT_TRUE(harness_.Append("t", 1, "a", /*sync=*/true).ok());
  ASSERT_TRUE(harness_.Append("t", 1, "b", /*sync=*/false).ok());
  ASSERT_TRUE(engine()->Checkpoint().ok());
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n2\nt 0 0\nt 1 1\n");
  EXPECT_EQ(harness_.ReadFile("replication-offset-checkpoint"), "0\n2\nt 0 0\nt 1 2\n");
  EXPECT_EQ(harness_.ReadFile("log-start-offset-checkpoint"), "0\n0\n");
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n2\nt 0 0\nt 1 2\n");
}

TEST_F(StorageEngineTest, CheckpointsAreWrittenFromTimeToTime) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  ASSERT_TRUE(harness_.Append("t", 0, "a").ok());
  harness_.executor.AdvanceBy(absl::Seconds(59));
  EXPECT_FALSE(harness_.Exists("recovery-point-offset-checkpoint"));
  harness_.executor.AdvanceBy(absl::Seconds(2));
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n1\nt 0 1\n");
  ASSERT_TRUE(harness_.Append("t", 0, "b").ok());
  harness_.executor.AdvanceBy(absl::Seconds(61));
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n1\nt 0 2\n");
  harness_.engine.reset();
  const int64_t changes = harness_.file_system.changes();
  harness_.executor.AdvanceBy(absl::Minutes(10));
  EXPECT_EQ(harness_.file_system.changes(), changes);
}

TEST_F(StorageEngineTest, TheCheckpointSettingWinsOverTheOption) {
  harness_.options.config = {{"log.flush.offset.checkpoint.interval.ms", "5000"}};
  Open();
  harness_.executor.AdvanceBy(absl::Seconds(6));
  EXPECT_TRUE(harness_.Exists("recovery-point-offset-checkpoint"));
  harness_.options.config = {{"log.flush.offset.checkpoint.interval.ms", "0"}};
  Open();
  const int64_t changes = harness_.file_system.changes();
  harness_.executor.AdvanceBy(absl::Hours(1));
  EXPECT_EQ(harness_.file_system.changes(), changes);
}

TEST_F(StorageEngineTest, ATruncationLowersTheRecoveryPointFirst) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(harness_.Append("t", 0, "x").ok());
  ASSERT_TRUE(engine()->Checkpoint().ok());
  ASSERT_TRUE((*engine()->GetLog({"t", PartitionId(0)}))->TruncateTo(Offset(2)).ok());
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n1\nt 0 2\n");
}

TEST_F(StorageEngineTest, AfterCloseNothingCanBeChanged) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  const std::shared_ptr<ReplicaLog> log = *engine()->GetLog({"t", PartitionId(0)});
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_TRUE(engine()->Close().ok());
  for (const absl::Status& status :
       {engine()->CreateTopic("u", 1, {}).status(), engine()->DeleteTopic("t"),
        engine()->AddPartitions("t", 2), engine()->AlterTopicConfig("t", {}, {}),
        engine()->Checkpoint(), harness_.Append("t", 0, "a")}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  }
  harness_.engine.reset();
  std::string out;
  EXPECT_EQ(log->Read(Offset(0), ReadOptions(), &out).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(StorageEngineTest, ALogThatDoesNotCloseWellLeavesNoCleanMarker) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  ASSERT_TRUE(engine()->CreateTopic("u", 1, {}).ok());
  ASSERT_TRUE(harness_.Append("t", 0, "a", /*sync=*/true).ok());
  ASSERT_TRUE(harness_.Append("t", 0, "b", /*sync=*/false).ok());
  ASSERT_TRUE(harness_.Append("u", 0, "c", /*sync=*/false).ok());
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    if (operation.kind == FileOperation::Kind::kSync &&
        absl::StrContains(operation.path, "/t-0/")) {
      return absl::UnavailableError("the disk is dying");
    }
    return {};
  });
  const absl::Status status = engine()->Close();
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(harness_.Exists(".kafka_cleanshutdown"));
  // The other log is closed all the same, and the recovery point of this one stays.
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n2\nt 0 1\nu 0 1\n");
  harness_.file_system.SetFaultHook(nullptr);
  Open();
  EXPECT_FALSE(engine()->recovery_report().was_clean);
}

TEST_F(StorageEngineTest, OneOpenFileIsEnough) {
  harness_.options.open_files_max = 1;
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 20, {}).ok());
  for (int round = 0; round < 3; ++round) {
    for (int partition = 0; partition < 20; ++partition) {
      ASSERT_TRUE(harness_.Append("t", partition, absl::StrCat(round)).ok());
    }
  }
  Open();
  for (int partition = 0; partition < 20; ++partition) {
    EXPECT_EQ(harness_.Read("t", partition), (Values{"0", "1", "2"}));
  }
}

TEST_F(StorageEngineTest, AFullDiskLeavesNothingOfATopicThatDoesNotFit) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("old", 1, {}).ok());
  ASSERT_TRUE(harness_.Append("old", 0, "a").ok());
  const Values before = harness_.List();
  const int64_t used = harness_.file_system.used_bytes();
  int failures = 0;
  for (int64_t room = 0;; room += 4096) {
    harness_.file_system.SetCapacityBytes(used + room);
    const absl::Status status = engine()->CreateTopic("new", 3, {}).status();
    if (status.ok()) break;
    ++failures;
    ExpectError(status, absl::StatusCode::kResourceExhausted, "topic new");
    ASSERT_EQ(harness_.List(), before);
    ASSERT_EQ(harness_.file_system.used_bytes(), used);
  }
  EXPECT_GT(failures, 3);
  EXPECT_EQ(harness_.Read("old", 0), Values{"a"});
  harness_.file_system.SetCapacityBytes(used + (1 << 20));
  EXPECT_TRUE(harness_.Append("new", 2, "b").ok());
}

}  // namespace
}  // namespace tidemark
