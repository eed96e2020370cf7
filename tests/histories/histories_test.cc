// Goal: a log, whatever happens to it in whatever order, is what a simple model says; and whoever
// finds that out tells it in a few lines. Method: histories from seeds, those that once failed, and
// a log that is made to lose a record.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/histories/generate.h"
#include "tests/histories/history.h"
#include "tests/histories/run.h"
#include "tests/histories/shrink.h"

namespace tidemark {
namespace {

constexpr uint64_t kSeeds = 40;

// Puts another record in the place of one that a log is given.
World::Tamper Loses(int64_t number) {
  return [number](ModelBatch* batch) {
    for (ModelRecord& record : batch->records) {
      if (record.number == number) record.number = 1'000'000;
    }
  };
}

TEST(History, ItsTextReadsBack) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const History history = Generate(seed);
    const absl::StatusOr<History> again = ParseHistory(ToText(history));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, history) << seed;
  }
}

TEST(History, BadLinesAreToldApart) {
  EXPECT_TRUE(ParseHistory("# why\n\npartitions 2\nappend records=3\n").ok());
  for (const absl::string_view bad : {"jump", "append records", "append records=x", "append mode=1",
                                      "append =1", "config a", "partitions 0", "task_order x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseHistory(bad).status())) << bad;
  }
}

TEST(Histories, OfTheFirstSeedsGoAsTheModelSays) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("tools/histories --seeds ", seed, "..", seed));
    const absl::Status status = RunHistory(Generate(seed));
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST(Histories, ThatOnceFailedGoAsTheModelSays) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/histories/scripts")) {
    SCOPED_TRACE(entry.path().string());
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(absl::StartsWith(text, "# Once broke: "));
    const absl::StatusOr<History> history = ParseHistory(text);
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_TRUE(RunHistory(*history).ok()) << RunHistory(*history);
    ++count;
  }
  EXPECT_GT(count, 0);
}

TEST(Shrink, MakesAHandfulOfAHundredOperations) {
  int tried = 0;
  for (uint64_t seed = 1; tried < 3; ++seed) {
    const History history = Generate(seed);
    if (history.operations.size() < 100) continue;
    const auto run = [](const History& one) { return RunHistory(one, Loses(5)); };
    const absl::Status failure = run(history);
    if (failure.ok()) continue;
    ++tried;
    const History shrunk = Shrink(history, failure, run, 2000);
    EXPECT_FALSE(run(shrunk).ok());
    EXPECT_EQ(KindOfFailure(run(shrunk)), KindOfFailure(failure));
    EXPECT_LE(shrunk.operations.size(), 5u) << ToText(shrunk);
  }
}

}  // namespace
}  // namespace tidemark
