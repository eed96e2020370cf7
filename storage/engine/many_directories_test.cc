// An engine with several data directories, as on several disks.

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

using Values = std::vector<std::string>;

constexpr absl::string_view kRoots[] = {"/data", "/disk2", "/disk3"};

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
}

class ManyDirectoriesTest : public ::testing::Test {
 protected:
  ManyDirectoriesTest() { harness_.options.more_directories = {"/disk2/", "/disk3"}; }

  void Open() {
    const absl::Status opened = harness_.Open();
    ASSERT_TRUE(opened.ok()) << opened;
  }
  StorageEngine* engine() { return harness_.engine.get(); }

  // The topic "t" with a record in each of six partitions, of which 1 and 4 are on the second disk.
  void MakeTopic() {
    Open();
    ASSERT_TRUE(engine()->CreateTopic("t", 6, {}).ok());
    for (int32_t number = 0; number < 6; ++number) {
      ASSERT_TRUE(harness_.Append("t", number, absl::StrCat(number)).ok());
    }
  }
  void ExpectAllServe() {
    for (int32_t number = 0; number < 6; ++number) {
      EXPECT_EQ(harness_.Read("t", number), Values{absl::StrCat(number)});
    }
  }

  absl::Status ErrorOf(int32_t partition) {
    return engine()->GetLog({"t", PartitionId(partition)}).status();
  }
  bool Exists(absl::string_view path) { return harness_.file_system.Stat(path).ok(); }

  // From now on every call below the second disk fails, or every change.
  void Fail(const absl::Status& error, bool only_changes) {
    harness_.file_system.SetFaultHook([=](const FileOperation& operation) -> FileFault {
      const bool is_there = absl::StartsWith(operation.path, "/disk2");
      return is_there && (!only_changes || operation.change_ordinal != 0) ? error
                                                                          : absl::OkStatus();
    });
  }
  void Heal() { harness_.file_system.SetFaultHook(nullptr); }

  EngineHarness harness_;
};

TEST_F(ManyDirectoriesTest, NewPartitionsGoWhereTheFewestAre) {
  MakeTopic();
  for (const absl::string_view path :
       {"/data/t-0", "/disk2/t-1", "/disk3/t-2", "/data/t-3", "/disk2/t-4", "/disk3/t-5"}) {
    EXPECT_TRUE(Exists(path)) << path;
  }
  ASSERT_TRUE(engine()->CreateTopic("u", 1, {}).ok());
  ASSERT_TRUE(engine()->AddPartitions("u", 3).ok());
  EXPECT_TRUE(Exists("/data/u-0"));
  EXPECT_TRUE(Exists("/disk2/u-1"));
  EXPECT_TRUE(Exists("/disk3/u-2"));
  ASSERT_TRUE(engine()->Close().ok());
  Open();
  ExpectAllServe();
  EXPECT_TRUE(engine()->recovery_report().was_clean);
  EXPECT_EQ(engine()->recovery_report().logs.size(), 9u);
  ASSERT_TRUE(engine()->DeleteTopic("t").ok());
  EXPECT_FALSE(Exists("/disk2/t-1"));
  EXPECT_FALSE(Exists("/data/t.topic"));
}

TEST_F(ManyDirectoriesTest, EachHasItsOwnLockCheckpointsAndMarker) {
  MakeTopic();
  ExpectError(StorageEngine::Open("/disk2", harness_.environment(), {}).status(),
              absl::StatusCode::kFailedPrecondition, "/disk2");
  ASSERT_TRUE(engine()->Close().ok());
  for (const absl::string_view root : kRoots) {
    EXPECT_TRUE(Exists(absl::StrCat(root, "/.kafka_cleanshutdown"))) << root;
    EXPECT_TRUE(Exists(absl::StrCat(root, "/recovery-point-offset-checkpoint"))) << root;
  }
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n2\nt 0 1\nt 3 1\n");
  EXPECT_TRUE(Exists("/data/t.topic"));
  EXPECT_FALSE(Exists("/disk2/t.topic"));
}

TEST_F(ManyDirectoriesTest, OneThatCannotBeReadLeavesTheOthersServing) {
  MakeTopic();
  ASSERT_TRUE(engine()->Close().ok());
  harness_.engine.reset();
  Fail(absl::UnavailableError("I/O error"), /*only_changes=*/false);
  Open();
  const RecoveryReport& report = engine()->recovery_report();
  EXPECT_FALSE(report.was_clean);
  EXPECT_TRUE(report.directories[0].error.ok());
  ExpectError(report.directories[1].error, absl::StatusCode::kUnavailable, "/disk2");
  EXPECT_EQ(report.offline_partitions(), 2);
  for (const int32_t number : {1, 4}) {
    ExpectError(ErrorOf(number), absl::StatusCode::kUnavailable, "/disk2: this data directory");
  }
  EXPECT_EQ(harness_.Read("t", 0), Values{"0"});
  EXPECT_EQ(harness_.Read("t", 5), Values{"5"});
  EXPECT_EQ(engine()->DescribeTopic("t")->partition_count, 6);
  ExpectError(engine()->DeleteTopic("t"), absl::StatusCode::kUnavailable, "/disk2");
  ASSERT_TRUE(engine()->CreateTopic("u", 4, {}).ok());
  ASSERT_TRUE(engine()->AddPartitions("t", 8).ok());
  ASSERT_TRUE(engine()->Close().ok());
  harness_.engine.reset();
  Heal();
  Open();
  EXPECT_TRUE(engine()->recovery_report().was_clean);
  ExpectAllServe();
  EXPECT_FALSE(Exists("/disk2/u-1"));
}

TEST_F(ManyDirectoriesTest, OneThatMayOnlyBeReadIsNotTouched) {
  MakeTopic();
  ASSERT_TRUE(engine()->Close().ok());
  harness_.engine.reset();
  Fail(absl::PermissionDeniedError("read-only file system"), /*only_changes=*/true);
  Open();
  ExpectError(ErrorOf(1), absl::StatusCode::kUnavailable, "read-only file system");
  EXPECT_EQ(harness_.Read("t", 0), Values{"0"});
  EXPECT_TRUE(Exists("/disk2/.kafka_cleanshutdown"));
}

TEST_F(ManyDirectoriesTest, TheFirstMustOpen) {
  MakeTopic();
  harness_.Crash();
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    return absl::StartsWith(operation.path, "/data/.") ? absl::UnavailableError("I/O error")
                                                       : absl::OkStatus();
  });
  ExpectError(harness_.Open(), absl::StatusCode::kUnavailable, "I/O error");
}

TEST_F(ManyDirectoriesTest, OneThatFailsLaterLeavesTheOthersServing) {
  MakeTopic();
  Fail(absl::UnavailableError("I/O error"), /*only_changes=*/true);
  ExpectError(engine()->Checkpoint(), absl::StatusCode::kUnavailable, "I/O error");
  ExpectError(ErrorOf(1), absl::StatusCode::kUnavailable, "/disk2: this data directory");
  EXPECT_TRUE(harness_.Append("t", 0, "more").ok());
  EXPECT_EQ(harness_.ReadFile("recovery-point-offset-checkpoint"), "0\n2\nt 0 1\nt 3 1\n");
  ASSERT_TRUE(engine()->CreateTopic("u", 4, {}).ok());
  EXPECT_FALSE(Exists("/disk2/u-1"));
  ExpectError(engine()->DeleteTopic("t"), absl::StatusCode::kUnavailable, "was not deleted");
  Heal();
  ASSERT_TRUE(engine()->Checkpoint().ok());
  EXPECT_EQ(harness_.Read("t", 1), Values{"1"});
  Fail(absl::UnavailableError("I/O error"), /*only_changes=*/true);
  EXPECT_FALSE(engine()->Close().ok());
  EXPECT_TRUE(Exists("/data/.kafka_cleanshutdown"));
  EXPECT_FALSE(Exists("/disk2/.kafka_cleanshutdown"));
  EXPECT_TRUE(Exists("/disk3/.kafka_cleanshutdown"));
}

TEST_F(ManyDirectoriesTest, AFullOneHasNotFailed) {
  MakeTopic();
  Fail(absl::ResourceExhaustedError("no space left"), /*only_changes=*/true);
  EXPECT_FALSE(engine()->Checkpoint().ok());
  EXPECT_EQ(harness_.Read("t", 1), Values{"1"});
}

TEST_F(ManyDirectoriesTest, OnePartitionInTwoPlacesIsRefusedAndNothingChanges) {
  MakeTopic();
  ASSERT_TRUE(engine()->Close().ok());
  harness_.engine.reset();
  ASSERT_TRUE(harness_.file_system.CreateDirectory("/disk3/t-1").ok());
  ExpectError(harness_.Open(), absl::StatusCode::kFailedPrecondition,
              "/disk2/t-1 and /disk3/t-1: one partition in two data directories");
  for (const absl::string_view root : kRoots) {
    EXPECT_TRUE(Exists(absl::StrCat(root, "/.kafka_cleanshutdown"))) << root;
  }
}

TEST_F(ManyDirectoriesTest, TheFirstIsToldByItsFiles) {
  MakeTopic();
  ASSERT_TRUE(engine()->Close().ok());
  harness_.engine.reset();
  EngineOptions options;
  options.more_directories = {"/data", "/disk3"};
  ExpectError(StorageEngine::Open("/disk2", harness_.environment(), options).status(),
              absl::StatusCode::kFailedPrecondition, "/data/t.topic");
  ASSERT_TRUE(harness_.file_system.Rename("/data/t.topic", "/data/tidemark.producer-ids").ok());
  ExpectError(StorageEngine::Open("/disk2", harness_.environment(), options).status(),
              absl::StatusCode::kFailedPrecondition, "/data/tidemark.producer-ids");
  options.more_directories = {"/data", ""};
  ExpectError(StorageEngine::Open("/data", harness_.environment(), options).status(),
              absl::StatusCode::kInvalidArgument, "no name");
  options.more_directories = {"/data"};
  ExpectError(StorageEngine::Open("/data", harness_.environment(), options).status(),
              absl::StatusCode::kFailedPrecondition, "/data");
}

TEST_F(ManyDirectoriesTest, TopicsFromKafkaAreAdoptedFromAllOfThem) {
  MakeTopic();
  ASSERT_TRUE(engine()->Close().ok());
  harness_.engine.reset();
  ASSERT_TRUE(harness_.file_system.Remove("/data/t.topic").ok());
  Open();
  ExpectAllServe();
  EXPECT_TRUE(engine()->DeleteTopic("t").ok());
  EXPECT_FALSE(Exists("/disk2/t-4"));
}

TEST_F(ManyDirectoriesTest, ADeletionWaitsForTheOneThatFailed) {
  MakeTopic();
  harness_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    const bool is_there = absl::StartsWith(operation.path, "/disk2/t-");
    return is_there && operation.kind == FileOperation::Kind::kRename
               ? absl::UnavailableError("I/O error")
               : absl::OkStatus();
  });
  EXPECT_FALSE(engine()->DeleteTopic("t").ok());
  harness_.Crash();
  Fail(absl::UnavailableError("I/O error"), /*only_changes=*/false);
  Open();
  EXPECT_TRUE(engine()->ListTopics().empty());
  ExpectError(engine()->CreateTopic("t", 1, {}).status(), absl::StatusCode::kUnavailable,
              "has not gone yet");
  Heal();
  EXPECT_TRUE(Exists("/disk2/t-1"));
  Open();
  EXPECT_FALSE(Exists("/disk2/t-1"));
  ASSERT_TRUE(engine()->CreateTopic("t", 6, {}).ok());
  EXPECT_EQ(harness_.Read("t", 1), Values{});
}

TEST_F(ManyDirectoriesTest, APartitionThatCannotBeOpenedKeepsOnlyItsMarkerAway) {
  MakeTopic();
  ASSERT_TRUE(engine()->Checkpoint().ok());
  harness_.Crash();
  ASSERT_TRUE(harness_.file_system.CreateDirectory("/disk2/t-4/00000000000000000007.log").ok());
  Open();
  EXPECT_EQ(ErrorOf(4).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(harness_.Read("t", 1), Values{"1"});
  ASSERT_TRUE(engine()->Close().ok());
  EXPECT_TRUE(Exists("/data/.kafka_cleanshutdown"));
  EXPECT_FALSE(Exists("/disk2/.kafka_cleanshutdown"));
}

// Changes of topics over all directories, with a crash or a power loss after each single change of
// the file system: each is done or not done, and nothing of it is left.
TEST_F(ManyDirectoriesTest, ACrashAnywhereLeavesEachChangeDoneOrNotDone) {
  MakeTopic();
  harness_.Crash();
  const MemorySnapshot start = harness_.file_system.Snapshot();
  bool is_done = false;
  for (int64_t changes = 1; !is_done; ++changes) {
    harness_.engine.reset();
    harness_.file_system.CrashAfterChanges(0);
    harness_.file_system.Restore(start);
    harness_.file_system.CrashAfterChanges(changes);
    const bool succeeded = harness_.Open().ok() && engine()->CreateTopic("new", 4, {}).ok() &&
                           engine()->AddPartitions("new", 5).ok() &&
                           engine()->DeleteTopic("t").ok() && engine()->Close().ok();
    is_done = succeeded && !harness_.file_system.crashed();
    if (changes % 2 == 0) {
      harness_.LosePower(PowerLossMode::kSubset, static_cast<uint64_t>(changes));
    } else {
      harness_.Crash();
    }
    harness_.file_system.CrashAfterChanges(0);
    Open();
    const Values topics = engine()->ListTopics();
    EXPECT_TRUE(!is_done || topics == Values{"new"});
    if (std::count(topics.begin(), topics.end(), "t") > 0) ExpectAllServe();
    for (const std::string& topic : topics) {
      const int32_t count = engine()->DescribeTopic(topic)->partition_count;
      for (int32_t number = 0; number < count; ++number) {
        EXPECT_TRUE(harness_.Append(topic, number, "x").ok()) << topic << number << changes;
      }
    }
    int64_t directories = 0;
    for (const absl::string_view root : kRoots) {
      const std::vector<DirectoryEntry> entries = harness_.file_system.List(root).value();
      directories += std::count_if(entries.begin(), entries.end(), [](const DirectoryEntry& entry) {
        return entry.type == FileType::kDirectory;
      });
    }
    EXPECT_EQ(directories, static_cast<int64_t>(engine()->recovery_report().logs.size()))
        << changes;
    ASSERT_LT(changes, 2000);
  }
}

}  // namespace
}  // namespace tidemark
