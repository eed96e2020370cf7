// What is kept and what is removed, for everything that a data directory may hold.

#include "storage/engine/startup_plan.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "storage/format/file_names.h"

namespace tidemark {
namespace {

TopicId Id(uint8_t number) {
  TopicId id;
  id.bytes[15] = number;
  return id;
}

FoundPartition WithId(uint8_t id, bool log_is_empty = true) { return {Id(id), "", log_is_empty}; }
FoundPartition WithoutId(bool log_is_empty = true) { return {absl::nullopt, "", log_is_empty}; }
FoundPartition Damaged(bool log_is_empty = true) { return {absl::nullopt, "torn", log_is_empty}; }

TopicFile File(TopicState state, int32_t partition_count) {
  TopicFile file;
  file.id = Id(1);
  file.state = state;
  file.partition_count = partition_count;
  return file;
}

absl::StatusOr<StartupPlan> Plan(const absl::optional<TopicFile>& file,
                                 const std::map<int32_t, FoundPartition>& partitions) {
  return MakeStartupPlan({{"t", FoundTopic{file, partitions}}}, [](const TopicPartition& name) {
    return FormatPartitionDirectoryName(name);
  });
}

std::set<int32_t> Removed(const StartupPlan& plan) {
  std::set<int32_t> numbers;
  for (const TopicPartition& partition : plan.directories_to_remove) {
    numbers.insert(partition.partition.value());
  }
  return numbers;
}

using Numbers = std::set<int32_t>;

TEST(StartupPlan, ALiveTopicIsAsItsFileSays) {
  const StartupPlan plan =
      *Plan(File(TopicState::kLive, 2), {{0, WithId(1, false)}, {1, WithoutId(false)}});
  EXPECT_EQ(plan.topics.at("t").file, File(TopicState::kLive, 2));
  EXPECT_TRUE(plan.topics.at("t").has_file);
  EXPECT_EQ(plan.topics.at("t").partitions, (Numbers{0, 1}));
  EXPECT_EQ(Removed(plan), Numbers{});
  EXPECT_TRUE(plan.topic_files_to_remove.empty());
  EXPECT_TRUE(plan.absent.empty());
}

TEST(StartupPlan, ACreationIsTakenBack) {
  const StartupPlan plan =
      *Plan(File(TopicState::kCreating, 4), {{0, WithId(1)}, {1, WithoutId()}, {2, Damaged()}});
  EXPECT_TRUE(plan.topics.empty());
  EXPECT_EQ(Removed(plan), (Numbers{0, 1, 2}));
  EXPECT_EQ(plan.topic_files_to_remove, std::vector<std::string>{"t"});
}

TEST(StartupPlan, ACreationTakesNobodysRecordsAway) {
  const StartupPlan plan =
      *Plan(File(TopicState::kCreating, 3), {{0, WithId(1)}, {1, WithId(2)}, {2, WithId(2)}});
  EXPECT_EQ(Removed(plan), Numbers{0});
  EXPECT_EQ(plan.topics.at("t").partitions, (Numbers{1, 2}));
  EXPECT_FALSE(plan.topics.at("t").has_file);
  EXPECT_EQ(plan.topics.at("t").file.id, Id(2));
  const StartupPlan full = *Plan(File(TopicState::kCreating, 1), {{0, WithId(1, false)}});
  EXPECT_EQ(Removed(full), Numbers{});
  EXPECT_EQ(full.topics.at("t").partitions, Numbers{0});
}

TEST(StartupPlan, ADeletionIsFinished) {
  const StartupPlan plan =
      *Plan(File(TopicState::kDeleting, 3),
            {{0, WithId(1, false)}, {1, WithoutId(false)}, {2, Damaged(false)}, {7, WithId(1)}});
  EXPECT_TRUE(plan.topics.empty());
  EXPECT_EQ(Removed(plan), (Numbers{0, 1, 2, 7}));
  EXPECT_EQ(plan.topic_files_to_remove, std::vector<std::string>{"t"});
  EXPECT_EQ(Plan(File(TopicState::kDeleting, 1), {})->topic_files_to_remove.size(), 1u);
}

TEST(StartupPlan, ADeletionLeavesAnotherTopicOfTheNameAlone) {
  const StartupPlan plan =
      *Plan(File(TopicState::kDeleting, 2), {{0, WithId(1, false)}, {1, WithId(2)}});
  EXPECT_EQ(Removed(plan), Numbers{0});
  EXPECT_EQ(plan.topics.at("t").partitions, Numbers{1});
}

TEST(StartupPlan, PartitionsThatWereBeingAddedAreTakenBack) {
  const StartupPlan plan =
      *Plan(File(TopicState::kLive, 1),
            {{0, WithId(1, false)}, {1, WithId(1)}, {2, WithoutId()}, {3, Damaged()}});
  EXPECT_EQ(Removed(plan), (Numbers{1, 2, 3}));
  EXPECT_EQ(plan.topics.at("t").partitions, Numbers{0});
  EXPECT_EQ(plan.topics.at("t").file.partition_count, 1);
}

TEST(StartupPlan, PartitionsInUseBeyondTheNumberCount) {
  const StartupPlan plan =
      *Plan(File(TopicState::kLive, 1),
            {{0, WithId(1, false)}, {1, WithId(1)}, {3, WithId(1, false)}, {4, WithId(1)}});
  EXPECT_EQ(Removed(plan), Numbers{4});
  EXPECT_EQ(plan.topics.at("t").partitions, (Numbers{0, 1, 3}));
  EXPECT_EQ(plan.topics.at("t").file.partition_count, 4);
}

TEST(StartupPlan, AMissingPartitionIsTold) {
  const StartupPlan plan = *Plan(File(TopicState::kLive, 3), {{1, WithId(1)}});
  ASSERT_EQ(plan.absent.size(), 2u);
  EXPECT_EQ(plan.absent[0].partition, PartitionId(0));
  EXPECT_EQ(plan.absent[1].partition, PartitionId(2));
}

TEST(StartupPlan, AnotherTopicsPartitionIsRefused) {
  for (const int32_t number : {0, 5}) {
    const absl::Status status = Plan(File(TopicState::kLive, 2), {{number, WithId(2)}}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(status.message(), "belongs to a topic with id")) << status;
  }
}

TEST(StartupPlan, DamageThatHidesWhoseItIsIsRefused) {
  for (const auto& plan : {Plan(File(TopicState::kLive, 2), {{0, Damaged()}}),
                           Plan(File(TopicState::kLive, 2), {{5, Damaged(false)}}),
                           Plan(absl::nullopt, {{0, Damaged()}})}) {
    EXPECT_EQ(plan.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(plan.status().message(), "partition.metadata: torn"));
  }
}

TEST(StartupPlan, DirectoriesWithoutAFileAreAdopted) {
  const StartupPlan plan = *Plan(absl::nullopt, {{1, WithoutId()}, {4, WithId(3)}});
  const PlannedTopic& topic = plan.topics.at("t");
  EXPECT_FALSE(topic.has_file);
  EXPECT_EQ(topic.file.id, Id(3));
  EXPECT_EQ(topic.file.partition_count, 5);
  EXPECT_EQ(topic.partitions, (Numbers{1, 4}));
  EXPECT_TRUE(topic.file.offset_gaps_allowed);
  EXPECT_TRUE(plan.absent.empty());
  EXPECT_TRUE(Plan(absl::nullopt, {{0, WithoutId()}})->topics.at("t").file.id.IsZero());
}

TEST(StartupPlan, AdoptedDirectoriesMustAgree) {
  const absl::Status status = Plan(absl::nullopt, {{0, WithId(1)}, {1, WithId(2)}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "t-1: belongs"));
}

TEST(StartupPlan, NumbersBeyondTheLimitAreRefused) {
  for (const int32_t number : {100000, 2147483647}) {
    EXPECT_EQ(Plan(absl::nullopt, {{number, WithId(1)}}).status().code(),
              absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(Plan(File(TopicState::kLive, 1), {{number, WithId(1, false)}}).status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_TRUE(Plan(absl::nullopt, {{99999, WithId(1)}}).ok());
}

TEST(StartupPlan, EmptinessIsAskedOnlyWhereItMatters) {
  EXPECT_FALSE(PlanAsksWhetherEmpty({absl::nullopt, {}}, 0));
  EXPECT_FALSE(PlanAsksWhetherEmpty({File(TopicState::kDeleting, 1), {}}, 5));
  EXPECT_TRUE(PlanAsksWhetherEmpty({File(TopicState::kCreating, 1), {}}, 0));
  EXPECT_FALSE(PlanAsksWhetherEmpty({File(TopicState::kLive, 1), {}}, 0));
  EXPECT_TRUE(PlanAsksWhetherEmpty({File(TopicState::kLive, 1), {}}, 1));
}

}  // namespace
}  // namespace tidemark
