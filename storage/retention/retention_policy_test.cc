#include "storage/retention/retention_policy.h"

#include <vector>

#include "gtest/gtest.h"

namespace tidemark {
namespace {

constexpr absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// Segments of ten records and 100 bytes each, from offset 0 on; `hours_ago` tells their age.
std::vector<RetentionSegment> Segments(const std::vector<int>& hours_ago) {
  std::vector<RetentionSegment> segments;
  Offset base_offset{0};
  for (const int hours : hours_ago) {
    segments.push_back({base_offset, base_offset + 10, 100, kNow - absl::Hours(hours)});
    base_offset = base_offset + 10;
  }
  return segments;
}

RetentionConfig Unlimited() {
  RetentionConfig config;
  config.age_max = absl::InfiniteDuration();
  return config;
}

RetentionConfig ByTime(absl::Duration age_max) {
  RetentionConfig config = Unlimited();
  config.age_max = age_max;
  return config;
}

RetentionConfig BySize(int64_t bytes_max) {
  RetentionConfig config = Unlimited();
  config.bytes_max = bytes_max;
  return config;
}

class RetentionPolicyTest : public ::testing::Test {
 protected:
  // Decides for `segments`, whose records are all below the high watermark unless it is given.
  void Decide(const std::vector<RetentionSegment>& segments, const RetentionConfig& config) {
    RetentionBounds bounds = bounds_;
    if (!high_watermark_.has_value()) bounds.high_watermark = segments.back().end_offset;
    if (high_watermark_.has_value()) bounds.high_watermark = *high_watermark_;
    const RetentionDecision decision = DecideRetention(segments, config, bounds);
    log_start = decision.log_start.value();
    reason = decision.reason;
    takes_last_segment = decision.takes_last_segment;
  }

  RetentionBounds bounds_{kNow, Offset(0), Offset(0), absl::nullopt};
  absl::optional<Offset> high_watermark_;

  int64_t log_start = -1;
  RetentionReason reason = RetentionReason::kNone;
  bool takes_last_segment = false;
};

TEST_F(RetentionPolicyTest, WithoutLimitsEverythingStays) {
  Decide(Segments({9999, 9999, 9999}), Unlimited());
  EXPECT_EQ(log_start, 0);
  EXPECT_EQ(reason, RetentionReason::kNone);
}

TEST_F(RetentionPolicyTest, KeepsSegmentsForAWeekByDefault) {
  Decide(Segments({170, 169, 168, 167}), RetentionConfig());
  EXPECT_EQ(log_start, 20);  // What is just as old as the limit stays.
  EXPECT_EQ(reason, RetentionReason::kTime);
  EXPECT_FALSE(takes_last_segment);
}

TEST_F(RetentionPolicyTest, ANewSegmentKeepsOldOnesBehindIt) {
  Decide(Segments({9, 1, 9, 0}), ByTime(absl::Hours(5)));
  EXPECT_EQ(log_start, 10);
}

TEST_F(RetentionPolicyTest, TakesTheLastSegmentWhenAllOfItIsOld) {
  Decide(Segments({9, 8}), ByTime(absl::Hours(5)));
  EXPECT_EQ(log_start, 20);
  EXPECT_TRUE(takes_last_segment);
}

TEST_F(RetentionPolicyTest, KeepsAnEmptyLastSegment) {
  std::vector<RetentionSegment> segments = Segments({9, 9});
  segments.back().size_bytes = 0;
  segments.back().end_offset = segments.back().base_offset;
  Decide(segments, ByTime(absl::ZeroDuration()));
  EXPECT_EQ(log_start, 10);
  EXPECT_FALSE(takes_last_segment);
  segments.erase(segments.begin());
  bounds_.log_start = Offset(10);
  Decide(segments, ByTime(absl::ZeroDuration()));
  EXPECT_EQ(reason, RetentionReason::kNone);
}

TEST_F(RetentionPolicyTest, NeverGoesBelowTheSizeThatIsToStay) {
  const std::vector<RetentionSegment> segments = Segments({4, 3, 2, 1});
  Decide(segments, BySize(400));
  EXPECT_EQ(reason, RetentionReason::kNone);
  Decide(segments, BySize(301));
  EXPECT_EQ(reason, RetentionReason::kNone);
  Decide(segments, BySize(300));
  EXPECT_EQ(log_start, 10);
  EXPECT_EQ(reason, RetentionReason::kSize);
  Decide(segments, BySize(150));
  EXPECT_EQ(log_start, 20);
  Decide(segments, BySize(0));
  EXPECT_EQ(log_start, 40);
  EXPECT_TRUE(takes_last_segment);
}

TEST_F(RetentionPolicyTest, SizeAndTimeEachTakeWhatTheyTake) {
  RetentionConfig config = BySize(300);
  config.age_max = absl::Hours(2);
  Decide(Segments({4, 3, 2, 1}), config);
  EXPECT_EQ(log_start, 20);
  EXPECT_EQ(reason, RetentionReason::kTime);
  config.age_max = absl::Hours(5);
  Decide(Segments({4, 3, 2, 1}), config);
  EXPECT_EQ(log_start, 10);
  EXPECT_EQ(reason, RetentionReason::kSize);
}

TEST_F(RetentionPolicyTest, NothingAtOrAboveTheHighWatermarkGoes) {
  for (int64_t high_watermark = 0; high_watermark <= 30; ++high_watermark) {
    high_watermark_ = Offset(high_watermark);
    bounds_.consumed = Offset(30);
    Decide(Segments({9, 9, 9}), Unlimited());
    EXPECT_EQ(log_start, high_watermark);
    bounds_.consumed = absl::nullopt;
    for (const RetentionConfig& config : {ByTime(absl::ZeroDuration()), BySize(0)}) {
      Decide(Segments({9, 9, 9}), config);
      EXPECT_EQ(log_start, high_watermark / 10 * 10);
    }
  }
}

TEST_F(RetentionPolicyTest, SegmentsBelowTheLogStartGoUnderEveryPolicy) {
  RetentionConfig config = ByTime(absl::ZeroDuration());
  config.bytes_max = 0;
  config.deletes_old_segments = false;
  for (int64_t start = 0; start <= 30; ++start) {
    bounds_.log_start = Offset(start);
    Decide(Segments({9, 9, 9}), config);
    EXPECT_EQ(log_start, start);
    EXPECT_EQ(reason, start < 10 ? RetentionReason::kNone : RetentionReason::kLogStart);
    EXPECT_FALSE(takes_last_segment);
  }
}

TEST_F(RetentionPolicyTest, WhatIsBelowTheLogStartDoesNotCountAsSize) {
  bounds_.log_start = Offset(15);
  Decide(Segments({4, 3, 2, 1}), BySize(300));
  EXPECT_EQ(log_start, 15);
  EXPECT_EQ(reason, RetentionReason::kLogStart);
}

TEST_F(RetentionPolicyTest, WhatAllGroupsHavePassedGoesToTheRecord) {
  bounds_.consumed = Offset(13);
  Decide(Segments({2, 1, 0}), Unlimited());
  EXPECT_EQ(log_start, 13);
  EXPECT_EQ(reason, RetentionReason::kConsumed);
}

TEST_F(RetentionPolicyTest, ConsumptionNeverMovesTheStartBack) {
  bounds_.log_start = Offset(15);
  bounds_.consumed = Offset(3);
  Decide(Segments({2, 1, 0}), Unlimited());
  EXPECT_EQ(log_start, 15);
}

TEST_F(RetentionPolicyTest, OtherLimitsDoNotWaitForConsumers) {
  bounds_.consumed = Offset(3);
  Decide(Segments({9, 8, 0}), ByTime(absl::Hours(5)));
  EXPECT_EQ(log_start, 20);
  EXPECT_EQ(reason, RetentionReason::kTime);
}

TEST_F(RetentionPolicyTest, WhenAllIsConsumedTheLastSegmentStaysForItsTime) {
  bounds_.consumed = Offset(30);
  Decide(Segments({2, 1, 0}), Unlimited());
  EXPECT_EQ(log_start, 30);
  EXPECT_FALSE(takes_last_segment);
}

TEST_F(RetentionPolicyTest, RecordsFromTheFutureAreNotOld) {
  Decide(Segments({-5, 9}), ByTime(absl::ZeroDuration()));
  EXPECT_EQ(reason, RetentionReason::kNone);
}

}  // namespace
}  // namespace tidemark
