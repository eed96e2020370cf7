#include "storage/engine/placement_policy.h"

#include <limits>

#include "gtest/gtest.h"

namespace tidemark {
namespace {

using Places = std::vector<size_t>;

constexpr int64_t kMebibyte = int64_t{1} << 20;
constexpr int64_t kGibibyte = int64_t{1} << 30;

PlacementTarget Directory(size_t number, int64_t partitions, int64_t free_bytes) {
  PlacementTarget target;
  target.directory = number;
  target.partitions = partitions;
  target.held_bytes = partitions;
  target.free_bytes = free_bytes;
  return target;
}

TEST(PlacementPolicy, ByCountTheFewestPartitionsDecideWhateverIsFree) {
  EXPECT_EQ(PlacePartitions(PlacementRule::kCount, 5, kGibibyte,
                            {Directory(0, 3, 9 * kGibibyte), Directory(2, 1, 0),
                             Directory(5, 2, 9 * kGibibyte)}),
            (Places{2, 2, 5, 0, 2}));
}

TEST(PlacementPolicy, BySpaceTheMostFreeBytesDecideWhateverIsThere) {
  EXPECT_EQ(PlacePartitions(PlacementRule::kSpace, 1, kGibibyte,
                            {Directory(0, 1, 2 * kGibibyte), Directory(1, 90, 2 * kGibibyte + 1)}),
            Places{1});
}

TEST(PlacementPolicy, AByteMoreDoesNotDrawAllNewPartitions) {
  EXPECT_EQ(PlacePartitions(PlacementRule::kSpace, 4, kMebibyte,
                            {Directory(0, 2, kGibibyte), Directory(1, 2, kGibibyte + 1)}),
            (Places{1, 0, 1, 0}));
}

TEST(PlacementPolicy, ALargeDiskTakesMoreUntilTheyAreEven) {
  EXPECT_EQ(PlacePartitions(PlacementRule::kSpace, 6, kGibibyte,
                            {Directory(0, 0, 2 * kGibibyte), Directory(1, 0, 5 * kGibibyte)}),
            (Places{1, 1, 1, 0, 1, 0}));
}

TEST(PlacementPolicy, WhatWasPlacedBeforeAndHoldsNothingCountsAsWell) {
  PlacementTarget placed = Directory(0, 3, 3 * kGibibyte);
  placed.empty_partitions = 2;
  EXPECT_EQ(PlacePartitions(PlacementRule::kSpace, 2, kGibibyte,
                            {placed, Directory(1, 0, 2 * kGibibyte)}),
            (Places{1, 1}));
}

TEST(PlacementPolicy, NewPartitionsAreExpectedToGrowAsLargeAsTheOthers) {
  PlacementTarget full = Directory(0, 2, 50 * kGibibyte);
  full.held_bytes = 20 * kGibibyte;
  // Charged with a segment each, all four would go to the first.
  EXPECT_EQ(
      PlacePartitions(PlacementRule::kSpace, 4, kGibibyte, {full, Directory(1, 0, 45 * kGibibyte)}),
      (Places{0, 1, 0, 1}));
}

TEST(PlacementPolicy, WhereNothingIsFreeTheCountDecides) {
  PlacementTarget huge = Directory(1, 1, 0);
  huge.empty_partitions = 1;
  huge.free_bytes = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(PlacePartitions(PlacementRule::kSpace, 3, kGibibyte,
                            {Directory(0, 4, 10), Directory(1, 1, 5), Directory(2, 2, 20)}),
            (Places{2, 0, 1}));
  EXPECT_EQ(PlacePartitions(PlacementRule::kSpace, 2, std::numeric_limits<int64_t>::max(),
                            {Directory(0, 4, 0), huge}),
            (Places{1, 1}));
}

}  // namespace
}  // namespace tidemark
