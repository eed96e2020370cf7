#include "storage/compaction/io_throttle.h"

#include <gtest/gtest.h>

#include <vector>

#include "storage/memory_env.h"

namespace tidemark {
namespace {

class IoThrottleTest : public testing::Test {
 protected:
  IoThrottle::Wait Waiter() {
    return [this](absl::Duration wait) {
      waits.push_back(wait);
      clock.Advance(wait);
    };
  }

  ManualClock clock;
  std::vector<absl::Duration> waits;
};

TEST_F(IoThrottleTest, KeepsToTheRate) {
  IoThrottle throttle(&clock, 1000, Waiter());
  const absl::Duration start = clock.MonotonicNow();
  for (int i = 0; i < 100; ++i) throttle.Spend(100);
  EXPECT_EQ(clock.MonotonicNow() - start, absl::Seconds(10));
}

TEST_F(IoThrottleTest, ShortWaitsAddUpFirst) {
  IoThrottle throttle(&clock, 1000, Waiter());
  for (int i = 0; i < 50; ++i) throttle.Spend(1);
  EXPECT_EQ(waits, std::vector<absl::Duration>{absl::Milliseconds(50)});
}

TEST_F(IoThrottleTest, TimeThatWasNotUsedIsNotSaved) {
  IoThrottle throttle(&clock, 1000, Waiter());
  throttle.Spend(100);
  clock.Advance(absl::Hours(1));
  throttle.Spend(100);
  EXPECT_EQ(waits, (std::vector<absl::Duration>{absl::Milliseconds(100), absl::Milliseconds(100)}));
}

TEST_F(IoThrottleTest, WithoutALimitItNeverWaits) {
  IoThrottle throttle(&clock, IoThrottle::kUnlimited, Waiter());
  throttle.Spend(int64_t{1} << 40);
  EXPECT_TRUE(waits.empty());
  throttle.SetRate(1000);
  throttle.Spend(1000);
  EXPECT_EQ(waits, std::vector<absl::Duration>{absl::Seconds(1)});
}

}  // namespace
}  // namespace tidemark
