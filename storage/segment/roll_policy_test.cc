#include "storage/segment/roll_policy.h"

#include <limits>

#include "gtest/gtest.h"

namespace tidemark {
namespace {

// A segment in the middle of its life, and a batch that it has room for.
RollInput Fits() {
  RollInput input;
  input.base_offset = Offset(1000);
  input.size_bytes = 500;
  input.capacity_bytes = 1000;
  input.first_timestamp = Timestamp(10'000);
  input.batch_bytes = 100;
  input.batch_max_timestamp = Timestamp(10'500);
  input.batch_last_offset = Offset(2000);
  return input;
}

LogConfig Config() {
  LogConfig config;
  config.segment_bytes_max = 1000;
  config.segment_age_max = absl::Seconds(1);
  return config;
}

TEST(RollPolicy, StaysWhileTheBatchFits) {
  EXPECT_EQ(DecideRoll(Fits(), Config()), RollReason::kNone);
}

TEST(RollPolicy, RollsBeforeTheSegmentWouldPassItsSize) {
  RollInput input = Fits();
  input.batch_bytes = 500;
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kNone) << "exactly full";
  input.batch_bytes = 501;
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kSize);
  input.batch_bytes = 100;
  input.capacity_bytes = 599;
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kSize) << "the mapping bounds it, too";
}

TEST(RollPolicy, RollsWhenTheBatchIsOlderThanTheSegmentMayGrow) {
  RollInput input = Fits();
  input.batch_max_timestamp = Timestamp(11'000);
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kNone);
  input.batch_max_timestamp = Timestamp(11'001);
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kAge);
  input.batch_max_timestamp = Timestamp(10'950);
  input.jitter = absl::Milliseconds(100);
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kAge);
}

TEST(RollPolicy, JudgesNoAgeWithoutTimestampsAndSurvivesHostileOnes) {
  RollInput input = Fits();
  input.batch_max_timestamp = kNoTimestamp;
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kNone);
  input.first_timestamp = Timestamp(std::numeric_limits<int64_t>::min());
  input.batch_max_timestamp = Timestamp(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kAge);
  std::swap(input.first_timestamp, input.batch_max_timestamp);
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kNone);
}

TEST(RollPolicy, RollsWhenAnIndexIsFull) {
  RollInput input = Fits();
  input.index_is_full = true;
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kIndexFull);
}

TEST(RollPolicy, RollsWhenTheOffsetDoesNotFitTheIndex) {
  RollInput input = Fits();
  input.batch_last_offset = input.base_offset + std::numeric_limits<int32_t>::max();
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kNone);
  ++input.batch_last_offset;
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kOffsetOverflow);
  input.size_bytes = 0;
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kOffsetOverflow) << "even when it is empty";
}

TEST(RollPolicy, NeverRollsAnEmptySegmentForSizeAgeOrIndex) {
  RollInput input = Fits();
  input.size_bytes = 0;
  input.batch_bytes = 5000;
  input.batch_max_timestamp = Timestamp(99'999'999);
  input.index_is_full = true;
  EXPECT_EQ(DecideRoll(input, Config()), RollReason::kNone);
}

}  // namespace
}  // namespace tidemark
