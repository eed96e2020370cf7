#include "storage/compaction/compaction_policy.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace tidemark {
namespace {

constexpr Timestamp kNow{1'000'000};

// Segments of 100 bytes that begin at these offsets; the last one is active.
std::vector<CompactionSegment> MakeSegments(const std::vector<int64_t>& base_offsets) {
  std::vector<CompactionSegment> segments;
  for (const int64_t base_offset : base_offsets) {
    CompactionSegment segment;
    segment.base_offset = Offset(base_offset);
    segment.size_bytes = 100;
    segment.offset_index_bytes = 8;
    segment.time_index_bytes = 12;
    segment.largest_timestamp = Timestamp(1000);
    segment.first_timestamp = Timestamp(1000);
    segments.push_back(segment);
  }
  return segments;
}

CompactionInput MakeInput(const std::vector<CompactionSegment>& segments) {
  CompactionInput input;
  input.log_start = segments.front().base_offset;
  input.log_end = Offset(1000);
  input.last_stable = Offset(1000);
  input.segments = segments;
  return input;
}

TEST(CompactionPolicy, CleansFromTheCheckpointToTheActiveSegment) {
  const std::vector<CompactionSegment> segments = MakeSegments({0, 10, 20, 30});
  CompactionInput input = MakeInput(segments);
  CompactionPlan plan = PlanCompaction(input, {}, kNow);
  EXPECT_EQ(plan.first_dirty, Offset(0));
  EXPECT_EQ(plan.first_uncleanable, Offset(30));
  EXPECT_EQ(plan.clean_bytes, 0);
  EXPECT_EQ(plan.cleanable_bytes, 300);
  EXPECT_EQ(plan.dirty_ratio, 1.0);

  input.checkpoint = Offset(20);
  plan = PlanCompaction(input, {}, kNow);
  EXPECT_EQ(plan.first_dirty, Offset(20));
  EXPECT_EQ(plan.clean_bytes, 200);
  EXPECT_EQ(plan.cleanable_bytes, 100);
  EXPECT_DOUBLE_EQ(plan.dirty_ratio, 1.0 / 3);
  EXPECT_FALSE(plan.is_checkpoint_invalid);

  input.checkpoint = Offset(30);
  plan = PlanCompaction(input, {}, kNow);
  EXPECT_EQ(plan.cleanable_bytes, 0);
  EXPECT_EQ(plan.dirty_ratio, 0.0);
  EXPECT_FALSE(IsDue(plan, {}));
}

TEST(CompactionPolicy, CountsTheSegmentThatIsPartlyCleanedOnBothSides) {
  const std::vector<CompactionSegment> segments = MakeSegments({0, 10, 20, 30});
  CompactionInput input = MakeInput(segments);
  input.checkpoint = Offset(15);
  const CompactionPlan plan = PlanCompaction(input, {}, kNow);
  EXPECT_EQ(plan.clean_bytes, 200);
  EXPECT_EQ(plan.cleanable_bytes, 200);
}

TEST(CompactionPolicy, ACheckpointOutsideOfTheLogIsNotBelieved) {
  const std::vector<CompactionSegment> segments = MakeSegments({10, 20, 30});
  CompactionInput input = MakeInput(segments);
  for (const int64_t offset : {9, 1001}) {
    input.checkpoint = Offset(offset);
    const CompactionPlan plan = PlanCompaction(input, {}, kNow);
    EXPECT_EQ(plan.first_dirty, Offset(10));
    EXPECT_TRUE(plan.is_checkpoint_invalid);
  }
}

TEST(CompactionPolicy, StopsAtTheSegmentOfTheFirstUnstableRecord) {
  const std::vector<CompactionSegment> segments = MakeSegments({0, 10, 20, 30});
  CompactionInput input = MakeInput(segments);
  for (const auto& [last_stable, expected] :
       std::vector<std::pair<int64_t, int64_t>>{{0, 0}, {9, 0}, {10, 10}, {29, 20}, {30, 30}}) {
    input.last_stable = Offset(last_stable);
    EXPECT_EQ(PlanCompaction(input, {}, kNow).first_uncleanable, Offset(expected)) << last_stable;
  }
  input.checkpoint = Offset(20);
  input.last_stable = Offset(5);
  EXPECT_EQ(PlanCompaction(input, {}, kNow).cleanable_bytes, 0);
}

TEST(CompactionPolicy, StopsAtTheFirstDirtySegmentThatIsTooYoung) {
  std::vector<CompactionSegment> segments = MakeSegments({0, 10, 20, 30});
  segments[1].largest_timestamp = kNow - 500;
  CompactionConfig config;
  config.lag_min = absl::Milliseconds(500);
  EXPECT_EQ(PlanCompaction(MakeInput(segments), config, kNow).first_uncleanable, Offset(30));
  config.lag_min = absl::Milliseconds(501);
  EXPECT_EQ(PlanCompaction(MakeInput(segments), config, kNow).first_uncleanable, Offset(10));
  CompactionInput input = MakeInput(segments);
  input.checkpoint = Offset(20);
  EXPECT_EQ(PlanCompaction(input, config, kNow).first_uncleanable, Offset(30));
}

TEST(CompactionPolicy, AnOldDirtySegmentIsDueWhateverTheRatio) {
  std::vector<CompactionSegment> segments = MakeSegments({0, 10, 20, 30});
  CompactionInput input = MakeInput(segments);
  input.checkpoint = Offset(20);
  CompactionConfig config;
  EXPECT_EQ(PlanCompaction(input, config, kNow).overdue, absl::ZeroDuration());
  config.lag_max = absl::Milliseconds(998'000);
  CompactionPlan plan = PlanCompaction(input, config, kNow);
  EXPECT_EQ(plan.overdue, absl::Seconds(1));
  EXPECT_TRUE(IsDue(plan, config));
  config.lag_max = absl::Milliseconds(999'000);
  EXPECT_FALSE(IsDue(PlanCompaction(input, config, kNow), config));

  config.lag_max = absl::ZeroDuration();
  segments[2].first_timestamp = kNoTimestamp;  // No batch says how old it is.
  EXPECT_FALSE(IsDue(PlanCompaction(input, config, kNow), config));
  input.checkpoint = Offset(30);
  EXPECT_FALSE(IsDue(PlanCompaction(input, config, kNow), config));
}

TEST(CompactionPolicy, ALogIsDueAboveItsRatioAndNotAtIt) {
  CompactionPlan plan;
  plan.cleanable_bytes = 50;
  plan.dirty_ratio = 0.5;
  EXPECT_FALSE(IsDue(plan, {}));
  plan.dirty_ratio = 0.51;
  EXPECT_TRUE(IsDue(plan, {}));
}

TEST(CompactionPolicy, PicksTheDirtiestOfThoseThatAreDue) {
  const CompactionConfig half;
  CompactionConfig high;
  high.dirty_ratio_min = 0.95;
  const auto make = [](double ratio, const CompactionConfig* config) {
    CompactionPlan plan;
    plan.cleanable_bytes = 1;
    plan.dirty_ratio = ratio;
    return CompactionCandidate{plan, config};
  };
  EXPECT_EQ(PickDirtiest({}), absl::nullopt);
  EXPECT_EQ(PickDirtiest({make(0.4, &half), make(0.9, &high)}), absl::nullopt);
  EXPECT_EQ(PickDirtiest({make(0.6, &half), make(0.9, &high), make(0.7, &half), make(0.7, &half)}),
            2u);
}

TEST(CompactionPolicy, HostileTimesAndALogOfOneSegmentAreHarmless) {
  CompactionConfig config;
  config.lag_min = absl::Milliseconds(std::numeric_limits<int64_t>::max());
  config.lag_max = absl::Milliseconds(std::numeric_limits<int64_t>::max());
  const std::vector<CompactionSegment> segments = MakeSegments({0, 10});
  EXPECT_EQ(PlanCompaction(MakeInput(segments), config, Timestamp(-100)).first_uncleanable,
            Offset(0));
  const std::vector<CompactionSegment> one = MakeSegments({0});
  EXPECT_EQ(PlanCompaction(MakeInput(one), config, kNow).cleanable_bytes, 0);
}

std::vector<std::vector<int64_t>> Group(const std::vector<CompactionSegment>& segments, int64_t end,
                                        const CompactionConfig& config) {
  std::vector<std::vector<int64_t>> result;
  for (const auto& group : GroupSegments(segments, Offset(end), Offset(end), config)) {
    result.emplace_back();
    for (const CompactionSegment& segment : group) {
      result.back().push_back(segment.base_offset.value());
    }
  }
  return result;
}

using Groups = std::vector<std::vector<int64_t>>;

TEST(SegmentGrouping, GroupsNeighboursUpToTheSegmentSize) {
  const std::vector<CompactionSegment> segments = MakeSegments({0, 10, 20, 30, 40});
  CompactionConfig config;
  EXPECT_EQ(Group(segments, 50, config), (Groups{{0, 10, 20, 30, 40}}));
  config.segment_bytes_max = 299;
  EXPECT_EQ(Group(segments, 50, config), (Groups{{0, 10}, {20, 30}, {40}}));
  config.segment_bytes_max = 50;
  EXPECT_EQ(Group(segments, 50, config), (Groups{{0}, {10}, {20}, {30}, {40}}));
}

TEST(SegmentGrouping, LeavesOutWhatBeginsAtTheEnd) {
  const std::vector<CompactionSegment> segments = MakeSegments({0, 10, 20});
  EXPECT_EQ(Group(segments, 20, {}), (Groups{{0, 10}}));
  EXPECT_EQ(Group(segments, 21, {}), (Groups{{0, 10, 20}}));
  EXPECT_EQ(Group(segments, 0, {}), Groups());
}

TEST(SegmentGrouping, KeepsIndexesWithinTheirSize) {
  const std::vector<CompactionSegment> segments = MakeSegments({0, 10, 20, 30});
  CompactionConfig config;
  config.segment_index_bytes_max = 24;  // Two time indexes, three offset indexes.
  EXPECT_EQ(Group(segments, 40, config), (Groups{{0, 10}, {20, 30}}));
}

TEST(SegmentGrouping, KeepsOffsetsWithin31BitsUnlessASegmentIsEmpty) {
  const int64_t far = int64_t{std::numeric_limits<int32_t>::max()};
  std::vector<CompactionSegment> segments = MakeSegments({0, 10, far + 1});
  EXPECT_EQ(Group(segments, far + 2, {}), (Groups{{0, 10}, {far + 1}}));
  segments = MakeSegments({0, 10, far + 2});
  EXPECT_EQ(Group(segments, far + 2, {}), (Groups{{0}, {10}}));
  segments[1].size_bytes = 0;
  EXPECT_EQ(Group(segments, far + 2, {}), (Groups{{0, 10}}));
}

TEST(SegmentGrouping, TheLastSegmentMayReachToTheFirstThatIsUncleanableWhereverItsKeysEnd) {
  const int64_t far = int64_t{std::numeric_limits<int32_t>::max()};
  const std::vector<CompactionSegment> segments = MakeSegments({7, 10});
  EXPECT_EQ(GroupSegments(segments, Offset(11), Offset(7 + far + 1), {}).size(), 1u);
  EXPECT_EQ(GroupSegments(segments, Offset(11), Offset(7 + far + 2), {}).size(), 2u);
}

}  // namespace
}  // namespace tidemark
