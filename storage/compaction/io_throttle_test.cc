#include "storage/compaction/io_throttle.h"

#include <gtest/gtest.h>

#include <numeric>
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

  static void SpendAndPay(IoThrottle* throttle, int64_t bytes) {
    throttle->Pay(throttle->Spend(bytes), [] { return true; });
  }

  absl::Duration Waited() const {
    return std::accumulate(waits.begin(), waits.end(), absl::ZeroDuration());
  }

  ManualClock clock;
  std::vector<absl::Duration> waits;
};

TEST_F(IoThrottleTest, KeepsToTheRate) {
  IoThrottle throttle(&clock, 1000, Waiter());
  const absl::Duration start = clock.MonotonicNow();
  for (int i = 0; i < 100; ++i) SpendAndPay(&throttle, 100);
  EXPECT_EQ(clock.MonotonicNow() - start, absl::Seconds(10));
}

TEST_F(IoThrottleTest, ShortWaitsAddUpFirst) {
  IoThrottle throttle(&clock, 1000, Waiter());
  for (int i = 0; i < 50; ++i) SpendAndPay(&throttle, 1);
  EXPECT_EQ(waits, std::vector<absl::Duration>{absl::Milliseconds(50)});
}

TEST_F(IoThrottleTest, TimeThatWasNotUsedIsNotSaved) {
  IoThrottle throttle(&clock, 1000, Waiter());
  SpendAndPay(&throttle, 100);
  clock.Advance(absl::Hours(1));
  SpendAndPay(&throttle, 100);
  EXPECT_EQ(waits, (std::vector<absl::Duration>{absl::Milliseconds(100), absl::Milliseconds(100)}));
}

TEST_F(IoThrottleTest, WithoutALimitItNeverWaits) {
  IoThrottle throttle(&clock, IoThrottle::kUnlimited, Waiter());
  SpendAndPay(&throttle, int64_t{1} << 40);
  EXPECT_TRUE(waits.empty());
  throttle.SetRate(1000);
  SpendAndPay(&throttle, 1000);
  EXPECT_EQ(Waited(), absl::Seconds(1));
}

TEST_F(IoThrottleTest, ALongWaitEndsSoonAfterItHasBecomePointless) {
  IoThrottle throttle(&clock, 1, Waiter());
  throttle.Pay(throttle.Spend(1000000), [&] { return waits.size() < 3; });
  EXPECT_EQ(waits, std::vector<absl::Duration>(3, IoThrottle::kWaitMax));
}

TEST_F(IoThrottleTest, WhoOwesToTwoWaitsForTheSlowerOne) {
  IoThrottle slow(&clock, 100, Waiter());
  IoThrottle fast(&clock, 1000, Waiter());
  const IoThrottle::Debt to_fast = fast.Spend(100);
  const IoThrottle::Debt to_slow = slow.Spend(100);
  fast.Pay(to_fast, [] { return true; });
  slow.Pay(to_slow, [] { return true; });
  EXPECT_EQ(Waited(), absl::Seconds(1));
}

TEST_F(IoThrottleTest, AChangedRateEndsTheWaitsForTheOldOne) {
  IoThrottle throttle(&clock, 1, Waiter());
  throttle.Pay(throttle.Spend(1000000), [&] {
    throttle.SetRate(waits.size() < 2 ? 1 : 1000);
    return true;
  });
  EXPECT_EQ(waits.size(), 2u);
  SpendAndPay(&throttle, 500);
  EXPECT_EQ(Waited(), 2 * IoThrottle::kWaitMax + absl::Milliseconds(500));
}

}  // namespace
}  // namespace tidemark
