// Which data directories new partitions go to, by what is free there.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine.h"
#include "storage/engine/engine_harness.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

constexpr int64_t kGibibyte = int64_t{1} << 30;

// Directories that are on disks of their own.
class Disks : public MemoryFileSystem {
 public:
  absl::StatusOr<int64_t> FreeBytes(absl::string_view path) override {
    ++asked;
    return free_bytes.at(std::string(path));
  }

  std::map<std::string, absl::StatusOr<int64_t>> free_bytes;
  int64_t asked = 0;
};

class PlacementTest : public ::testing::Test {
 protected:
  void Open(const ConfigMap& config) {
    EngineOptions options;
    options.more_directories = {"/disk2"};
    options.config = config;
    auto opened = StorageEngine::Open("/data", {&disks_, &clock_, &executor_, &random_}, options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    engine_ = *std::move(opened);
  }
  void SetFree(const absl::StatusOr<int64_t>& data, const absl::StatusOr<int64_t>& disk2) {
    disks_.free_bytes = {{"/data", data}, {"/disk2", disk2}};
  }

  // For each partition of the topic, the number of its disk.
  std::string PlacesOf(absl::string_view topic) {
    std::string places;
    for (int32_t i = 0; i < engine_->DescribeTopic(topic)->partition_count; ++i) {
      places += disks_.Stat(absl::StrCat("/data/", topic, "-", i)).ok() ? "1" : "2";
    }
    return places;
  }
  std::string Create(absl::string_view topic, int32_t partition_count) {
    const absl::Status status = engine_->CreateTopic(topic, partition_count, {}).status();
    return status.ok() ? PlacesOf(topic) : status.ToString();
  }

  Disks disks_;
  ManualClock clock_;
  ManualExecutor executor_{&clock_};
  SeededRandom random_{1};
  std::unique_ptr<StorageEngine> engine_;
};

TEST_F(PlacementTest, NobodyIsAskedForSpaceUnlessItDecides) {
  SetFree(kGibibyte, 90 * kGibibyte);
  Open({{"tidemark.disk.reserve.bytes", "0"}});
  EXPECT_EQ(Create("t", 3), "121");
  EXPECT_EQ(disks_.asked, 0);
}

TEST_F(PlacementTest, TheMostSpaceDecidesFromWhenTheSettingSaysSo) {
  SetFree(kGibibyte, 90 * kGibibyte);
  Open({});
  ASSERT_TRUE(engine_->AlterEngineConfig({{"tidemark.log.dir.placement", "space"}}, {}).ok());
  EXPECT_EQ(Create("t", 3), "222");
  SetFree(90 * kGibibyte, kGibibyte);
  ASSERT_TRUE(engine_->AddPartitions("t", 5).ok());
  EXPECT_EQ(PlacesOf("t"), "22211");
  engine_.reset();
  Open({});
  EXPECT_EQ(Create("u", 2), "11");
}

TEST_F(PlacementTest, OneCallAfterTheOtherSpreadsWhatIsStillEmpty) {
  SetFree(9 * kGibibyte, 9 * kGibibyte + 1);
  Open({{"tidemark.log.dir.placement", "space"}});
  EXPECT_EQ(Create("a", 1), "2");
  EXPECT_EQ(Create("b", 1), "1");
  EXPECT_EQ(Create("c", 3), "212");
  // A record tells that what it takes is no more free.
  ASSERT_TRUE(AppendRecord(engine_.get(), "a", 0, "x", /*sync=*/true).ok());
  EXPECT_EQ(Create("d", 1), "2");
}

TEST_F(PlacementTest, ADirectoryThatCannotBeAskedHasFailedForThisCall) {
  SetFree(kGibibyte, absl::PermissionDeniedError("who asks"));
  Open({{"tidemark.log.dir.placement", "space"}});
  EXPECT_EQ(Create("t", 2), "11");
  SetFree(kGibibyte, 90 * kGibibyte);
  EXPECT_EQ(Create("u", 2), "22");
  SetFree(absl::UnavailableError("I/O error"), absl::PermissionDeniedError("who asks"));
  const absl::Status status = engine_->CreateTopic("v", 2, {}).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "/data: this data directory")) << status;
  EXPECT_EQ(Create("v", 0).find("UNAVAILABLE"), 0u);
}

}  // namespace
}  // namespace tidemark
