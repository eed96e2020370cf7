#include "storage/log/leader_epoch_cache.h"

#include "gtest/gtest.h"

namespace tidemark {
namespace {

LeaderEpochCache Make() {
  LeaderEpochCache cache;
  cache.Assign(LeaderEpoch(0), Offset(0));
  cache.Assign(LeaderEpoch(2), Offset(10));
  cache.Assign(LeaderEpoch(5), Offset(20));
  return cache;
}

TEST(LeaderEpochCache, AnswersWhereAnEpochEndedAlsoForOnesItNeverSaw) {
  const LeaderEpochCache cache = Make();
  const Offset log_end(33);
  EXPECT_EQ(cache.EndOffsetFor(LeaderEpoch(0), log_end)->end_offset, Offset(10));
  EXPECT_EQ(cache.EndOffsetFor(LeaderEpoch(1), log_end)->leader_epoch, LeaderEpoch(0));
  EXPECT_EQ(cache.EndOffsetFor(LeaderEpoch(1), log_end)->end_offset, Offset(10));
  EXPECT_EQ(cache.EndOffsetFor(LeaderEpoch(4), log_end)->leader_epoch, LeaderEpoch(2));
  EXPECT_EQ(cache.EndOffsetFor(LeaderEpoch(5), log_end)->end_offset, log_end);
  EXPECT_EQ(cache.EndOffsetFor(LeaderEpoch(9), log_end)->leader_epoch, LeaderEpoch(5));
  EXPECT_FALSE(cache.EndOffsetFor(LeaderEpoch(-1), log_end).has_value());
  EXPECT_FALSE(LeaderEpochCache().EndOffsetFor(LeaderEpoch(3), log_end).has_value());
}

TEST(LeaderEpochCache, KnowsTheEpochOfEachOffsetFromTheFirstOnOn) {
  LeaderEpochCache cache;
  EXPECT_FALSE(cache.EpochAt(Offset(0)).has_value());
  cache.Assign(LeaderEpoch(1), Offset(5));
  cache.Assign(LeaderEpoch(4), Offset(9));
  EXPECT_FALSE(cache.EpochAt(Offset(4)).has_value());
  EXPECT_EQ(cache.EpochAt(Offset(5)), LeaderEpoch(1));
  EXPECT_EQ(cache.EpochAt(Offset(8)), LeaderEpoch(1));
  EXPECT_EQ(cache.EpochAt(Offset(9)), LeaderEpoch(4));
  EXPECT_EQ(cache.EpochAt(Offset(99)), LeaderEpoch(4));
}

TEST(LeaderEpochCache, NotesOnlyEpochsThatRise) {
  LeaderEpochCache cache = Make();
  EXPECT_FALSE(cache.Assign(LeaderEpoch(5), Offset(30)));
  EXPECT_FALSE(cache.Assign(LeaderEpoch(4), Offset(30)));
  EXPECT_FALSE(cache.Assign(kNoLeaderEpoch, Offset(30)));
  EXPECT_EQ(cache.entries().size(), 3u);
  EXPECT_TRUE(cache.Assign(LeaderEpoch(6), Offset(30)));
  EXPECT_EQ(cache.latest_epoch(), LeaderEpoch(6));
}

TEST(LeaderEpochCache, AnEpochWithoutARecordGivesWayToTheNextOne) {
  LeaderEpochCache cache = Make();
  EXPECT_TRUE(cache.Assign(LeaderEpoch(7), Offset(20)));
  ASSERT_EQ(cache.entries().size(), 3u);
  EXPECT_EQ(cache.entries().back(), (LeaderEpochEntry{LeaderEpoch(7), Offset(20)}));
}

TEST(LeaderEpochCache, ForgetsEpochsOfWhichNoRecordIsLeft) {
  LeaderEpochCache cache = Make();
  EXPECT_FALSE(cache.TruncateFromEnd(Offset(21)));
  EXPECT_TRUE(cache.TruncateFromEnd(Offset(20)));
  EXPECT_EQ(cache.latest_epoch(), LeaderEpoch(2));
  EXPECT_TRUE(cache.TruncateFromEnd(Offset(0)));
  EXPECT_FALSE(cache.latest_epoch().has_value());
}

TEST(LeaderEpochCache, TruncatingFromTheStartKeepsTheEpochThatGoesOnThere) {
  const std::vector<LeaderEpochEntry> entries = {
      {LeaderEpoch(1), Offset(0)}, {LeaderEpoch(3), Offset(10)}, {LeaderEpoch(4), Offset(20)}};
  for (const int64_t start : {0, 5, 10, 15, 20, 25}) {
    LeaderEpochCache cache(entries);
    EXPECT_EQ(cache.TruncateFromStart(Offset(start)), start > 0);
    EXPECT_FALSE(cache.TruncateFromStart(Offset(start))) << "done already";
    EXPECT_EQ(cache.entries().size(), start < 10 ? 3u : start < 20 ? 2u : 1u);
    EXPECT_EQ(cache.entries()[0].start_offset, Offset(start));
    EXPECT_EQ(cache.latest_epoch(), LeaderEpoch(4));
  }
  LeaderEpochCache behind({{LeaderEpoch(1), Offset(10)}});
  EXPECT_FALSE(behind.TruncateFromStart(Offset(5)));
}

}  // namespace
}  // namespace tidemark
