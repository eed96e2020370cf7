#include "storage/log/append_waiters.h"

#include "gtest/gtest.h"

namespace tidemark {
namespace {

TEST(AppendWaiters, ThoseBelowTheEndLeaveWithTheirTimers) {
  AppendWaiters waiters;
  EXPECT_TRUE(waiters.empty());
  const uint64_t first = waiters.Add(Offset(4), nullptr);
  const uint64_t second = waiters.Add(Offset(5), nullptr);
  EXPECT_NE(first, second);
  EXPECT_TRUE(waiters.SetTimer(first, 77));
  EXPECT_TRUE(waiters.TakeReady(Offset(4)).empty()) << "offset 4 is not there yet";
  const std::vector<AppendWaiters::Waiter> ready = waiters.TakeReady(Offset(5));
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(ready[0].offset, Offset(4));
  EXPECT_EQ(ready[0].timer, 77u);
  EXPECT_FALSE(waiters.Take(first).has_value());
  EXPECT_FALSE(waiters.SetTimer(first, 78)) << "whoever set it must cancel it";
  EXPECT_FALSE(waiters.empty());
}

TEST(AppendWaiters, AWaiterIsTakenOnce) {
  AppendWaiters waiters;
  int calls = 0;
  const uint64_t number = waiters.Add(Offset(1), [&](const absl::Status&) { ++calls; });
  absl::optional<AppendWaiters::Waiter> taken = waiters.Take(number);
  ASSERT_TRUE(taken.has_value());
  taken->done(absl::OkStatus());
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(waiters.Take(number).has_value());
  EXPECT_TRUE(waiters.TakeAll().empty());
}

TEST(AppendWaiters, AllLeaveAtTheEndInTheOrderInWhichTheyCame) {
  AppendWaiters waiters;
  for (const int64_t offset : {9, 3, 6}) waiters.Add(Offset(offset), nullptr);
  const std::vector<AppendWaiters::Waiter> all = waiters.TakeAll();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].offset, Offset(9));
  EXPECT_EQ(all[2].offset, Offset(6));
  EXPECT_TRUE(waiters.empty());
}

}  // namespace
}  // namespace tidemark
