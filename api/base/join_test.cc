#include "api/base/join.h"

#include <gtest/gtest.h>

#include <vector>

namespace tidemark {
namespace {

TEST(Join, OfNothingIsDoneAtOnce) {
  int calls = 0;
  Join::Make(0, [&](const absl::Status& status) { calls += status.ok() ? 1 : 100; });
  EXPECT_EQ(calls, 1);
}

TEST(Join, IsDoneWithTheLastAndSaysTheFirstError) {
  std::vector<absl::Status> results;
  std::vector<Join::Done> parts;
  {
    const auto join = Join::Make(3, [&](const absl::Status& status) { results.push_back(status); });
    for (int i = 0; i < 3; ++i) parts.push_back(Join::Part(join));
  }
  parts[2](absl::OkStatus());
  parts[0](absl::DataLossError("first"));
  EXPECT_TRUE(results.empty());
  parts[1](absl::UnavailableError("second"));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0], absl::DataLossError("first"));
}

}  // namespace
}  // namespace tidemark
