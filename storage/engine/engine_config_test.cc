// Settings of the engine, changed while it runs.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

class EngineConfigTest : public ::testing::Test {
 protected:
  void Open() {
    const absl::Status opened = harness_.Open();
    ASSERT_TRUE(opened.ok()) << opened;
  }
  StorageEngine* engine() { return harness_.engine.get(); }

  void ExpectRefused(const ConfigMap& set, const std::vector<std::string>& unset,
                     absl::string_view part) {
    const ConfigMap before = engine()->DescribeEngine().config;
    const absl::Status status = engine()->AlterEngineConfig(set, unset);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
    EXPECT_EQ(engine()->DescribeEngine().config, before);
  }

  EngineHarness harness_;
};

TEST_F(EngineConfigTest, ChangesHoldAtOnceAndAfterARestart) {
  harness_.options.config = {{"num.partitions", "3"}};
  Open();
  ASSERT_TRUE(engine()->AlterEngineConfig({{"num.partitions", " 2 "}}, {}).ok());
  EXPECT_EQ(engine()->CreateTopic("t", 0, {})->partition_count, 2);
  ASSERT_TRUE(engine()->Close().ok());
  harness_.options.config = {};
  Open();
  EXPECT_EQ(engine()->DescribeEngine().config, (ConfigMap{{"num.partitions", "2"}}));
  ASSERT_TRUE(engine()->AlterEngineConfig({}, {"num.partitions"}).ok());
  harness_.Crash();
  Open();
  EXPECT_TRUE(engine()->DescribeEngine().config.empty());
  EXPECT_EQ(engine()->DescribeEngine().effective_config.at("num.partitions"), "1");
}

TEST_F(EngineConfigTest, TopicsFollowUnlessTheyHaveTheirOwn) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  ASSERT_TRUE(engine()->CreateTopic("own", 1, {{"max.message.bytes", "9999"}}).ok());
  ASSERT_TRUE(engine()->AlterEngineConfig({{"message.max.bytes", "100"}}, {}).ok());
  const std::string large(200, 'x');
  EXPECT_EQ(harness_.Append("t", 0, large).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(harness_.Append("own", 0, large).ok());
  EXPECT_EQ(engine()->DescribeTopic("t")->effective_config.at("max.message.bytes"), "100");
  ASSERT_TRUE(engine()->AlterEngineConfig({}, {"message.max.bytes"}).ok());
  EXPECT_TRUE(harness_.Append("t", 0, large).ok());
}

TEST_F(EngineConfigTest, BadChangesAreRefusedByNameAndNothingChanges) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {{"min.compaction.lag.ms", "50"}}).ok());
  ExpectRefused({{"num.partition", "1"}}, {}, "num.partition");
  ExpectRefused({{"num.partitions", "0"}, {"message.max.bytes", "1"}}, {}, "num.partitions");
  ExpectRefused({}, {"num.partition"}, "num.partition");
  ExpectRefused({{"log.dirs", "/elsewhere"}}, {}, "log.dirs");
  ExpectRefused({{"log.cleaner.max.compaction.lag.ms", "49"}}, {}, "topic t");
  ExpectRefused({{"log.cleaner.threads", "1000"}}, {}, "log.cleaner.threads");
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_EQ(engine()->AlterEngineConfig({}, {}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(EngineConfigTest, WhatNothingActsOnIsTold) {
  Open();
  ASSERT_TRUE(
      engine()
          ->AlterEngineConfig({{"auto.create.topics.enable", "false"}, {"num.partitions", "2"}}, {})
          .ok());
  EXPECT_EQ(engine()->DescribeEngine().config_without_effect,
            std::vector<std::string>{"auto.create.topics.enable"});
}

TEST_F(EngineConfigTest, APolicyThatMakesGapsIsNotedForEachTopic) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  ASSERT_TRUE(engine()->AlterEngineConfig({{"log.cleanup.policy", "compact"}}, {}).ok());
  ASSERT_TRUE(engine()->AlterEngineConfig({}, {"log.cleanup.policy"}).ok());
  EXPECT_TRUE(absl::StrContains(harness_.ReadFile("t.topic"), "offset_gaps: yes\n"));
}

TEST_F(EngineConfigTest, TopicsCanBeProtectedFromDeletion) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  ASSERT_TRUE(engine()->AlterEngineConfig({{"delete.topic.enable", "false"}}, {}).ok());
  const absl::Status status = engine()->DeleteTopic("t");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "delete.topic.enable")) << status;
  ASSERT_TRUE(engine()->AlterEngineConfig({}, {"delete.topic.enable"}).ok());
  EXPECT_TRUE(engine()->DeleteTopic("t").ok());
}

TEST_F(EngineConfigTest, ProducerIdsAreNotGivenTwice) {
  Open();
  const int64_t first = *engine()->AllocateProducerId();
  EXPECT_EQ(*engine()->AllocateProducerId(), first + 1);
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_EQ(engine()->AllocateProducerId().status().code(), absl::StatusCode::kFailedPrecondition);
  Open();
  EXPECT_GT(*engine()->AllocateProducerId(), first + 1);
}

TEST_F(EngineConfigTest, CheckpointsKeepToANewInterval) {
  harness_.options.checkpoint_interval = absl::InfiniteDuration();
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  ASSERT_TRUE(harness_.Append("t", 0, "a").ok());
  const std::string setting = "log.flush.offset.checkpoint.interval.ms";
  ASSERT_TRUE(engine()->AlterEngineConfig({{setting, "1000"}}, {}).ok());
  harness_.executor.AdvanceBy(absl::Milliseconds(1001));
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n1\nt 0 1\n");
  ASSERT_TRUE(harness_.Append("t", 0, "b").ok());
  ASSERT_TRUE(engine()->AlterEngineConfig({{setting, "0"}}, {}).ok());
  harness_.executor.AdvanceBy(absl::Hours(1));
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n1\nt 0 1\n");
}

TEST_F(EngineConfigTest, ACrashAnywhereLeavesTheOldSettingsOrTheNew) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  const ConfigMap set = {{"log.cleanup.policy", "compact"}, {"num.partitions", "5"}};
  harness_.Crash();
  const MemorySnapshot start = harness_.file_system.Snapshot();
  bool is_done = false;
  for (int64_t changes = 1; !is_done; ++changes) {
    for (const bool power_fails : {false, true}) {
      harness_.engine.reset();
      harness_.file_system.CrashAfterChanges(0);
      harness_.file_system.Restore(start);
      Open();
      harness_.file_system.CrashAfterChanges(changes);
      const bool returned = engine()->AlterEngineConfig(set, {}).ok();
      is_done = returned && !harness_.file_system.crashed();
      if (power_fails) {
        harness_.LosePower(PowerLossMode::kSubset, static_cast<uint64_t>(changes));
      } else {
        harness_.Crash();
      }
      harness_.file_system.CrashAfterChanges(0);
      Open();
      const ConfigMap found = engine()->DescribeEngine().config;
      EXPECT_TRUE(found == set || (!returned && found.empty())) << changes;
      if (found == set) {
        EXPECT_TRUE(absl::StrContains(harness_.ReadFile("t.topic"), "offset_gaps: yes\n"));
      }
    }
    ASSERT_LT(changes, 50);
  }
}

}  // namespace
}  // namespace tidemark
