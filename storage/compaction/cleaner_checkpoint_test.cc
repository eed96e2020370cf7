#include "storage/compaction/cleaner_checkpoint.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/env/whole_file.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

const TopicPartition kFirst{"a", PartitionId(0)};
const TopicPartition kSecond{"a", PartitionId(1)};

class CleanerCheckpointTest : public testing::Test {
 protected:
  CleanerCheckpointTest() {
    EXPECT_TRUE(file_system.CreateDirectory("/data").ok());
    EXPECT_TRUE(file_system.SyncDirectory("/").ok());
  }

  std::string Text() {
    return ReadWholeFile(&file_system, "/data/cleaner-offset-checkpoint", 1000).value_or("none");
  }

  MemoryFileSystem file_system;
  CleanerCheckpoint checkpoint{&file_system, "/data"};
};

TEST_F(CleanerCheckpointTest, KnowsNothingWithoutAFile) {
  EXPECT_TRUE(checkpoint.Load().ok());
  EXPECT_EQ(checkpoint.Find(kFirst), absl::nullopt);
}

TEST_F(CleanerCheckpointTest, KeepsOffsetsInKafkasFile) {
  ASSERT_TRUE(checkpoint.Set(kSecond, Offset(7), 0).ok());
  ASSERT_TRUE(checkpoint.Set(kFirst, Offset(5), 0).ok());
  EXPECT_EQ(Text(), "0\n2\na 0 5\na 1 7\n");
  file_system.PowerLoss(PowerLossMode::kDropAll, nullptr);
  CleanerCheckpoint again(&file_system, "/data");
  ASSERT_TRUE(again.Load().ok());
  EXPECT_EQ(again.Find(kFirst), Offset(5));
  EXPECT_EQ(again.Find(kSecond), Offset(7));
}

TEST_F(CleanerCheckpointTest, ATruncationOnlyLowersAndEndsWhatWasUnderWay) {
  ASSERT_TRUE(checkpoint.Set(kFirst, Offset(5), checkpoint.lowered_count()).ok());
  const int64_t before = checkpoint.lowered_count();
  ASSERT_TRUE(checkpoint.Lower(kFirst, Offset(8)).ok());
  EXPECT_EQ(checkpoint.Find(kFirst), Offset(5));
  ASSERT_TRUE(checkpoint.Lower(kFirst, Offset(3)).ok());
  EXPECT_EQ(checkpoint.Find(kFirst), Offset(3));
  EXPECT_EQ(checkpoint.Set(kFirst, Offset(9), before).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(checkpoint.Find(kFirst), Offset(3));
  ASSERT_TRUE(checkpoint.Lower(kSecond, Offset(1)).ok());
  EXPECT_EQ(checkpoint.Find(kSecond), absl::nullopt);
}

TEST_F(CleanerCheckpointTest, ForgetsADeletedLogAndKeepsTheOthers) {
  ASSERT_TRUE(checkpoint.Set(kFirst, Offset(5), 0).ok());
  ASSERT_TRUE(checkpoint.Set(kSecond, Offset(7), 0).ok());
  ASSERT_TRUE(checkpoint.Remove(kFirst).ok());
  ASSERT_TRUE(checkpoint.Remove(kFirst).ok());
  EXPECT_EQ(Text(), "0\n1\na 1 7\n");
}

TEST_F(CleanerCheckpointTest, AFileThatIsNoneIsToldAndKnowsNothing) {
  for (const char* text : {"1\n0\n", "0\n2\na 0 5\n", "0\n1\na 0 x\n"}) {
    ASSERT_TRUE(ReplaceWholeFile(&file_system, "/data", "cleaner-offset-checkpoint", text).ok());
    EXPECT_EQ(checkpoint.Load().code(), absl::StatusCode::kDataLoss) << text;
    EXPECT_EQ(checkpoint.Find(kFirst), absl::nullopt);
  }
  ASSERT_TRUE(ReplaceWholeFile(&file_system, "/data", "cleaner-offset-checkpoint", "").ok());
  EXPECT_TRUE(checkpoint.Load().ok());
}

TEST_F(CleanerCheckpointTest, AfterAFailureTheOldOffsetsHold) {
  ASSERT_TRUE(checkpoint.Set(kFirst, Offset(5), 0).ok());
  file_system.SetFaultHook([](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kWrite
               ? FileFault(absl::ResourceExhaustedError("full"))
               : FileFault();
  });
  EXPECT_EQ(checkpoint.Set(kFirst, Offset(6), 0).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(checkpoint.Lower(kFirst, Offset(1)).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(checkpoint.Remove(kFirst).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(checkpoint.Find(kFirst), Offset(5));
  file_system.SetFaultHook(nullptr);
  EXPECT_EQ(Text(), "0\n1\na 0 5\n");
}

}  // namespace
}  // namespace tidemark
