// When logs are scrubbed, how fast, and who is told.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

constexpr absl::string_view kCold = "t-0/00000000000000000000.log";

class ScrubRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    harness_.options.config = {{"log.retention.ms", "-1"}};
    const absl::Status opened = harness_.Open();
    ASSERT_TRUE(opened.ok()) << opened;
    for (const std::string topic : {"s", "t"}) {
      ASSERT_TRUE(engine()->CreateTopic(topic, 1, {{"segment.bytes", "100"}}).ok());
      for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(harness_.Append(topic, 0, absl::StrCat("record ", i)).ok());
      }
    }
    harness_.executor.RunUntilIdle();
  }

  StorageEngine* engine() { return harness_.engine.get(); }
  void Damage() {
    std::string bytes = harness_.ReadFile(kCold);
    bytes[40] ^= 1;
    harness_.WriteFile(kCold, bytes);
  }
  // Five sealed segments of 600 kB each.
  void AppendLarge() {
    ASSERT_TRUE(engine()->CreateTopic("large", 1, {{"segment.bytes", "1000000"}}).ok());
    const std::string value(600'000, 'x');
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(harness_.Append("large", 0, value).ok());
    harness_.executor.RunUntilIdle();
  }

  EngineHarness harness_;
};

TEST_F(ScrubRunTest, OnDemandItTellsOfEachPartition) {
  Damage();
  const auto outcomes = engine()->RunScrub("");
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  ASSERT_EQ(outcomes->size(), 2u);
  EXPECT_TRUE((*outcomes)[0].is_sound()) << (*outcomes)[0].status;
  EXPECT_EQ((*outcomes)[0].checked_segments, 2);
  EXPECT_GT((*outcomes)[0].checked_bytes, 0);
  EXPECT_EQ((*outcomes)[0].finished, harness_.clock.Now());
  ASSERT_EQ((*outcomes)[1].damaged.size(), 1u);
  EXPECT_EQ((*outcomes)[1].damaged[0].first_offset, Offset(0));
  EXPECT_EQ((*outcomes)[1].damaged[0].end_offset, Offset(1));
  EXPECT_EQ(engine()->RunScrub("s")->size(), 1u);
  EXPECT_TRUE(absl::IsNotFound(engine()->RunScrub("none").status()));
}

TEST_F(ScrubRunTest, InTheBackgroundItTellsThroughTheErrors) {
  Damage();
  EXPECT_TRUE(engine()->background_errors().empty());
  harness_.executor.AdvanceBy(absl::Seconds(31));
  const std::vector<absl::Status> errors = engine()->background_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_TRUE(absl::IsDataLoss(errors[0]));
  EXPECT_TRUE(absl::StrContains(errors[0].message(), "t-0: scrub")) << errors[0];
  EXPECT_TRUE(absl::StrContains(errors[0].message(), kCold)) << errors[0];
  ASSERT_EQ(engine()->ScrubOutcomes().size(), 2u);
}

TEST_F(ScrubRunTest, EachIsLookedAtAgainOnceItsTimeHasPassed) {
  ASSERT_TRUE(engine()->AlterEngineConfig({{"tidemark.scrub.interval.ms", "7200000"}}, {}).ok());
  harness_.executor.AdvanceBy(absl::Seconds(31));
  Damage();
  harness_.executor.AdvanceBy(absl::Minutes(115));
  EXPECT_TRUE(engine()->background_errors().empty());
  harness_.executor.AdvanceBy(absl::Minutes(20));
  EXPECT_EQ(engine()->background_errors().size(), 1u);
}

TEST_F(ScrubRunTest, NothingIsLookedAtWhereThatIsOff) {
  ASSERT_TRUE(engine()->AlterEngineConfig({{"tidemark.scrub.interval.ms", "-1"}}, {}).ok());
  harness_.executor.AdvanceBy(absl::Hours(2));
  EXPECT_TRUE(engine()->ScrubOutcomes().empty());
  ASSERT_TRUE(engine()->AlterEngineConfig({}, {"tidemark.scrub.interval.ms"}).ok());
  harness_.executor.AdvanceBy(absl::Hours(2));
  EXPECT_EQ(engine()->ScrubOutcomes().size(), 2u);
}

TEST_F(ScrubRunTest, KeepsToItsRate) {
  ASSERT_NO_FATAL_FAILURE(AppendLarge());
  // A step is of 1 MiB at least, two of these batches.
  ASSERT_TRUE(engine()->AlterEngineConfig({{"tidemark.scrub.bytes.per.second", "10000"}}, {}).ok());
  harness_.executor.AdvanceBy(absl::Seconds(31));
  harness_.executor.AdvanceBy(absl::Seconds(200));
  EXPECT_TRUE(engine()->ScrubOutcomes().empty()) << "3 MB take 300 seconds";
  harness_.executor.AdvanceBy(absl::Seconds(200));
  EXPECT_EQ(engine()->ScrubOutcomes().size(), 3u);
}

TEST_F(ScrubRunTest, OfADeletedTopicNothingIsKeptAndNothingTouched) {
  Damage();
  ASSERT_EQ(engine()->RunScrub("t")->size(), 1u);
  ASSERT_EQ(engine()->background_errors().size(), 1u);
  ASSERT_TRUE(engine()->DeleteTopic("t").ok());
  EXPECT_TRUE(engine()->background_errors().empty());
  EXPECT_TRUE(engine()->ScrubOutcomes().empty());
}

TEST_F(ScrubRunTest, NothingIsReadAfterClose) {
  ASSERT_NO_FATAL_FAILURE(AppendLarge());
  harness_.executor.AdvanceBy(absl::Seconds(30));
  ASSERT_TRUE(engine()->Close().ok());
  const int64_t operations = harness_.file_system.operations();
  harness_.executor.AdvanceBy(absl::Hours(1));
  EXPECT_EQ(harness_.file_system.operations(), operations);
  EXPECT_TRUE(absl::IsFailedPrecondition(engine()->RunScrub("").status()));
}

}  // namespace
}  // namespace tidemark
