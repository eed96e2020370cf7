// Goal: the clock, executor, random numbers and choices for tests do what their owner says, in one
// order. Method: small scenarios, one promise each.

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/memory_env.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

TEST(ManualClock, StandsStillUntilItIsMoved) {
  ManualClock clock(absl::FromUnixSeconds(100));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(100));
  EXPECT_EQ(clock.MonotonicNow(), absl::ZeroDuration());
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(105));
  EXPECT_EQ(clock.MonotonicNow(), absl::Seconds(5));
}

TEST(ManualClock, TheWallClockJumpsAlone) {
  ManualClock clock(absl::FromUnixSeconds(100));
  clock.Advance(absl::Seconds(5));
  clock.SetNow(absl::FromUnixSeconds(3));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(3));
  EXPECT_EQ(clock.MonotonicNow(), absl::Seconds(5));
}

class ManualExecutorTest : public testing::Test {
 protected:
  Executor::Task Note(absl::string_view name) {
    return [this, name = std::string(name)] { absl::StrAppend(&ran_, name); };
  }

  ManualClock clock_;
  ManualExecutor executor_{&clock_};
  std::string ran_;
};

TEST_F(ManualExecutorTest, RunsNothingUntilItIsDrivenAndThenInOrder) {
  executor_.Run(Note("a"));
  executor_.Run(Note("b"));
  EXPECT_EQ(ran_, "");
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_EQ(ran_, "a");
  EXPECT_EQ(executor_.RunUntilIdle(), 1);
  EXPECT_EQ(ran_, "ab");
  EXPECT_FALSE(executor_.RunOne());
}

TEST_F(ManualExecutorTest, TasksMayAddTasks) {
  executor_.Run([&] { executor_.Run([&] { executor_.Run(Note("deep")); }); });
  EXPECT_EQ(executor_.RunUntilIdle(), 3);
  EXPECT_EQ(ran_, "deep");
}

TEST_F(ManualExecutorTest, TimersFollowTheClock) {
  executor_.RunAfter(absl::Seconds(2), Note("2"));
  executor_.RunAfter(absl::Seconds(1), Note("1"));
  executor_.RunAfter(-absl::Seconds(1), Note("now"));
  executor_.RunUntilIdle();
  EXPECT_EQ(ran_, "now");
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_EQ(ran_, "now1");
  clock_.Advance(absl::Seconds(1));
  executor_.RunUntilIdle();
  EXPECT_EQ(ran_, "now12");
}

TEST_F(ManualExecutorTest, AdvanceByStopsAtEachTimerAndEndsAtItsTime) {
  std::string times;
  std::function<void()> tick = [&] {
    absl::StrAppend(&times, absl::FormatDuration(clock_.MonotonicNow()), " ");
    executor_.RunAfter(absl::Seconds(3), tick);
  };
  executor_.RunAfter(absl::Seconds(3), tick);
  executor_.RunAfter(absl::Seconds(4), [&] { executor_.RunAfter(absl::Seconds(1), tick); });
  executor_.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(times, "3s 5s 6s 8s 9s ");
  EXPECT_EQ(clock_.MonotonicNow(), absl::Seconds(10));
  executor_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(times, "3s 5s 6s 8s 9s 11s ");
}

TEST_F(ManualExecutorTest, AdvanceToNextTimerSkipsTheTimeBetween) {
  EXPECT_FALSE(executor_.AdvanceToNextTimer());
  executor_.RunAfter(absl::Hours(1), Note("a"));
  executor_.Run(Note("ready "));
  EXPECT_TRUE(executor_.AdvanceToNextTimer());
  EXPECT_EQ(ran_, "ready a");
  EXPECT_EQ(clock_.MonotonicNow(), absl::Hours(1));
  executor_.RunAfter(absl::InfiniteDuration(), Note("never"));
  EXPECT_FALSE(executor_.AdvanceToNextTimer());
}

TEST_F(ManualExecutorTest, CancelIsTrueOnceAndOnlyBeforeTheTaskBegins) {
  const uint64_t waiting = executor_.RunAfter(absl::Seconds(1), Note("x"));
  EXPECT_TRUE(executor_.Cancel(waiting));
  EXPECT_FALSE(executor_.Cancel(waiting));
  const uint64_t ran = executor_.RunAfter(absl::ZeroDuration(), Note("a"));
  executor_.RunUntilIdle();
  EXPECT_FALSE(executor_.Cancel(ran));
  uint64_t due = 0;
  executor_.RunAfter(absl::ZeroDuration(), [&] { EXPECT_TRUE(executor_.Cancel(due)); });
  due = executor_.RunAfter(absl::ZeroDuration(), Note("x"));
  executor_.AdvanceBy(absl::Seconds(5));
  EXPECT_EQ(ran_, "a");
}

TEST(ManualExecutor, ASeedPicksOneOfAllOrders) {
  std::set<std::string> orders;
  std::string first_of_seed_0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    ManualClock clock;
    SeededRandom random(seed % 50);
    ManualExecutor executor(&clock, &random);
    std::string order;
    for (const char* name : {"a", "b", "c"}) {
      executor.Run([&order, name] { order += name; });
    }
    executor.RunUntilIdle();
    orders.insert(order);
    if (seed == 0) first_of_seed_0 = order;
    if (seed == 50) {
      EXPECT_EQ(order, first_of_seed_0);
    }
  }
  EXPECT_EQ(orders.size(), 6);
}

TEST(SeededRandom, GivesThePublishedSequenceOfXoshiro256StarStar) {
  // The state is filled by splitmix64 from 0.
  SeededRandom random(0);
  for (const uint64_t expected : {0x99ec5f36cb75f2b4u, 0xbf6e1f784956452au, 0x1a5f849d4933e6e0u}) {
    EXPECT_EQ(random.Next(), expected);
  }
}

TEST(SystemRandom, NumbersDiffer) {
  const std::unique_ptr<Random> random = NewSystemRandom();
  std::set<uint64_t> numbers;
  uint64_t bits_seen = 0;
  for (int i = 0; i < 100; ++i) {
    const uint64_t number = random->Next();
    numbers.insert(number);
    bits_seen |= number;
  }
  EXPECT_EQ(numbers.size(), 100);
  EXPECT_EQ(bits_seen, ~uint64_t{0});
}

TEST(SystemClock, MonotonicTimeNeverGoesBackAndWallTimeIsOfThisCentury) {
  const std::unique_ptr<Clock> clock = NewSystemClock();
  absl::Duration last = clock->MonotonicNow();
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration now = clock->MonotonicNow();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GT(clock->Now(), absl::FromCivil(absl::CivilYear(2020), absl::UTCTimeZone()));
}

TEST(ExhaustiveChoices, GoesThroughEverySequenceOnce) {
  ExhaustiveChoices choices;
  std::string sequences;
  do {
    const uint64_t first = choices.Choose(3);
    absl::StrAppend(&sequences, first);
    for (int i = 0; first == 1 && i < 2; ++i) absl::StrAppend(&sequences, choices.Choose(2));
    absl::StrAppend(&sequences, " ");
  } while (choices.Next());
  EXPECT_EQ(sequences, "0 100 101 110 111 2 ");
}

TEST(ExhaustiveChoices, NothingToChooseIsOneSequence) {
  ExhaustiveChoices choices;
  EXPECT_FALSE(choices.Next());
  EXPECT_EQ(choices.Choose(1), 0);
  EXPECT_FALSE(choices.Next());
}

}  // namespace
}  // namespace tidemark
