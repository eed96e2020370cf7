// Compaction of an engine's topics: which, when, and what a failure of one does to the others. What
// stays is decided in storage/compaction.

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

class CompactionRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    harness_.clock.SetNow(absl::FromUnixMillis(1000));
    Open();
  }

  void Open() {
    const absl::Status opened = harness_.Open();
    ASSERT_TRUE(opened.ok()) << opened;
  }
  StorageEngine* engine() { return harness_.engine.get(); }

  absl::Status AppendWithKey(const std::string& topic, int32_t partition, absl::string_view key,
                             absl::string_view value, RecordBatchOptions options = {},
                             Timestamp timestamp = Timestamp(1000)) {
    RecordBatchBuilder builder(options);
    const Record record{.key = key, .value = value, .timestamp = timestamp};
    EXPECT_TRUE(builder.Add(record).ok());
    const auto log = engine()->GetLog({topic, PartitionId(partition)});
    if (!log.ok()) return log.status();
    const auto result = (*log)->Append(*builder.Finish(), AppendOptions());
    return result.ok() ? (*log)->Sync(result->last_offset + 1) : result.status();
  }

  // A topic whose partitions have as many records on two keys, each in a segment of its own.
  void MakeTopic(const std::string& name, int32_t partitions, int records = 6) {
    ASSERT_TRUE(engine()
                    ->CreateTopic(name, partitions,
                                  {{"segment.bytes", "90"}, {"cleanup.policy", "compact"}})
                    .ok());
    Fill(name, partitions, records);
  }
  void Fill(const std::string& name, int32_t partitions, int records) {
    for (int32_t number = 0; number < partitions; ++number) {
      for (int i = 0; i < records; ++i) {
        const absl::Status appended =
            AppendWithKey(name, number, absl::StrCat(i % 2), absl::StrCat("v", i));
        ASSERT_TRUE(appended.ok()) << appended;
      }
    }
    harness_.executor.RunUntilIdle();
  }

  EngineHarness harness_;
};

TEST_F(CompactionRunTest, OnlyTheLatestRecordOfEachKeyStays) {
  MakeTopic("t", 1);
  ASSERT_TRUE(engine()->CreateTopic("other", 1, {}).ok());
  const auto outcomes = engine()->RunCompaction("");
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  ASSERT_EQ(outcomes->size(), 1u);
  EXPECT_TRUE(outcomes->front().status.ok()) << outcomes->front().status;
  EXPECT_GT(outcomes->front().saved_bytes(), 0);
  // The last one is in the active segment.
  EXPECT_EQ(harness_.Read("t", 0), (std::vector<std::string>{"v3", "v4", "v5"}));
  harness_.Crash();
  Open();
  EXPECT_EQ(harness_.Read("t", 0), (std::vector<std::string>{"v3", "v4", "v5"}));
  EXPECT_TRUE(harness_.Exists("cleaner-offset-checkpoint"));
  EXPECT_EQ(engine()->RunCompaction("none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CompactionRunTest, RunsByItselfUnlessItIsSwitchedOff) {
  ASSERT_TRUE(engine()->AlterEngineConfig({{"log.cleaner.enable", "false"}}, {}).ok());
  MakeTopic("t", 1);
  harness_.executor.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(harness_.Read("t", 0).size(), 6u);
  ASSERT_EQ(engine()->CompactionStates().size(), 1u);
  EXPECT_TRUE(engine()->CompactionStates()[0].is_due);
  ASSERT_TRUE(engine()->AlterEngineConfig({}, {"log.cleaner.enable"}).ok());
  harness_.executor.AdvanceBy(absl::Seconds(16));
  EXPECT_EQ(harness_.Read("t", 0).size(), 3u);
  const CompactionState state = engine()->CompactionStates()[0];
  EXPECT_FALSE(state.is_due);
  ASSERT_TRUE(state.last_run.has_value());
  EXPECT_TRUE(state.last_run->status.ok()) << state.last_run->status;
  EXPECT_GT(state.saved_bytes, 0);
}

// A topic of one partition that has been compacted, and then got a record in its active segment.
class CompactionLagTest : public CompactionRunTest {
 protected:
  void MakeCompacted(const std::string& policy) {
    ASSERT_TRUE(engine()
                    ->CreateTopic("t", 1,
                                  {{"cleanup.policy", policy},
                                   {"segment.bytes", "90"},
                                   {"max.compaction.lag.ms", "120000"}})
                    .ok());
    Fill("t", 1, 6);
    ASSERT_TRUE(engine()->AlterTopicConfig("t", {{"segment.bytes", "10000"}}, {}).ok());
    ASSERT_TRUE(engine()->RunCompaction("t")->front().status.ok());
    EXPECT_EQ(harness_.Read("t", 0), (std::vector<std::string>{"v3", "v4", "v5"}));
    ASSERT_TRUE(AppendWithKey("t", 0, "0", "young").ok());
  }
  LogStats Stats() { return (*engine()->GetLog({"t", PartitionId(0)}))->stats(); }
};

TEST_F(CompactionLagTest, TheClockSealsWhatHasWaitedSoLongAndItIsCompactedWhateverTheRatio) {
  for (const char* policy : {"compact", "compact,delete"}) {
    SCOPED_TRACE(policy);
    MakeCompacted(policy);
    ASSERT_TRUE(engine()->AlterTopicConfig("t", {{"min.cleanable.dirty.ratio", "1"}}, {}).ok());
    const int64_t rolls = Stats().roll_count;
    harness_.executor.AdvanceBy(absl::Seconds(115));
    EXPECT_EQ(Stats().roll_count, rolls);
    harness_.executor.AdvanceBy(absl::Minutes(1));
    EXPECT_EQ(Stats().roll_count, rolls + 1);
    EXPECT_EQ(engine()->CompactionStates()[0].first_dirty, Offset(7));
    EXPECT_EQ(harness_.Read("t", 0), (std::vector<std::string>{"v5", "young"}));
    // What is empty is rolled no more.
    harness_.executor.AdvanceBy(absl::Minutes(30));
    EXPECT_EQ(Stats().roll_count, rolls + 1);
    ASSERT_TRUE(engine()->DeleteTopic("t").ok());
    harness_.clock.SetNow(absl::FromUnixMillis(1000));
  }
}

TEST_F(CompactionLagTest, AnAppendSealsWhatHasWaitedSoLong) {
  MakeCompacted("compact");
  const int64_t rolls = Stats().roll_count;
  harness_.clock.SetNow(absl::FromUnixMillis(121001));
  ASSERT_TRUE(AppendWithKey("t", 0, "1", "in time", {}, Timestamp(121000)).ok());
  EXPECT_EQ(Stats().roll_count, rolls);
  ASSERT_TRUE(AppendWithKey("t", 0, "1", "later", {}, Timestamp(121001)).ok());
  EXPECT_EQ(Stats().roll_count, rolls + 1);
  harness_.executor.RunUntilIdle();
  ASSERT_EQ(engine()->RunCompaction("t")->front().cleaned_until, Offset(8));
}

TEST_F(CompactionLagTest, WithoutALongestLagTheClockOfTheCleanerSealsNothing) {
  MakeCompacted("compact");
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {}, {"max.compaction.lag.ms"}).ok());
  const int64_t rolls = Stats().roll_count;
  harness_.executor.AdvanceBy(absl::Hours(1));
  EXPECT_EQ(Stats().roll_count, rolls);
}

TEST_F(CompactionRunTest, AFailureOfOnePartitionIsToldAndTheOthersGoOn) {
  MakeTopic("t", 3);
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    const bool is_cleaned = absl::StrContains(operation.path, ".cleaned");
    return is_cleaned && absl::StrContains(operation.path, "/t-1/")
               ? absl::ResourceExhaustedError("no space left")
               : absl::OkStatus();
  });
  const auto outcomes = engine()->RunCompaction("t");
  ASSERT_EQ(outcomes->size(), 3u);
  EXPECT_TRUE((*outcomes)[0].status.ok());
  EXPECT_EQ((*outcomes)[1].status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE((*outcomes)[2].status.ok());
  EXPECT_EQ(harness_.Read("t", 1).size(), 6u);
  harness_.file_system.SetFaultHook(nullptr);
  EXPECT_TRUE((*engine()->RunCompaction("t"))[1].status.ok());
  EXPECT_EQ(harness_.Read("t", 1).size(), 3u);
}

TEST_F(CompactionRunTest, WhatFailsInTheBackgroundIsTriedOnceAndHoldsUpNobody) {
  ASSERT_TRUE(engine()->AlterEngineConfig({{"log.cleaner.enable", "false"}}, {}).ok());
  MakeTopic("a", 1);
  MakeTopic("b", 1);
  int attempts = 0;
  harness_.file_system.SetFaultHook([&](const FileOperation& operation) -> FileFault {
    const bool is_cleaned = absl::StrContains(operation.path, "/a-0/") &&
                            absl::EndsWith(operation.path, ".log.cleaned");
    if (!is_cleaned || operation.kind != FileOperation::Kind::kOpen) return absl::OkStatus();
    // An end to it, should nothing else end it.
    return ++attempts <= 50 ? absl::ResourceExhaustedError("no space left") : absl::OkStatus();
  });
  ASSERT_TRUE(engine()->AlterEngineConfig({}, {"log.cleaner.enable"}).ok());
  harness_.executor.AdvanceBy(absl::Seconds(16));
  EXPECT_EQ(attempts, 1);
  EXPECT_EQ(harness_.Read("a", 0).size(), 6u);
  EXPECT_EQ(harness_.Read("b", 0).size(), 3u);
  harness_.executor.AdvanceBy(absl::Seconds(15));
  EXPECT_EQ(attempts, 2);
  attempts = 50;
  harness_.executor.AdvanceBy(absl::Seconds(15));
  EXPECT_EQ(harness_.Read("a", 0).size(), 3u);
}

// The topic "slow", which is compacted on a thread, and will not come to an end by itself.
class SlowCompactionTest : public CompactionRunTest {
 protected:
  void Begin() {
    MakeTopic("slow", 1);
    const ConfigMap rate = {{"tidemark.compaction.bytes.per.second", "1"}};
    ASSERT_TRUE(engine()->AlterTopicConfig("slow", rate, {}).ok());
    cleaner_ = std::thread([this] { outcome_ = engine()->RunCompaction("slow")->front(); });
    while (!IsRunning()) std::this_thread::yield();
  }
  bool IsRunning() {
    const std::vector<CompactionState> states = engine()->CompactionStates();
    return std::any_of(states.begin(), states.end(), [](const CompactionState& state) {
      return state.topic_partition.topic == "slow" && state.is_running;
    });
  }
  // The outcome, once it is there.
  absl::StatusCode End() {
    cleaner_.join();
    return outcome_.status.code();
  }

 private:
  std::thread cleaner_;
  CompactionOutcome outcome_;
};

TEST_F(SlowCompactionTest, HoldsUpNoOtherTopicAndGoesOnAtAnotherRate) {
  Begin();
  MakeTopic("fast", 1);
  EXPECT_TRUE(engine()->RunCompaction("fast")->front().status.ok());
  EXPECT_EQ(harness_.Read("fast", 0).size(), 3u);
  EXPECT_TRUE(IsRunning());
  const std::vector<std::string> unset = {"tidemark.compaction.bytes.per.second"};
  ASSERT_TRUE(engine()->AlterTopicConfig("slow", {}, unset).ok());
  EXPECT_EQ(End(), absl::StatusCode::kOk);
  EXPECT_EQ(harness_.Read("slow", 0).size(), 3u);
}

TEST_F(SlowCompactionTest, EndsWithTheTopic) {
  Begin();
  ASSERT_TRUE(engine()->DeleteTopic("slow").ok());
  EXPECT_EQ(End(), absl::StatusCode::kAborted);
  EXPECT_FALSE(harness_.Exists("slow-0"));
}

TEST_F(SlowCompactionTest, EndsWhenTheTopicIsCompactedNoMore) {
  Begin();
  ASSERT_TRUE(engine()->AlterTopicConfig("slow", {{"cleanup.policy", "delete"}}, {}).ok());
  EXPECT_EQ(End(), absl::StatusCode::kAborted);
  EXPECT_EQ(harness_.Read("slow", 0).size(), 6u);
}

TEST_F(SlowCompactionTest, EndsWhenTheEngineSaysThatTheTopicIsCompactedNoMore) {
  ASSERT_TRUE(engine()->AlterEngineConfig({{"log.cleanup.policy", "compact"}}, {}).ok());
  Begin();
  ASSERT_TRUE(engine()->AlterTopicConfig("slow", {}, {"cleanup.policy"}).ok());
  EXPECT_TRUE(IsRunning());
  ASSERT_TRUE(engine()->AlterEngineConfig({}, {"log.cleanup.policy"}).ok());
  EXPECT_EQ(End(), absl::StatusCode::kAborted);
}

TEST_F(SlowCompactionTest, EndsBeforeTheEngineIsClosed) {
  Begin();
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_EQ(End(), absl::StatusCode::kCancelled);
}

TEST_F(CompactionRunTest, ANewTopicOfAnOldNameIsNotTakenForClean) {
  MakeTopic("t", 1);
  ASSERT_TRUE(engine()->RunCompaction("t").ok());
  ASSERT_TRUE(engine()->DeleteTopic("t").ok());
  MakeTopic("t", 1);
  EXPECT_EQ(engine()->CompactionStates()[0].first_dirty, Offset(0));
  ASSERT_TRUE(engine()->RunCompaction("t").ok());
  EXPECT_EQ(harness_.Read("t", 0).size(), 3u);
}

TEST_F(CompactionRunTest, WhatIsCutOffIsNotTakenForClean) {
  MakeTopic("t", 1);
  ASSERT_TRUE(engine()->RunCompaction("t").ok());
  const auto log = engine()->GetLog({"t", PartitionId(0)});
  ASSERT_TRUE((*log)->TruncateTo(Offset(2)).ok());
  Fill("t", 1, 6);
  EXPECT_LE(engine()->CompactionStates()[0].first_dirty, Offset(2));
  const auto outcomes = engine()->RunCompaction("t");
  EXPECT_TRUE(outcomes->front().status.ok()) << outcomes->front().status;
  EXPECT_EQ(harness_.Read("t", 0), (std::vector<std::string>{"v3", "v4", "v5"}));
}

TEST_F(CompactionRunTest, WhatAProducerDidLastIsKnownAfterItIsSuperseded) {
  MakeTopic("t", 1, /*records=*/2);
  RecordBatchOptions options;
  options.producer_id = ProducerId(7);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(0);
  ASSERT_TRUE(AppendWithKey("t", 0, "0", "p", options).ok());
  Fill("t", 1, 4);
  const auto outcomes = engine()->RunCompaction("t");
  EXPECT_TRUE(outcomes->front().status.ok()) << outcomes->front().status;
  EXPECT_EQ(harness_.Read("t", 0), (std::vector<std::string>{"v1", "v2", "v3"}));
  // Also by who has nothing but the log to know it from.
  harness_.Crash();
  const std::vector<DirectoryEntry> files = harness_.file_system.List("/data/t-0").value();
  for (const DirectoryEntry& file : files) {
    if (!absl::EndsWith(file.name, ".snapshot")) continue;
    ASSERT_TRUE(harness_.file_system.Remove(absl::StrCat("/data/t-0/", file.name)).ok());
  }
  Open();
  options.base_sequence = Sequence(5);
  EXPECT_FALSE(AppendWithKey("t", 0, "0", "gap", options).ok());
  options.base_sequence = Sequence(1);
  EXPECT_TRUE(AppendWithKey("t", 0, "0", "next", options).ok());
}

TEST_F(CompactionRunTest, SilentProducersAreForgottenInTime) {
  harness_.options.config = {{"producer.id.expiration.ms", "3600000"}};
  ASSERT_TRUE(engine()->Close().ok());
  Open();
  MakeTopic("t", 1, /*records=*/0);
  RecordBatchOptions options;
  options.producer_id = ProducerId(7);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(0);
  ASSERT_TRUE(AppendWithKey("t", 0, "0", "a", options).ok());
  options.base_sequence = Sequence(5);
  harness_.executor.AdvanceBy(absl::Minutes(50));
  EXPECT_FALSE(AppendWithKey("t", 0, "0", "b", options).ok());
  harness_.executor.AdvanceBy(absl::Minutes(21));
  EXPECT_TRUE(AppendWithKey("t", 0, "0", "b", options).ok());
}

}  // namespace
}  // namespace tidemark
