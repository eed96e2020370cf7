#include "api/groups.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/testing/memory_tide.h"
#include "api/tidemark.h"
#include "storage/error_code.h"

namespace tidemark {
namespace {

const TopicPartition kOrders0{"orders", PartitionId{0}};
const TopicPartition kOrders1{"orders", PartitionId{1}};

// A Tidemark with the topic "orders" of two partitions.
class GroupsTest : public testing::Test {
 protected:
  GroupsTest() {
    memory_.options.config = {{"offsets.topic.num.partitions", "4"}};
    Reopen();
    EXPECT_TRUE(tide_->CreateTopic("orders", {.partition_count = 2, .exists_ok = true}).ok());
  }

  void Reopen() {
    if (tide_.has_value()) {
      EXPECT_TRUE(tide_->Close().ok());
    }
    tide_.reset();
    tide_.emplace(memory_.Open().value());
  }

  Groups groups() { return tide_->groups(); }

  absl::Status Commit(const std::string& group, const TopicPartition& topic_partition,
                      int64_t offset) {
    return groups().CommitOffsets(group, {{topic_partition, {.offset = Offset{offset}}}});
  }

  // -1 if there is none.
  int64_t Fetch(const std::string& group, const TopicPartition& topic_partition) {
    const auto found = groups().FetchOffset(group, topic_partition).value();
    return found.has_value() ? found->offset.value() : -1;
  }

  int64_t OffsetsTopicEnd() {
    Topic topic = tide_->OpenTopic("__consumer_offsets").value();
    int64_t end = 0;
    for (int32_t i = 0; i < topic.partition_count(); ++i) {
      end += topic.Offsets(PartitionId{i})->latest.value();
    }
    return end;
  }

  MemoryTide memory_;
  absl::optional<Tidemark> tide_;
};

TEST_F(GroupsTest, AreUnknownUntilTheyCommit) {
  EXPECT_TRUE(groups().FetchOffsets("g")->empty());
  EXPECT_EQ(Fetch("g", kOrders0), -1);
  EXPECT_TRUE(groups().ListGroups()->empty());
  EXPECT_TRUE(absl::IsNotFound(groups().DeleteGroup("g")));
  EXPECT_EQ(groups().ExpireOffsets().value(), 0);
  EXPECT_EQ(tide_->ListTopics().size(), 1u);
}

TEST_F(GroupsTest, KeepOffsetsMetadataAndEpochsAcrossRestarts) {
  memory_.clock.SetNow(absl::FromUnixMillis(1700000000123));
  const OffsetAndMetadata committed{Offset{5}, LeaderEpoch{3}, "caf\xc3\xa9"};
  ASSERT_TRUE(groups().CommitOffsets("g", {{kOrders0, committed}}).ok());
  ASSERT_TRUE(Commit("h", kOrders0, 9).ok());
  for (const char* when : {"before", "after"}) {
    SCOPED_TRACE(when);
    const OffsetAndMetadata found = groups().FetchOffset("g", kOrders0)->value();
    EXPECT_EQ(found.offset, Offset{5});
    EXPECT_EQ(found.leader_epoch, LeaderEpoch{3});
    EXPECT_EQ(found.metadata, "caf\xc3\xa9");
    EXPECT_EQ(found.commit_time, Timestamp{1700000000123});
    EXPECT_EQ(Fetch("h", kOrders0), 9);
    EXPECT_EQ(Fetch("g", kOrders1), -1);
    Reopen();
  }
  const TopicDescription topic = tide_->DescribeTopic("__consumer_offsets").value();
  EXPECT_EQ(topic.partition_count, 4);
  EXPECT_EQ(topic.config.at("cleanup.policy"), "compact");
  EXPECT_EQ(topic.config.at("segment.bytes"), "104857600");
}

TEST_F(GroupsTest, KeepTheLatestOffsetWhereTheEngineCompressesAllTopics) {
  ASSERT_TRUE(tide_->AlterEngineConfig({{"compression.type", "gzip"}}).ok());
  for (const int64_t offset : {1, 2, 3}) ASSERT_TRUE(Commit("g", kOrders0, offset).ok());
  EXPECT_EQ(Fetch("g", kOrders0), 3);
  absl::Status durable = absl::UnknownError("not committed");
  groups().CommitOffsetsAsync("g", {{kOrders0, {.offset = Offset{4}}}}, Durability::kDurable,
                              [&durable](const absl::Status& status) { durable = status; });
  memory_.executor.RunUntilIdle();
  ASSERT_TRUE(durable.ok()) << durable;
  memory_.file_system.PowerLoss(PowerLossMode::kDropAll, &memory_.random);
  tide_.reset();
  tide_.emplace(memory_.Open().value());
  EXPECT_EQ(Fetch("g", kOrders0), 4);
}

TEST_F(GroupsTest, MayBeUsedByWhoIsCalledBackWhileACommitSyncs) {
  ASSERT_TRUE(tide_->AlterEngineConfig({{"log.flush.interval.messages", "2"}}).ok());
  int64_t seen = -1;
  groups().CommitOffsetsAsync("g", {{kOrders0, {.offset = Offset{1}}}}, Durability::kDurable,
                              [&](const absl::Status& status) {
                                EXPECT_TRUE(status.ok()) << status;
                                seen = Fetch("g", kOrders0);
                              });
  ASSERT_TRUE(Commit("g", kOrders0, 2).ok());  // Syncs both.
  memory_.executor.RunUntilIdle();
  EXPECT_EQ(seen, 2);
}

TEST_F(GroupsTest, AreDeletedHoweverLongTheirNamesAre) {
  ASSERT_TRUE(tide_->CreateTopic("wide", {.partition_count = 50}).ok());
  const std::string group(32767, 'g');
  for (int32_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(Commit(group, {"wide", PartitionId{i}}, i).ok());
  }
  const absl::Status deleted = groups().DeleteGroup(group);
  EXPECT_TRUE(deleted.ok()) << deleted;
  EXPECT_TRUE(groups().FetchOffsets(group)->empty());
}

TEST_F(GroupsTest, CommitForManyPartitionsTogetherOrNotAtAll) {
  ASSERT_TRUE(groups()
                  .CommitOffsets(
                      "g", {{kOrders0, {.offset = Offset{1}}}, {kOrders1, {.offset = Offset{2}}}})
                  .ok());
  EXPECT_EQ(groups().FetchOffsets("g")->size(), 2u);
  const TopicPartition missing{"orders", PartitionId{2}};
  const absl::Status status = groups().CommitOffsets(
      "g", {{kOrders0, {.offset = Offset{8}}}, {missing, {.offset = Offset{8}}}});
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "orders-2")) << status;
  EXPECT_EQ(Fetch("g", kOrders0), 1);
}

TEST_F(GroupsTest, TakeOffsetsThatTheLogDoesNotHold) {
  ASSERT_TRUE(Commit("g", kOrders0, 1000).ok());
  EXPECT_EQ(Fetch("g", kOrders0), 1000);
  ASSERT_TRUE(Commit("g", kOrders0, 0).ok());
  EXPECT_EQ(Fetch("g", kOrders0), 0);
}

TEST_F(GroupsTest, RefuseWhatCannotBeCommitted) {
  for (const auto& [topic_partition, offset] : std::vector<OffsetsByPartition::value_type>{
           {kOrders0, {.offset = Offset{-1}}},
           {kOrders0, {.offset = Offset{1}, .leader_epoch = LeaderEpoch{-2}}},
           {kOrders0, {.offset = Offset{1}, .metadata = std::string(4097, 'm')}},
           {kOrders0, {.offset = Offset{1}, .metadata = "\xff"}}}) {
    const absl::Status status = groups().CommitOffsets("g", {{topic_partition, offset}});
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "orders-0")) << status;
  }
  EXPECT_TRUE(absl::IsNotFound(Commit("g", {"none", PartitionId{0}}, 1)));
  EXPECT_TRUE(absl::IsNotFound(Commit("g", {"orders", PartitionId{-1}}, 1)));
  EXPECT_TRUE(groups().ListGroups()->empty());
}

TEST_F(GroupsTest, HaveOddNamesOrNone) {
  for (const std::string& name : {std::string("a b/c"), std::string("\xf0\x9f\x98\x80"),
                                  std::string("\0", 1), std::string(32767, 'g')}) {
    ASSERT_TRUE(Commit(name, kOrders0, 1).ok());
    EXPECT_EQ(Fetch(name, kOrders0), 1);
  }
  EXPECT_EQ(groups().ListGroups()->size(), 4u);
  for (const std::string& name : {std::string(), std::string("\xff"), std::string(32768, 'g')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Commit(name, kOrders0, 1)));
    EXPECT_TRUE(absl::IsInvalidArgument(groups().CommitOffsets(name, {})));
    EXPECT_TRUE(absl::IsInvalidArgument(groups().FetchOffsets(name).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(groups().DeleteGroup(name)));
  }
}

TEST_F(GroupsTest, AreListedWithWhatTheyHave) {
  ASSERT_TRUE(Commit("b", kOrders0, 1).ok());
  ASSERT_TRUE(Commit("a", kOrders0, 1).ok());
  ASSERT_TRUE(Commit("a", kOrders1, 1).ok());
  const std::vector<GroupSummary> listed = groups().ListGroups().value();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(absl::StrCat(listed[0].group, listed[0].offset_count), "a2");
  EXPECT_EQ(absl::StrCat(listed[1].group, listed[1].offset_count), "b1");
}

TEST_F(GroupsTest, ForgetWhatIsDeleted) {
  ASSERT_TRUE(Commit("g", kOrders0, 1).ok());
  ASSERT_TRUE(Commit("g", kOrders1, 2).ok());
  ASSERT_TRUE(Commit("h", kOrders0, 3).ok());
  ASSERT_TRUE(groups().DeleteOffsets("g", {kOrders0, {"none", PartitionId{0}}}).ok());
  EXPECT_EQ(Fetch("g", kOrders0), -1);
  EXPECT_EQ(Fetch("g", kOrders1), 2);
  ASSERT_TRUE(groups().DeleteGroup("h").ok());
  EXPECT_TRUE(absl::IsNotFound(groups().DeleteGroup("h")));
  EXPECT_TRUE(absl::IsNotFound(groups().DeleteOffsets("h", {kOrders0})));
  Reopen();
  EXPECT_EQ(Fetch("g", kOrders0), -1);
  EXPECT_EQ(Fetch("g", kOrders1), 2);
  EXPECT_EQ(groups().ListGroups()->size(), 1u);
}

TEST_F(GroupsTest, ForgetTopicsThatAreGone) {
  ASSERT_TRUE(Commit("g", kOrders0, 7).ok());
  ASSERT_TRUE(tide_->DeleteTopic("orders").ok());
  EXPECT_TRUE(groups().ListGroups()->empty());
  ASSERT_TRUE(tide_->CreateTopic("orders", {.partition_count = 1}).ok());
  EXPECT_EQ(Fetch("g", kOrders0), -1);
}

TEST_F(GroupsTest, ForgetOffsetsThatHaveNotBeenCommittedForLong) {
  ASSERT_TRUE(Commit("g", kOrders0, 1).ok());
  memory_.clock.Advance(absl::Hours(24 * 6));
  ASSERT_TRUE(Commit("g", kOrders1, 2).ok());
  EXPECT_EQ(groups().ExpireOffsets().value(), 0);
  memory_.clock.Advance(absl::Hours(24));
  EXPECT_EQ(groups().ExpireOffsets().value(), 1);
  EXPECT_EQ(Fetch("g", kOrders0), -1);
  EXPECT_EQ(Fetch("g", kOrders1), 2);
}

TEST_F(GroupsTest, ForgetByThemselves) {
  ASSERT_TRUE(Commit("g", kOrders0, 1).ok());
  memory_.clock.Advance(absl::Hours(24 * 7));
  memory_.executor.RunUntilIdle();
  EXPECT_EQ(Fetch("g", kOrders0), -1);
}

TEST_F(GroupsTest, AreDurableWhenThatWasAskedFor) {
  absl::Status status = absl::UnknownError("not acknowledged");
  groups().CommitOffsetsAsync("g", {{kOrders0, {.offset = Offset{5}}}}, Durability::kDurable,
                              [&status](absl::Status result) { status = std::move(result); });
  memory_.executor.RunUntilIdle();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Fetch("g", kOrders0), 5);
  EXPECT_GT(OffsetsTopicEnd(), 0);
}

TEST_F(GroupsTest, ReportAFullDiskAndCommitNothing) {
  ASSERT_TRUE(Commit("g", kOrders0, 1).ok());
  memory_.file_system.SetCapacityBytes(memory_.file_system.used_bytes());
  const std::string long_text(4096, 'm');
  absl::Status status;
  for (int i = 0; i < 100000 && status.ok(); ++i) {
    status = groups().CommitOffsets("g", {{kOrders0, {Offset{i}, kNoLeaderEpoch, long_text}}});
  }
  EXPECT_TRUE(IsDiskFull(status)) << status;
  const int64_t last = Fetch("g", kOrders0);
  memory_.file_system.SetCapacityBytes(int64_t{1} << 40);
  EXPECT_TRUE(Commit("h", kOrders0, 1).ok()) << "without opening anew";
  EXPECT_TRUE(Commit("g", kOrders0, last).ok());
  Reopen();
  EXPECT_EQ(Fetch("g", kOrders0), last);
}

TEST_F(GroupsTest, SayWhatIsWrongWithTheirPartOfTheTopicAlone) {
  ASSERT_TRUE(Commit("group", kOrders0, 1).ok());  // Partition 3 of 4.
  ASSERT_TRUE(Commit("a", kOrders0, 1).ok());      // Partition 1.
  ASSERT_TRUE(tide_->Close().ok());
  ASSERT_TRUE(memory_.file_system.Remove("/data/.kafka_cleanshutdown").ok());
  ASSERT_TRUE(memory_.file_system
                  .Open("/data/__consumer_offsets-3/00000000000000000000.log", OpenMode::kCreate)
                  .value()
                  ->Write(40, "rot")
                  .ok());
  tide_.emplace(memory_.Open().value());
  EXPECT_EQ(Fetch("a", kOrders0), 1);
  for (const absl::Status& status :
       {groups().FetchOffsets("group").status(), Commit("group", kOrders0, 2),
        groups().ListGroups().status(), groups().DeleteGroup("group")}) {
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "__consumer_offsets-3")) << status;
  }
}

TEST_F(GroupsTest, RefuseCallsAfterClose) {
  ASSERT_TRUE(Commit("g", kOrders0, 1).ok());
  Groups handle = groups();
  ASSERT_TRUE(tide_->Close().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(handle.FetchOffsets("g").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(handle.ListGroups().status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(handle.DeleteGroup("g")));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(handle.CommitOffsets("g", {{kOrders0, {.offset = Offset{1}}}})));
}

TEST_F(GroupsTest, MayBeUsedFromManyThreads) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 1; i <= 50; ++i) {
        EXPECT_TRUE(Commit(absl::StrCat("g", thread), kOrders0, i).ok());
        EXPECT_TRUE(Commit("shared", kOrders1, i).ok());
        EXPECT_EQ(Fetch(absl::StrCat("g", thread), kOrders0), i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const int64_t shared = Fetch("shared", kOrders1);
  EXPECT_EQ(groups().ListGroups()->size(), 5u);
  Reopen();
  EXPECT_EQ(Fetch("shared", kOrders1), shared);
}

}  // namespace
}  // namespace tidemark
