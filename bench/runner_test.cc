// The turns that contenders take, and what a failing one does to a row.

#include "bench/runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tidemark {
namespace {

// Notes its calls in a list shared with others.
class Noting final : public Contender {
 public:
  Noting(std::string name, std::vector<std::string>* calls, absl::Status prepared = {},
         absl::Status checked = {})
      : Contender(std::move(name), ContenderKind::kTidemark, ""),
        calls_(calls),
        prepared_(std::move(prepared)),
        checked_(std::move(checked)) {}

  absl::Status Prepare(Round& round) override {
    EXPECT_TRUE(std::filesystem::is_empty(round.directory));
    std::filesystem::create_directory(round.directory + "/left");
    Note("prepare");
    return prepared_;
  }
  absl::Status Run(Round& round) override {
    Note("run");
    round.latencies.Add(7);
    round.figures["own"] = 3;
    return absl::OkStatus();
  }
  absl::Status Check(Round& /*round*/) override {
    Note("check");
    return checked_;
  }
  void Finish() override { Note("finish"); }

 private:
  void Note(absl::string_view call) { calls_->push_back(absl::StrCat(name(), " ", call)); }

  std::vector<std::string>* const calls_;
  const absl::Status prepared_;
  const absl::Status checked_;
};

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    options_.directory = absl::StrCat(testing::TempDir(), "/runner");
    options_.rounds = 2;
    row_.load.batches = 10;
  }

  RunOptions options_;
  Row row_;
  std::vector<std::string> calls_;
};

TEST_F(RunnerTest, ContendersTakeTurns) {
  row_.Add(std::make_unique<Noting>("a", &calls_));
  row_.Add(std::make_unique<Noting>("b", &calls_));
  const RowResult result = RunRow(row_, options_);
  const std::vector<std::string> once = {"a prepare", "a run", "a check", "a finish",
                                         "b prepare", "b run", "b check", "b finish"};
  std::vector<std::string> twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  EXPECT_EQ(calls_, twice);
  EXPECT_TRUE(result.status().ok());
  ASSERT_EQ(result.entries[1].rounds.size(), 2u);
  EXPECT_GT(result.entries[1].rounds[0].at(kBatchesPerSecond), 0);
  EXPECT_EQ(result.entries[1].rounds[0].at("p50_ns"), 7);
  EXPECT_EQ(result.entries[1].rounds[0].at("own"), 3);
  EXPECT_EQ(result.entries[1].latencies.count(), 2);
  EXPECT_FALSE(std::filesystem::exists(options_.directory + "/round"));
}

TEST_F(RunnerTest, OneWhoseCheckFailsIsLeftOutAndFailsTheRow) {
  row_.Add(std::make_unique<Noting>("a", &calls_, absl::OkStatus(), absl::DataLossError("short")));
  row_.Add(std::make_unique<Noting>("b", &calls_));
  const RowResult result = RunRow(row_, options_);
  EXPECT_TRUE(absl::IsDataLoss(result.status()));
  EXPECT_TRUE(result.entries[0].rounds.empty());
  EXPECT_EQ(result.entries[1].rounds.size(), 2u);
  EXPECT_EQ(std::count(calls_.begin(), calls_.end(), "a finish"), 1);
}

TEST_F(RunnerTest, WhatTheMachineCannotDoIsShownAndFailsNothing) {
  row_.Add(std::make_unique<Noting>("a", &calls_, absl::UnimplementedError("no io_uring")));
  const RowResult result = RunRow(row_, options_);
  EXPECT_TRUE(result.status().ok());
  EXPECT_TRUE(absl::IsUnimplemented(result.entries[0].status));
  EXPECT_EQ(calls_, (std::vector<std::string>{"a prepare", "a finish"}));
}

}  // namespace
}  // namespace tidemark
