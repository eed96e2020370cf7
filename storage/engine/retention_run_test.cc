// Retention over the topics of an engine: which settings count, when it runs, and what a failure of
// one partition does to the others. What goes is decided in storage/retention.

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

class RetentionRunTest : public ::testing::Test {
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

  // A topic with as many records, each in a segment of its own.
  // Its settings hold once they are there: a compacted topic refuses records without a key.
  void MakeTopic(const std::string& name, int32_t partitions, const ConfigMap& config,
                 int records = 5) {
    ASSERT_TRUE(engine()->CreateTopic(name, partitions, {{"segment.bytes", "100"}}).ok());
    for (int32_t number = 0; number < partitions; ++number) {
      for (int i = 0; i < records; ++i) {
        ASSERT_TRUE(harness_.Append(name, number, absl::StrCat("record ", i)).ok());
      }
    }
    ASSERT_TRUE(engine()->AlterTopicConfig(name, config, {}).ok());
  }
  Offset StartOf(const std::string& topic, int32_t partition = 0) {
    return (*engine()->GetLog({topic, PartitionId(partition)}))->offsets().log_start;
  }

  EngineHarness harness_;
};

TEST_F(RetentionRunTest, EachTopicGoesByItsOwnSettingsOrTheEngines) {
  harness_.options.config = {{"log.retention.bytes", "200"}};
  Open();
  MakeTopic("by-engine", 1, {});
  MakeTopic("unlimited", 1, {{"retention.bytes", "-1"}});
  MakeTopic("compacted", 1, {{"cleanup.policy", "compact"}});
  const auto outcomes = engine()->RunRetention("");
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  ASSERT_EQ(outcomes->size(), 3u);
  EXPECT_TRUE((*outcomes)[0].status.ok()) << (*outcomes)[0].status;
  EXPECT_EQ((*outcomes)[0].topic_partition.topic, "by-engine");
  EXPECT_EQ((*outcomes)[0].reason, RetentionReason::kSize);
  EXPECT_EQ((*outcomes)[0].old_start, Offset(0));
  EXPECT_GT((*outcomes)[0].new_start, Offset(0));
  EXPECT_GT((*outcomes)[0].removed_segments, 0);
  EXPECT_GT((*outcomes)[0].removed_bytes, 0);
  EXPECT_EQ(StartOf("by-engine"), (*outcomes)[0].new_start);
  EXPECT_EQ((*outcomes)[1].reason, RetentionReason::kNone);
  EXPECT_EQ(StartOf("unlimited"), Offset(0));
  EXPECT_EQ(StartOf("compacted"), Offset(0));
  harness_.Crash();
  Open();
  EXPECT_EQ(StartOf("by-engine"), (*outcomes)[0].new_start);
}

TEST_F(RetentionRunTest, OneTopicCanBeAskedFor) {
  Open();
  MakeTopic("a", 2, {{"retention.bytes", "0"}});
  MakeTopic("b", 1, {{"retention.bytes", "0"}});
  EXPECT_EQ(engine()->RunRetention("a")->size(), 2u);
  EXPECT_GT(StartOf("a", 1), Offset(0));
  EXPECT_EQ(StartOf("b"), Offset(0));
  EXPECT_EQ(engine()->RunRetention("c").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_EQ(engine()->RunRetention("a").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(RetentionRunTest, AgeIsThatOfTheRecordsAndTakesTheLastSegmentToo) {
  Open();
  MakeTopic("t", 1, {{"retention.ms", "3600000"}});
  EXPECT_EQ(engine()->RunRetention("")->front().reason, RetentionReason::kNone);
  harness_.clock.Advance(absl::Hours(2));
  const auto outcomes = engine()->RunRetention("");
  EXPECT_EQ(outcomes->front().reason, RetentionReason::kTime);
  EXPECT_EQ(outcomes->front().new_start, Offset(5));
  ASSERT_TRUE(harness_.Append("t", 0, "more").ok());
  EXPECT_EQ(harness_.Read("t", 0), std::vector<std::string>{"more"});
}

TEST_F(RetentionRunTest, RunsByItselfAtTheIntervalThatHolds) {
  Open();
  MakeTopic("t", 1, {{"retention.bytes", "200"}});
  harness_.executor.AdvanceBy(absl::Seconds(29));
  EXPECT_EQ(StartOf("t"), Offset(0));
  harness_.executor.AdvanceBy(absl::Seconds(2));
  const Offset first = StartOf("t");
  EXPECT_GT(first, Offset(0));
  ASSERT_TRUE(harness_.Append("t", 0, "record 5").ok());
  ASSERT_TRUE(harness_.Append("t", 0, "record 6").ok());
  harness_.executor.AdvanceBy(absl::Minutes(4));
  EXPECT_EQ(StartOf("t"), first);
  harness_.executor.AdvanceBy(absl::Minutes(2));
  EXPECT_GT(StartOf("t"), first);
  ASSERT_TRUE(engine()->AlterEngineConfig({{"log.retention.check.interval.ms", "1000"}}, {}).ok());
  const Offset second = StartOf("t");
  ASSERT_TRUE(harness_.Append("t", 0, "record 7").ok());
  ASSERT_TRUE(harness_.Append("t", 0, "record 8").ok());
  harness_.executor.AdvanceBy(absl::Seconds(2));
  EXPECT_GT(StartOf("t"), second);
}

TEST_F(RetentionRunTest, WhatAllNamedGroupsHaveConsumedGoes) {
  Open();
  MakeTopic("t", 1, {{"tidemark.retention.consumed.groups", "a, b"}});
  MakeTopic("u", 1, {{"cleanup.policy", "compact"}});
  std::map<std::string, int64_t> committed = {{"a", 4}};
  EXPECT_EQ(engine()->RunRetention("t")->front().reason, RetentionReason::kNone);
  engine()->SetConsumedOffsets(
      [&](const std::string& group, const TopicPartition&) -> absl::optional<Offset> {
        const auto found = committed.find(group);
        if (found == committed.end()) return absl::nullopt;
        return Offset(found->second);
      });
  // One that never committed holds everything.
  EXPECT_EQ(engine()->RunRetention("t")->front().new_start, Offset(0));
  committed["b"] = 2;
  EXPECT_EQ(engine()->RunRetention("t")->front().reason, RetentionReason::kConsumed);
  EXPECT_EQ(StartOf("t"), Offset(2));
  committed["b"] = 99;
  EXPECT_EQ(engine()->RunRetention("t")->front().new_start, Offset(4));
  EXPECT_EQ(StartOf("u"), Offset(0));
}

TEST_F(RetentionRunTest, AFailureOfOnePartitionIsToldAndTheOthersGoOn) {
  Open();
  MakeTopic("t", 3, {{"retention.bytes", "200"}});
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    const bool is_change = operation.change_ordinal != 0;
    return is_change && absl::StrContains(operation.path, "/t-1/")
               ? absl::UnavailableError("I/O error")
               : absl::OkStatus();
  });
  harness_.executor.AdvanceBy(absl::Minutes(1));
  EXPECT_GT(StartOf("t", 0), Offset(0));
  EXPECT_GT(StartOf("t", 2), Offset(0));
  const std::vector<absl::Status> errors = engine()->background_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_TRUE(absl::StrContains(errors[0].message(), "t-1: retention")) << errors[0];
  harness_.file_system.SetFaultHook(nullptr);
  harness_.executor.AdvanceBy(absl::Minutes(10));
  EXPECT_TRUE(engine()->background_errors().empty());
  EXPECT_GT(StartOf("t", 1), Offset(0));
}

}  // namespace
}  // namespace tidemark
