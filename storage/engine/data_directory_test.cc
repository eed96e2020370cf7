// Directories that Kafka, a user or a failing disk has had in hand.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

using Values = std::vector<std::string>;

constexpr absl::string_view kMetadata = "version: 0\ntopic_id: kBE1FZz8QFq2WyYMFq5Yxg";
constexpr absl::string_view kOtherMetadata = "version: 0\ntopic_id: kBE1FZz8QFq2WyYMFq5Yxw";

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
}

class DataDirectoryTest : public ::testing::Test {
 protected:
  void Open() {
    const absl::Status opened = harness_.Open();
    ASSERT_TRUE(opened.ok()) << opened;
  }
  StorageEngine* engine() { return harness_.engine.get(); }

  // Makes the topic "t" with two partitions and a record in the second, and closes.
  void MakeTopic() {
    Open();
    ASSERT_TRUE(engine()->CreateTopic("t", 2, {{"segment.bytes", "500"}}).ok());
    ASSERT_TRUE(harness_.Append("t", 1, "a").ok());
    ASSERT_TRUE(engine()->Close().ok());
    harness_.engine.reset();
  }

  void Remove(absl::string_view name) {
    ASSERT_TRUE(harness_.file_system.Remove(absl::StrCat("/data/", name)).ok()) << name;
  }

  // The next opening is refused, and changes nothing.
  void ExpectRefused(absl::StatusCode code, absl::string_view part) {
    const Values before = harness_.List();
    ExpectError(harness_.Open(), code, part);
    EXPECT_EQ(harness_.List(), before);
  }

  EngineHarness harness_;
};

TEST_F(DataDirectoryTest, DirectoriesFromKafkaAreAdopted) {
  MakeTopic();
  Remove("t.topic");
  Open();
  const TopicDescription topic = *engine()->DescribeTopic("t");
  EXPECT_EQ(topic.partition_count, 2);
  EXPECT_FALSE(topic.id.IsZero());
  EXPECT_EQ(harness_.Read("t", 1), Values{"a"});
  EXPECT_FALSE(harness_.Exists("t.topic"));
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {{"segment.bytes", "900"}}, {}).ok());
  EXPECT_TRUE(absl::StrContains(harness_.ReadFile("t.topic"), "offset_gaps: yes\n"));
  Open();
  EXPECT_EQ(engine()->DescribeTopic("t")->id, topic.id);
  EXPECT_EQ(engine()->DescribeTopic("t")->config.at("segment.bytes"), "900");
}

// Their settings are in the cluster's metadata: who opens the directory must not lose what they
// keep.
TEST_F(DataDirectoryTest, NothingOfAnAdoptedTopicGoesUntilSomebodySaysSo) {
  harness_.options.config = {{"log.retention.ms", "1"}, {"log.retention.bytes", "0"}};
  MakeTopic();
  Remove("t.topic");
  ASSERT_TRUE(harness_.file_system.Rename("/data/t-0", "/data/__consumer_offsets-0").ok());
  ASSERT_TRUE(harness_.file_system.Remove("/data/__consumer_offsets-0/partition.metadata").ok());
  Open();
  EXPECT_EQ(engine()->DescribeTopic("__consumer_offsets")->config.at("cleanup.policy"), "compact");
  harness_.executor.AdvanceBy(absl::Hours(2));
  EXPECT_EQ(harness_.Read("t", 1), Values{"a"});
  ASSERT_TRUE(engine()->AddPartitions("t", 3).ok());
  harness_.executor.AdvanceBy(absl::Hours(2));
  Open();
  EXPECT_EQ(harness_.Read("t", 1), Values{"a"});
  ASSERT_TRUE(engine()->AlterTopicConfig("t", {}, {"retention.ms"}).ok());
  harness_.executor.AdvanceBy(absl::Hours(2));
  EXPECT_EQ(harness_.Read("t", 1), Values{});
}

TEST_F(DataDirectoryTest, AdoptedTopicsMayHaveHolesAndNoId) {
  MakeTopic();
  for (const absl::string_view name : {"t.topic", "t-1/partition.metadata"}) Remove(name);
  ASSERT_TRUE(harness_.file_system.Rename("/data/t-1", "/data/old-3").ok());
  Open();
  EXPECT_EQ(engine()->ListTopics(), (Values{"old", "t"}));
  const TopicDescription topic = *engine()->DescribeTopic("old");
  EXPECT_EQ(topic.partition_count, 4);
  EXPECT_TRUE(topic.id.IsZero());
  EXPECT_EQ(harness_.Read("old", 3), Values{"a"});
  ExpectError(engine()->GetLog({"old", PartitionId(1)}).status(), absl::StatusCode::kNotFound,
              "no partition 1");
  ASSERT_TRUE(engine()->AddPartitions("old", 6).ok());
  ASSERT_TRUE(harness_.Append("old", 5, "b").ok());
  EXPECT_FALSE(engine()->DescribeTopic("old")->id.IsZero());
  Open();
  EXPECT_EQ(harness_.Read("old", 3), Values{"a"});
  EXPECT_EQ(harness_.Read("old", 5), Values{"b"});
  EXPECT_FALSE(engine()->GetLog({"old", PartitionId(1)}).ok());
}

TEST_F(DataDirectoryTest, AdoptedTopicsCanBeDeleted) {
  MakeTopic();
  for (const absl::string_view name :
       {"t.topic", "t-0/partition.metadata", "t-1/partition.metadata"}) {
    Remove(name);
  }
  Open();
  ASSERT_TRUE(engine()->DeleteTopic("t").ok());
  EXPECT_FALSE(harness_.Exists("t-0"));
  EXPECT_FALSE(harness_.Exists("t.topic"));
  Open();
  EXPECT_TRUE(engine()->ListTopics().empty());
}

TEST_F(DataDirectoryTest, UnknownDirectoriesAreRefusedByName) {
  MakeTopic();
  for (const std::string name : {"photos", "t-", "t-01", "-0", "t-0.delete", "a b-0",
                                 "please-delete", "t-0.0123-delete", "t-99999999999"}) {
    ASSERT_TRUE(harness_.file_system.CreateDirectory(absl::StrCat("/data/", name)).ok());
    ExpectRefused(absl::StatusCode::kFailedPrecondition, absl::StrCat("/data/", name));
    ASSERT_TRUE(harness_.file_system.RemoveDirectory(absl::StrCat("/data/", name)).ok());
  }
  // A refusal is no crash: the directory is as clean as before.
  Open();
  EXPECT_TRUE(engine()->recovery_report().was_clean);
}

TEST_F(DataDirectoryTest, ADirectoryOfSomebodyElseIsNotTouched) {
  harness_.WriteFile("photos/1.jpg", "not ours");
  const int64_t changes = harness_.file_system.changes();
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "/data/photos");
  EXPECT_EQ(harness_.file_system.changes(), changes);
}

TEST_F(DataDirectoryTest, WhatBelongsToOthersIsLeftAlone) {
  const Values names = {"__cluster_metadata-0", "lost+found", "remote-log-index-cache",
                        "t-0.0123456789abcdef0123456789abcdef-future",
                        "t-0.0123456789abcdef0123456789abcdef-stray"};
  for (const std::string& name : names) {
    harness_.WriteFile(absl::StrCat(name, "/00000000000000000000.log"), "not ours");
  }
  harness_.WriteFile("meta.properties", "version=1\n");
  harness_.WriteFile("notes", "mine");
  Open();
  EXPECT_TRUE(engine()->ListTopics().empty());
  ASSERT_TRUE(engine()->Close().ok());
  for (const std::string& name : names) {
    EXPECT_EQ(harness_.ReadFile(absl::StrCat(name, "/00000000000000000000.log")), "not ours");
  }
  EXPECT_EQ(harness_.ReadFile("notes"), "mine");
}

TEST_F(DataDirectoryTest, DirectoriesAwaitingRemovalAreRemoved) {
  const std::string name = "t-0.0123456789abcdef0123456789abcdef-delete";
  harness_.WriteFile(absl::StrCat(name, "/00000000000000000000.log"), "old");
  ASSERT_TRUE(harness_.file_system.CreateDirectory(absl::StrCat("/data/", name, "/inner")).ok());
  harness_.WriteFile("tidemark.tmp", "half");
  Open();
  EXPECT_FALSE(harness_.Exists(name));
  EXPECT_FALSE(harness_.Exists("tidemark.tmp"));
}

TEST_F(DataDirectoryTest, DamagedTopicFilesAreRefusedByName) {
  MakeTopic();
  const std::string good = harness_.ReadFile("t.topic");
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "\n", absl::StrReplaceAll(good, {{"live", "dead"}}),
        std::string(2 << 20, 'x'), std::string(100, '\0')}) {
    harness_.WriteFile("t.topic", bad);
    ExpectRefused(absl::StatusCode::kDataLoss, "/data/t.topic");
  }
  harness_.WriteFile("t.topic", good);
  harness_.WriteFile("..topic", good);
  ExpectRefused(absl::StatusCode::kDataLoss, "/data/..topic");
  Remove("..topic");
  Open();
  EXPECT_EQ(engine()->DescribeTopic("t")->config.at("segment.bytes"), "500");
}

TEST_F(DataDirectoryTest, DamagedEngineSettingsAreRefusedByName) {
  harness_.options.config = {{"num.partitions", "3"}};
  MakeTopic();
  const std::string good = harness_.ReadFile("tidemark.properties");
  harness_.WriteFile("tidemark.properties", good.substr(0, 20));
  ExpectRefused(absl::StatusCode::kDataLoss, "/data/tidemark.properties");
  harness_.WriteFile("tidemark.properties", good);
  Open();
}

TEST_F(DataDirectoryTest, DamagedCheckpointsCostOnlyTime) {
  MakeTopic();
  for (const std::string bad : {"", "0\n1\nt 1", "nonsense", "0\n1\nt 1 999\n"}) {
    harness_.WriteFile("recovery-point-offset-checkpoint", bad);
    harness_.WriteFile("log-start-offset-checkpoint", bad == "0\n1\nt 1 999\n" ? "" : bad);
    harness_.WriteFile("replication-offset-checkpoint", bad);
    Open();
    EXPECT_EQ(harness_.Read("t", 1), Values{"a"}) << bad;
    harness_.Crash();
  }
}

TEST_F(DataDirectoryTest, DamagedPartitionMetadataIsRefusedByName) {
  MakeTopic();
  harness_.WriteFile("t-0/partition.metadata", "version: 0\n");
  ExpectRefused(absl::StatusCode::kDataLoss, "/data/t-0/partition.metadata");
  harness_.WriteFile("t-0/partition.metadata", kMetadata);
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "/data/t-0: belongs to a topic with id");
  Remove("t-0/partition.metadata");
  Open();
}

TEST_F(DataDirectoryTest, AdoptedPartitionsOfTwoTopicsAreRefused) {
  harness_.WriteFile("t-0/partition.metadata", kMetadata);
  harness_.WriteFile("t-1/partition.metadata", kOtherMetadata);
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "/data/t-1: belongs");
}

TEST_F(DataDirectoryTest, AMissingPartitionIsReportedAndTheRestServes) {
  MakeTopic();
  ASSERT_TRUE(harness_.file_system.Rename("/data/t-0", "/elsewhere").ok());
  Open();
  const std::vector<LogRecoveryReport>& logs = engine()->recovery_report().logs;
  ASSERT_EQ(logs.size(), 2u);
  EXPECT_EQ(logs[1].topic_partition, (TopicPartition{"t", PartitionId(0)}));
  ASSERT_EQ(logs[1].notes.size(), 1u);
  EXPECT_TRUE(absl::StrContains(logs[1].notes[0], "/data/t-0"));
  EXPECT_EQ(harness_.Read("t", 1), Values{"a"});
  EXPECT_FALSE(engine()->GetLog({"t", PartitionId(0)}).ok());
}

TEST_F(DataDirectoryTest, PartitionsThatKafkaAddedAndUsedCount) {
  MakeTopic();
  const std::string file = harness_.ReadFile("t.topic");
  Open();
  ASSERT_TRUE(engine()->AddPartitions("t", 4).ok());
  ASSERT_TRUE(harness_.Append("t", 2, "b").ok());
  ASSERT_TRUE(engine()->Close().ok());
  harness_.engine.reset();
  harness_.WriteFile("t.topic", file);
  Open();
  EXPECT_EQ(engine()->DescribeTopic("t")->partition_count, 3);
  EXPECT_EQ(harness_.Read("t", 2), Values{"b"});
  EXPECT_FALSE(harness_.Exists("t-3"));
  Open();
  EXPECT_EQ(engine()->DescribeTopic("t")->partition_count, 3);
}

TEST_F(DataDirectoryTest, AFileWhereADirectoryIsWantedIsRefused) {
  ASSERT_TRUE(harness_.file_system.Open("/data", OpenMode::kCreate).ok());
  ExpectError(harness_.Open(), absl::StatusCode::kFailedPrecondition, "/data");
}

TEST_F(DataDirectoryTest, AParentThatIsAbsentIsNamed) {
  ExpectError(StorageEngine::Open("/none/data", harness_.environment(), {}).status(),
              absl::StatusCode::kNotFound, "/none/data");
}

TEST_F(DataDirectoryTest, ANewDirectoryIsOnStableStorageItself) {
  for (const std::string path : {"/data", "/data/", "data"}) {
    MemoryFileSystem file_system;
    Environment environment = harness_.environment();
    environment.file_system = &file_system;
    auto opened = StorageEngine::Open(path, environment, {});
    ASSERT_TRUE(opened.ok()) << path << ": " << opened.status();
    ASSERT_TRUE((*opened)->CreateTopic("t", 1, {}).ok());
    const MemorySnapshot snapshot = file_system.Snapshot();
    opened->reset();
    file_system.Restore(snapshot);
    file_system.PowerLoss(PowerLossMode::kDropAll, [](uint64_t) { return 0; });
    opened = StorageEngine::Open(path, environment, {});
    ASSERT_TRUE(opened.ok()) << path << ": " << opened.status();
    EXPECT_EQ((*opened)->ListTopics(), Values{"t"}) << path;
  }
}

// ------------------------------------------------------- failures in the middle of a change

class ChangeFailureTest : public DataDirectoryTest {
 protected:
  // From now on calls of that kind on paths with that ending fail.
  void Fail(FileOperation::Kind kind, const std::string& ending) {
    harness_.file_system.SetFaultHook([kind, ending](const FileOperation& operation) -> FileFault {
      if (operation.kind != kind || !absl::EndsWith(operation.path, ending)) return {};
      return absl::UnavailableError("I/O error");
    });
  }
  void Heal() { harness_.file_system.SetFaultHook(nullptr); }
};

TEST_F(ChangeFailureTest, ADeletionThatCannotBeFinishedIsFinishedLater) {
  MakeTopic();
  for (const bool again : {true, false}) {
    Open();
    Fail(FileOperation::Kind::kRemove, "t.topic");
    ExpectError(engine()->DeleteTopic("t"), absl::StatusCode::kUnavailable, "delete it again");
    EXPECT_TRUE(engine()->ListTopics().empty());
    EXPECT_FALSE(engine()->GetLog({"t", PartitionId(1)}).ok());
    EXPECT_FALSE(engine()->CreateTopic("t", 1, {}).ok());
    Heal();
    EXPECT_TRUE(!again || engine()->DeleteTopic("t").ok());
    ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
    EXPECT_EQ(harness_.Read("t", 0), Values{});
  }
}

TEST_F(ChangeFailureTest, ADeletionThatMayHaveHappenedIsHeldTo) {
  MakeTopic();
  Open();
  Fail(FileOperation::Kind::kSyncDirectory, "/data");
  ExpectError(engine()->DeleteTopic("t"), absl::StatusCode::kUnavailable, "can no longer be used");
  EXPECT_TRUE(engine()->ListTopics().empty());
  Heal();
  Open();
  EXPECT_TRUE(engine()->ListTopics().empty());
}

TEST_F(ChangeFailureTest, ADeletionThatDidNotBeginChangesNothing) {
  MakeTopic();
  Open();
  Fail(FileOperation::Kind::kSync, "tidemark.tmp");
  ExpectError(engine()->DeleteTopic("t"), absl::StatusCode::kUnavailable, "I/O error");
  EXPECT_EQ(harness_.Read("t", 1), Values{"a"});
  EXPECT_TRUE(harness_.Append("t", 1, "b").ok());
  EXPECT_FALSE(harness_.Exists("tidemark.tmp"));
}

TEST_F(ChangeFailureTest, ACreationThatCannotBeTakenBackIsTakenBackLater) {
  for (const bool reopen : {true, false}) {
    Open();
    Fail(FileOperation::Kind::kSyncDirectory, "/data");
    ExpectError(engine()->CreateTopic("t", 2, {}).status(), absl::StatusCode::kUnavailable,
                "still there");
    EXPECT_TRUE(engine()->ListTopics().empty());
    Heal();
    if (reopen) {
      Open();
      EXPECT_TRUE(engine()->ListTopics().empty());
    }
    ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
    ASSERT_TRUE(engine()->DeleteTopic("t").ok());
  }
}

TEST_F(ChangeFailureTest, PartitionsThatCannotBeTakenBackAreReplacedLater) {
  MakeTopic();
  Open();
  // The new directories are made, and then neither the file nor the directories can be changed.
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    const bool is_write = operation.kind == FileOperation::Kind::kRename;
    const bool is_removal = operation.kind == FileOperation::Kind::kRemoveDirectory;
    if (!is_write && !is_removal) return {};
    return absl::UnavailableError("I/O error");
  });
  ExpectError(engine()->AddPartitions("t", 4), absl::StatusCode::kUnavailable, "still there");
  EXPECT_EQ(engine()->DescribeTopic("t")->partition_count, 2);
  EXPECT_TRUE(harness_.Exists("t-3"));
  Heal();
  ASSERT_TRUE(engine()->AddPartitions("t", 4).ok());
  ASSERT_TRUE(harness_.Append("t", 3, "b").ok());
  Open();
  EXPECT_EQ(harness_.Read("t", 3), Values{"b"});
}

TEST_F(ChangeFailureTest, ADirectoryInTheWayIsNotTouched) {
  Open();
  harness_.WriteFile("t-1/00000000000000000000.log", std::string(100, 'x'));
  ExpectError(engine()->CreateTopic("t", 2, {}).status(), absl::StatusCode::kFailedPrecondition,
              "/data/t-1");
  EXPECT_EQ(harness_.ReadFile("t-1/00000000000000000000.log"), std::string(100, 'x'));
  EXPECT_FALSE(harness_.Exists("t-0"));
  EXPECT_FALSE(harness_.Exists("t.topic"));
}

TEST_F(DataDirectoryTest, APartitionsDirectoryIsNotTakenForOne) {
  Open();
  ASSERT_TRUE(engine()->CreateTopic("t", 1, {}).ok());
  ASSERT_TRUE(engine()->Close().ok());
  FileSystem& files = harness_.file_system;
  for (const absl::string_view found : {"00000000000000000000.index", "partition.metadata"}) {
    const std::vector<DirectoryEntry> before = files.List("/data/t-0").value();
    ExpectError(StorageEngine::Open("/data/t-0", harness_.environment(), {}).status(),
                absl::StatusCode::kFailedPrecondition, absl::StrCat("/data/t-0/", found));
    EXPECT_EQ(files.List("/data/t-0").value().size(), before.size());
    for (const DirectoryEntry& entry : before) {
      if (entry.name == "partition.metadata") continue;
      ASSERT_TRUE(files.Remove(absl::StrCat("/data/t-0/", entry.name)).ok());
    }
  }
}

}  // namespace
}  // namespace tidemark
