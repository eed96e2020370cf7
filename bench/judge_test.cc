// Medians, ratios and verdicts, from rounds that are made up.

#include "bench/judge.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidemark {
namespace {

EntryResult Entry(ContenderKind kind, const std::string& metric, std::vector<double> values,
                  absl::optional<double> place = absl::nullopt) {
  EntryResult entry;
  entry.kind = kind;
  entry.place = place;
  for (const double value : values) entry.rounds.push_back({{metric, value}});
  return entry;
}

Row RowWith(const std::string& metric, std::vector<Goal> goals) {
  Row row;
  row.metric = metric;
  row.goals = std::move(goals);
  return row;
}

TEST(JudgeTest, TheMedianIsTheMiddleAndTheSpreadIsTheWhole) {
  const Summary odd = Summarize({9, 1, 5});
  EXPECT_EQ(odd.median, 5);
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.max, 9);
  EXPECT_EQ(Summarize({4, 1, 3, 2}).median, 2.5);
}

TEST(JudgeTest, ComparesWithTheBestLimitAndTheBestPeer) {
  const Row row =
      RowWith(kRecordsPerSecond, {{Goal::Kind::kOfLimit, 0.5}, {Goal::Kind::kOfBestPeer, 5}});
  std::vector<EntryResult> entries = {Entry(ContenderKind::kLimit, kRecordsPerSecond, {90}),
                                      Entry(ContenderKind::kLimit, kRecordsPerSecond, {100}),
                                      Entry(ContenderKind::kTidemark, kRecordsPerSecond, {60}),
                                      Entry(ContenderKind::kPeer, kRecordsPerSecond, {10}),
                                      Entry(ContenderKind::kPeer, kRecordsPerSecond, {20})};
  const std::vector<Verdict> verdicts = Judge(row, &entries);
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_DOUBLE_EQ(*verdicts[0].measured, 0.6);
  EXPECT_TRUE(verdicts[0].is_met);
  EXPECT_DOUBLE_EQ(*verdicts[1].measured, 3);
  EXPECT_FALSE(verdicts[1].is_met);
  EXPECT_TRUE(entries[2].is_judged);
  EXPECT_DOUBLE_EQ(*entries[3].of_limit, 0.1);
}

TEST(JudgeTest, TheFirstOfTidemarkIsJudgedAndNotTheBest) {
  const Row row = RowWith(kRecordsPerSecond, {{Goal::Kind::kOfLimit, 0.5}});
  std::vector<EntryResult> entries = {Entry(ContenderKind::kLimit, kRecordsPerSecond, {100}),
                                      Entry(ContenderKind::kTidemark, kRecordsPerSecond, {40}),
                                      Entry(ContenderKind::kTidemark, kRecordsPerSecond, {90})};
  EXPECT_FALSE(Judge(row, &entries)[0].is_met);
  EXPECT_FALSE(entries[2].is_judged);
}

TEST(JudgeTest, WhereLessIsBetterTheRatioIsTurnedRound) {
  const Row row =
      RowWith("p50_ns", {{Goal::Kind::kOfLimit, 0.5}, {Goal::Kind::kAtMost, 150, "p50_ns"}});
  std::vector<EntryResult> entries = {Entry(ContenderKind::kLimit, "p50_ns", {50}),
                                      Entry(ContenderKind::kLimit, "p50_ns", {80}),
                                      Entry(ContenderKind::kTidemark, "p50_ns", {200})};
  const std::vector<Verdict> verdicts = Judge(row, &entries);
  EXPECT_DOUBLE_EQ(*verdicts[0].measured, 0.25);
  EXPECT_DOUBLE_EQ(*verdicts[1].measured, 200);
  EXPECT_FALSE(verdicts[1].is_met);
}

TEST(JudgeTest, ACurveIsJudgedAtItsEndAgainstItsBeginning) {
  const Row row =
      RowWith(kRecordsPerSecond, {{Goal::Kind::kOfFirst, 0.75}, {Goal::Kind::kOfLimit, 1}});
  std::vector<EntryResult> entries = {
      Entry(ContenderKind::kTidemark, kRecordsPerSecond, {100}, 1),
      Entry(ContenderKind::kTidemark, kRecordsPerSecond, {80}, 10000),
      Entry(ContenderKind::kTidemark, kRecordsPerSecond, {90}, 100),
      Entry(ContenderKind::kLimit, kRecordsPerSecond, {160}, 10000),
      Entry(ContenderKind::kLimit, kRecordsPerSecond, {500}, 1)};
  const std::vector<Verdict> verdicts = Judge(row, &entries);
  EXPECT_DOUBLE_EQ(*verdicts[0].measured, 0.8);
  EXPECT_TRUE(verdicts[0].is_met);
  EXPECT_DOUBLE_EQ(*verdicts[1].measured, 0.5);
}

TEST(JudgeTest, WhereARowNamesItsLimitABetterOneDoesNotCount) {
  Row row = RowWith(kRecordsPerSecond, {{Goal::Kind::kOfLimit, 0.5}});
  row.limit = "journal";
  std::vector<EntryResult> entries = {Entry(ContenderKind::kLimit, kRecordsPerSecond, {100}),
                                      Entry(ContenderKind::kLimit, kRecordsPerSecond, {1000}),
                                      Entry(ContenderKind::kTidemark, kRecordsPerSecond, {60})};
  entries[0].name = "journal";
  const std::vector<Verdict> verdicts = Judge(row, &entries);
  EXPECT_DOUBLE_EQ(*verdicts[0].measured, 0.6);
  EXPECT_DOUBLE_EQ(*entries[1].of_limit, 10);
}

TEST(JudgeTest, WithNothingToCompareWithAGoalIsNotMet) {
  const Row row = RowWith(kRecordsPerSecond, {{Goal::Kind::kOfBestPeer, 5}});
  std::vector<EntryResult> entries = {Entry(ContenderKind::kTidemark, kRecordsPerSecond, {60}),
                                      Entry(ContenderKind::kPeer, kRecordsPerSecond, {})};
  const std::vector<Verdict> verdicts = Judge(row, &entries);
  EXPECT_FALSE(verdicts[0].measured.has_value());
  EXPECT_FALSE(verdicts[0].is_met);
}

}  // namespace
}  // namespace tidemark
