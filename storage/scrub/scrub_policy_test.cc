#include "storage/scrub/scrub_policy.h"

#include <vector>

#include "gtest/gtest.h"

namespace tidemark {
namespace {

using LastScrubs = std::vector<absl::optional<absl::Duration>>;

constexpr absl::Duration kNow = absl::Hours(100);
constexpr absl::Duration kInterval = absl::Hours(10);

TEST(ScrubPolicy, WhatHasWaitedLongestIsNext) {
  EXPECT_EQ(
      NextToScrub(LastScrubs{absl::Hours(80), absl::Hours(70), absl::Hours(85)}, kNow, kInterval),
      1u);
}

TEST(ScrubPolicy, WhatWasNeverScrubbedIsDueAtOnce) {
  EXPECT_EQ(NextToScrub(LastScrubs{absl::Hours(1), absl::nullopt, absl::nullopt}, kNow, kInterval),
            1u);
}

TEST(ScrubPolicy, NothingIsDueBeforeTheIntervalHasPassed) {
  EXPECT_EQ(NextToScrub(LastScrubs{absl::Hours(91), absl::Hours(100)}, kNow, kInterval),
            absl::nullopt);
  EXPECT_EQ(NextToScrub(LastScrubs{absl::Hours(91), absl::Hours(90)}, kNow, kInterval), 1u);
  EXPECT_EQ(NextToScrub(LastScrubs{}, kNow, kInterval), absl::nullopt);
}

TEST(ScrubPolicy, WithoutAnIntervalNothingIsDue) {
  for (const absl::Duration off : {absl::ZeroDuration(), absl::Milliseconds(-1)}) {
    EXPECT_EQ(NextToScrub(LastScrubs{absl::nullopt, absl::Hours(1)}, kNow, off), absl::nullopt);
  }
}

}  // namespace
}  // namespace tidemark
