#include "storage/engine/producer_ids.h"

#include <cstdlib>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "storage/env/whole_file.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

constexpr absl::string_view kPath = "/data/tidemark.producer-ids";

class ProducerIdsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(file_system_.CreateDirectory("/data").ok()); }

  // What a process that begins now hands out.
  ProducerIds Begin() { return ProducerIds(&file_system_, "/data", &random_); }

  void Write(absl::string_view text) {
    ASSERT_TRUE(ReplaceWholeFile(&file_system_, "/data", "tidemark.producer-ids", text).ok());
  }

  void ExpectRefused(absl::StatusCode code, absl::string_view part) {
    ProducerIds ids = Begin();
    const absl::Status status = ids.Allocate().status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
  }

  MemoryFileSystem file_system_;
  SeededRandom random_{3};
};

TEST_F(ProducerIdsTest, CountUpWithinAProcessAndGoOnInTheNext) {
  int64_t last = 0;
  for (const int count : {1, 2500, 1000, 1}) {
    ProducerIds ids = Begin();
    for (int i = 0; i < count; ++i) {
      const int64_t id = *ids.Allocate();
      EXPECT_TRUE(i == 0 ? id > last : id == last + 1) << id;
      last = id;
    }
  }
}

TEST_F(ProducerIdsTest, BeginFarFromWhereAClusterCounts) {
  ProducerIds ids = Begin();
  const int64_t first = *ids.Allocate();
  EXPECT_GE(first, int64_t{1} << 40);
  EXPECT_LT(first, int64_t{1} << 62);
  ASSERT_TRUE(file_system_.Remove(kPath).ok());
  ProducerIds others = Begin();
  EXPECT_GT(std::abs(*others.Allocate() - first), 1000);
}

TEST_F(ProducerIdsTest, NoneIsGivenTwiceWhereverAProcessEnds) {
  for (const bool power_fails : {false, true}) {
    std::set<int64_t> given;
    for (int64_t changes = 1; changes < 20; ++changes) {
      file_system_.CrashAfterChanges(changes);
      ProducerIds ids = Begin();
      for (int i = 0; i < 1500; ++i) {
        const absl::StatusOr<int64_t> id = ids.Allocate();
        EXPECT_TRUE(!id.ok() || given.insert(*id).second) << *id;
      }
      if (power_fails) {
        SeededRandom choices(static_cast<uint64_t>(changes));
        file_system_.PowerLoss(PowerLossMode::kSubset, &choices);
      } else {
        file_system_.CrashProcess();
      }
      file_system_.CrashAfterChanges(0);
    }
    EXPECT_GT(given.size(), 1000u);
  }
}

TEST_F(ProducerIdsTest, AFailureIsToldAndCanBeTriedAgain) {
  ProducerIds ids = Begin();
  file_system_.SetFaultHook([](const FileOperation& operation) -> FileFault {
    if (operation.kind != FileOperation::Kind::kSyncDirectory) return {};
    return absl::UnavailableError("I/O error");
  });
  EXPECT_EQ(ids.Allocate().status().code(), absl::StatusCode::kUnavailable);
  file_system_.SetFaultHook(nullptr);
  const int64_t first = *ids.Allocate();
  ProducerIds later = Begin();
  EXPECT_GE(*later.Allocate(), first + 1000);
}

TEST_F(ProducerIdsTest, ADamagedFileIsRefusedByName) {
  ProducerIds ids = Begin();
  ASSERT_TRUE(ids.Allocate().ok());
  const std::string good = *ReadWholeFile(&file_system_, kPath, 4096);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 1;
    Write(bad);
    ExpectRefused(absl::StatusCode::kDataLoss, kPath);
  }
  Write("");
  ExpectRefused(absl::StatusCode::kDataLoss, "remove it");
  Write("version: 0\ncrc32c: aa1e2277\n");
  ExpectRefused(absl::StatusCode::kDataLoss, kPath);
}

TEST_F(ProducerIdsTest, TheLastNumberIsNotPassed) {
  Write("version: 0\nnext_producer_id: 9223372036854775000\ncrc32c: fe6a0b9c\n");
  ExpectRefused(absl::StatusCode::kResourceExhausted, "given away");
}

}  // namespace
}  // namespace tidemark
