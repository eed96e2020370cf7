// Percentiles of calls, from buckets that are exact where they are small.

#include "bench/latencies.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(LatenciesTest, SmallValuesAreExact) {
  Latencies latencies;
  for (int64_t value = 1; value <= 100; ++value) latencies.Add(value);
  EXPECT_EQ(latencies.count(), 100);
  EXPECT_EQ(latencies.Percentile(0), 1);
  EXPECT_EQ(latencies.Percentile(0.5), 50);
  EXPECT_EQ(latencies.Percentile(0.99), 99);
  EXPECT_EQ(latencies.Percentile(1), 100);
}

TEST(LatenciesTest, LargeValuesAreRightToOneIn64AndNeverToldSmaller) {
  for (int bits = 1; bits < 61; ++bits) {
    const int64_t power = int64_t{1} << bits;
    for (const int64_t value : {power - 1, power, power + power / 3}) {
      Latencies latencies;
      latencies.Add(value);
      latencies.Add(int64_t{1} << 62);
      const int64_t told = latencies.Percentile(0.5);
      EXPECT_GE(told, value);
      EXPECT_LE(told, value + value / 64);
      EXPECT_EQ(latencies.max(), int64_t{1} << 62);
    }
  }
}

TEST(LatenciesTest, ATailIsNotHiddenByTheRest) {
  Latencies latencies;
  for (int i = 0; i < 999; ++i) latencies.Add(30);
  latencies.Add(1000000);
  EXPECT_EQ(latencies.Percentile(0.999), 30);
  EXPECT_EQ(latencies.Percentile(0.9999), 1000000);
}

TEST(LatenciesTest, MergedOnesCountTogether) {
  Latencies one;
  Latencies other;
  one.Add(10);
  other.Add(20);
  other.Add(30);
  one.Merge(other);
  EXPECT_EQ(one.count(), 3);
  EXPECT_EQ(one.Percentile(0.5), 20);
  EXPECT_EQ(one.max(), 30);
}

TEST(LatenciesTest, WithoutCallsThereIsNothing) {
  EXPECT_EQ(Latencies().Percentile(0.5), 0);
  EXPECT_EQ(Latencies().max(), 0);
}

}  // namespace
}  // namespace tidemark
