// Goal: a data directory is opened, given topics and closed, and handles on topics keep their word
// through all of it. Method: everything in memory.

#include "api/tidemark.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "api/testing/memory_tide.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

TEST(Tidemark, KeepsTopicsAndRecordsFromOneOpeningToTheNext) {
  MemoryTide memory;
  {
    Tidemark tide = memory.Open().value();
    Topic orders =
        tide.CreateTopic("orders", {.partition_count = 2, .config = {{"segment.bytes", "5000"}}})
            .value();
    ASSERT_TRUE(orders.Append({.value = "a"}, {.partition = PartitionId{1}}).ok());
    ASSERT_TRUE(tide.CreateTopic("alerts", {.partition_count = 1}).ok());
    EXPECT_TRUE(tide.Close().ok());
  }
  const Tidemark tide = memory.Open().value();
  EXPECT_TRUE(tide.recovery_report().was_clean);
  EXPECT_EQ(tide.ListTopics(), (std::vector<std::string>{"alerts", "orders"}));
  const TopicDescription description = tide.DescribeTopic("orders").value();
  EXPECT_EQ(description.partition_count, 2);
  EXPECT_EQ(description.config, (ConfigMap{{"segment.bytes", "5000"}}));
  Topic orders = tide.OpenTopic("orders").value();
  EXPECT_EQ(orders.name(), "orders");
  EXPECT_EQ(orders.partition_count(), 2);
  EXPECT_EQ(Describe(orders.Read(PartitionId{1}, Offset{0}).value()), "0:-=a");
}

TEST(Tidemark, ClosesProperlyWhenItIsDestroyed) {
  MemoryTide memory;
  { ASSERT_TRUE(memory.Open().ok()); }
  EXPECT_TRUE(memory.Open()->recovery_report().was_clean);
}

TEST(Tidemark, MakesTheDirectoryOnlyIfItMay) {
  MemoryTide memory({.create_if_missing = false});
  EXPECT_TRUE(absl::IsNotFound(memory.Open().status()));
  memory.options.create_if_missing = true;
  EXPECT_TRUE(memory.Open().ok());
}

TEST(Tidemark, RefusesASecondOpener) {
  MemoryTide memory;
  const Tidemark tide = memory.Open().value();
  EXPECT_TRUE(absl::IsFailedPrecondition(memory.Open().status()));
}

TEST(Tidemark, RefusesSettingsByName) {
  MemoryTide memory({.config = {{"no.such.setting", "1"}}});
  const absl::Status status = memory.Open().status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "no.such.setting")) << status;
}

TEST(Tidemark, EngineSettingsHoldForTopics) {
  MemoryTide memory({.config = {{"num.partitions", "5"}}});
  Tidemark tide = memory.Open().value();
  EXPECT_EQ(tide.CreateTopic("orders")->partition_count(), 5);
}

TEST(Tidemark, RefusesTopicsThatKafkaWouldRefuse) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  for (const char* name : {"", ".", "..", "a/b", "a b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(tide.CreateTopic(name).status())) << name;
  }
  EXPECT_TRUE(
      absl::IsInvalidArgument(tide.CreateTopic("orders", {.partition_count = -1}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      tide.CreateTopic("orders", {.config = {{"segment.bytes", "x"}}}).status()));
  EXPECT_TRUE(tide.ListTopics().empty());
}

TEST(Tidemark, AnExistingTopicIsAnErrorUnlessTheCallerSaysOtherwise) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  ASSERT_TRUE(tide.CreateTopic("orders", {.partition_count = 2}).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(tide.CreateTopic("orders").status()));
  const TopicOptions lenient = {.partition_count = 7, .exists_ok = true};
  EXPECT_EQ(tide.CreateTopic("orders", lenient)->partition_count(), 2);
  EXPECT_EQ(tide.CreateTopic("alerts", lenient)->partition_count(), 7);
}

TEST(Tidemark, CallsOnUnknownTopicsNameThem) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  for (const absl::Status& status :
       {tide.OpenTopic("orders").status(), tide.DeleteTopic("orders"),
        tide.AddPartitions("orders", 3), tide.AlterTopicConfig("orders", {}),
        tide.DescribeTopic("orders").status()}) {
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "orders")) << status;
  }
}

TEST(Tidemark, ADeletedTopicIsGoneAndItsHandlesRefuseCalls) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  Topic topic = tide.CreateTopic("orders", {.partition_count = 1}).value();
  ASSERT_TRUE(topic.Append({.value = "old"}).ok());
  const FetchedRecords fetched = topic.Read(PartitionId{0}, Offset{0}).value();
  ASSERT_TRUE(tide.DeleteTopic("orders").ok());

  EXPECT_TRUE(tide.ListTopics().empty());
  EXPECT_TRUE(absl::IsFailedPrecondition(topic.Append({.value = "x"}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(topic.Read(PartitionId{0}, Offset{0}).status()));
  EXPECT_EQ(Describe(fetched), "0:-=old");

  Topic again = tide.CreateTopic("orders", {.partition_count = 1}).value();
  EXPECT_EQ(again.Append({.value = "new"})->offset, Offset{0});
  EXPECT_TRUE(absl::IsFailedPrecondition(topic.Append({.value = "x"}).status()));
}

TEST(Tidemark, HandlesSeeAddedPartitionsAtOnce) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  Topic topic = tide.CreateTopic("orders", {.partition_count = 1}).value();
  EXPECT_TRUE(absl::IsNotFound(topic.Append({}, {.partition = PartitionId{2}}).status()));
  ASSERT_TRUE(tide.AddPartitions("orders", 3).ok());
  EXPECT_EQ(topic.partition_count(), 3);
  EXPECT_TRUE(topic.Append({}, {.partition = PartitionId{2}}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(tide.AddPartitions("orders", 3)));
}

TEST(Tidemark, ChangedSettingsHoldForAppendsThatFollow) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  Topic topic = tide.CreateTopic("orders", {.partition_count = 1}).value();
  const std::string value(1000, 'x');
  ASSERT_TRUE(topic.Append({.value = value}).ok());
  ASSERT_TRUE(tide.AlterTopicConfig("orders", {{"max.message.bytes", "500"}}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(topic.Append({.value = value}).status()));
  ASSERT_TRUE(tide.AlterTopicConfig("orders", {}, {"max.message.bytes"}).ok());
  EXPECT_TRUE(topic.Append({.value = value}).ok());
}

TEST(Tidemark, SettingsOfTheEngineAreDefaultsOfTopics) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  ASSERT_TRUE(tide.AlterEngineConfig({{"num.partitions", "3"}}).ok());
  EXPECT_EQ(tide.DescribeEngine().config, (ConfigMap{{"num.partitions", "3"}}));
  EXPECT_EQ(tide.CreateTopic("orders").value().partition_count(), 3);
  EXPECT_TRUE(absl::IsInvalidArgument(tide.AlterEngineConfig({}, {"num.partition"})));
}

TEST(Tidemark, WhatAGroupHasConsumedGoesWhereTheTopicSaysSo) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  Topic topic =
      tide.CreateTopic("orders", {.partition_count = 1,
                                  .config = {{"tidemark.retention.consumed.groups", "billing"}}})
          .value();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(topic.Append({.value = "a"}).ok());
  EXPECT_EQ(tide.RunRetention("orders")->front().new_start, Offset{0});
  const TopicPartition partition{"orders", PartitionId{0}};
  ASSERT_TRUE(tide.groups().CommitOffsets("billing", {{partition, {.offset = Offset{2}}}}).ok());
  const std::vector<RetentionOutcome> outcomes = tide.RunRetention("orders").value();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].reason, RetentionReason::kConsumed);
  EXPECT_EQ(topic.Offsets(PartitionId{0})->earliest, Offset{2});
  EXPECT_TRUE(tide.background_errors().empty());
  EXPECT_EQ(tide.RunScrub("orders")->size(), 1u);
  EXPECT_EQ(tide.ScrubOutcomes().size(), 1u);
}

TEST(Tidemark, CompactsWhatTheTopicSays) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  Topic topic =
      tide.CreateTopic("orders",
                       {.partition_count = 1,
                        .config = {{"cleanup.policy", "compact"}, {"segment.bytes", "90"}}})
          .value();
  for (const char* const value : {"a", "b", "c"}) {
    ASSERT_TRUE(memory.AppendDurably(topic, {.key = "k", .value = value}).ok());
  }
  EXPECT_EQ(tide.CompactionStates().size(), 1u);
  const std::vector<CompactionOutcome> outcomes = tide.RunCompaction("orders").value();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(outcomes[0].status.ok()) << outcomes[0].status;
  EXPECT_EQ(Describe(topic.Read(PartitionId{0}, Offset{0}).value()), "1:k=b");
}

TEST(Tidemark, RefusesAllCallsOnceClosed) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  Topic topic = tide.CreateTopic("orders", {.partition_count = 1}).value();
  ASSERT_TRUE(topic.Append({.value = "a"}).ok());
  const FetchedRecords fetched = topic.Read(PartitionId{0}, Offset{0}).value();
  ASSERT_TRUE(tide.Close().ok());
  EXPECT_TRUE(tide.Close().ok());

  for (const absl::Status& status :
       {tide.CreateTopic("x").status(), tide.OpenTopic("orders").status(),
        tide.DeleteTopic("orders"), tide.AddPartitions("orders", 3),
        tide.AlterTopicConfig("orders", {}), tide.AlterEngineConfig({}),
        tide.DescribeTopic("orders").status(), topic.Append({.value = "b"}).status(),
        topic.Read(PartitionId{0}, Offset{0}).status(),
        topic.Tail(PartitionId{0}, Offset{0}, absl::InfiniteDuration()).status()}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  }
  EXPECT_EQ(Describe(fetched), "0:-=a");
}

TEST(Tidemark, HandlesAndRecordsMayOutliveIt) {
  MemoryTide memory;
  auto tide = std::make_unique<Tidemark>(memory.Open().value());
  Topic topic = tide->CreateTopic("orders", {.partition_count = 1}).value();
  ASSERT_TRUE(topic.Append({.value = "a"}).ok());
  const FetchedRecords fetched = topic.Read(PartitionId{0}, Offset{0}).value();
  tide.reset();
  EXPECT_EQ(Describe(fetched), "0:-=a");
}

TEST(Tidemark, APartitionThatCannotBeOpenedIsOfflineAndTheOthersServe) {
  MemoryTide memory;
  {
    Tidemark tide = memory.Open().value();
    Topic topic = tide.CreateTopic("orders", {.partition_count = 2}).value();
    for (const int32_t number : {0, 1}) {
      ASSERT_TRUE(topic.Append({.value = "a"}, {.partition = PartitionId{number}}).ok());
    }
    ASSERT_TRUE(tide.Close().ok());
  }
  ASSERT_TRUE(memory.file_system.Remove("/data/.kafka_cleanshutdown").ok());
  ASSERT_TRUE(memory.file_system.CreateDirectory("/data/orders-0/00000000000000000007.log").ok());
  std::atomic<int> opened_count = 0;
  std::atomic<int> offline_count = 0;
  memory.options.on_partition_opened = [&](const LogRecoveryReport& log) {
    ++(log.error.ok() ? opened_count : offline_count);
  };
  Tidemark tide = memory.Open().value();
  EXPECT_EQ(opened_count, 1);
  EXPECT_EQ(offline_count, 1);
  EXPECT_EQ(tide.recovery_report().offline_partitions(), 1);
  EXPECT_EQ(tide.DescribeTopic("orders")->partition_count, 2);
  Topic topic = tide.OpenTopic("orders").value();
  for (const absl::Status& status :
       {topic.Append({.value = "b"}, {.partition = PartitionId{0}}).status(),
        topic.Read(PartitionId{0}, Offset{0}).status(), topic.Offsets(PartitionId{0}).status()}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "orders-0: offline")) << status;
  }
  ASSERT_TRUE(topic.Append({.value = "b"}, {.partition = PartitionId{1}}).ok());
  EXPECT_EQ(Describe(topic.Read(PartitionId{1}, Offset{0}).value()), "0:-=a 1:-=b");
}

TEST(Tidemark, OfADamagedPartitionTheRestIsRead) {
  MemoryTide memory;
  {
    Tidemark tide = memory.Open().value();
    Topic topic = tide.CreateTopic("orders", {.partition_count = 1}).value();
    for (const char* value : {"a", "b", "c"}) ASSERT_TRUE(topic.Append({.value = value}).ok());
    ASSERT_TRUE(tide.Close().ok());
  }
  ASSERT_TRUE(memory.file_system.Remove("/data/.kafka_cleanshutdown").ok());
  ASSERT_TRUE(memory.file_system.Open("/data/orders-0/00000000000000000000.log", OpenMode::kCreate)
                  .value()
                  ->Write(100, "rot")
                  .ok());
  Tidemark tide = memory.Open().value();
  ASSERT_EQ(tide.recovery_report().logs.at(0).damaged.size(), 1u);
  Topic topic = tide.OpenTopic("orders").value();
  EXPECT_EQ(Describe(topic.Read(PartitionId{0}, Offset{0}).value()), "0:-=a");
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = topic.Read(PartitionId{0}, Offset{1}).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "the next that can be read is 2")) << status;
  }
  EXPECT_EQ(Describe(topic.Read(PartitionId{0}, Offset{2}).value()), "2:-=c");
  ASSERT_TRUE(topic.Append({.value = "d"}).ok());
  EXPECT_EQ(Describe(topic.Read(PartitionId{0}, Offset{3}).value()), "3:-=d");
}

TEST(Tidemark, KeepsInternalTopicsFromUsers) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  for (const char* name : {"__consumer_offsets", "__transaction_state"}) {
    Topic topic = tide.CreateTopic(name, {.partition_count = 1}).value();
    for (const absl::Status& status : {topic.Append({.value = "a"}).status(),
                                       tide.DeleteTopic(name), tide.AddPartitions(name, 2)}) {
      EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
      EXPECT_TRUE(absl::StrContains(status.message(), name)) << status;
    }
    EXPECT_TRUE(topic.Read(PartitionId{0}, Offset{0})->empty());
  }
}

TEST(Tidemark, MovesWithItsTopics) {
  MemoryTide memory;
  Tidemark tide = memory.Open().value();
  Topic topic = tide.CreateTopic("orders", {.partition_count = 1}).value();
  const Tidemark moved = std::move(tide);
  EXPECT_TRUE(topic.Append({.value = "a"}).ok());
  EXPECT_EQ(moved.ListTopics().size(), 1u);
}

}  // namespace
}  // namespace tidemark
