// Goal: whatever the disk does to a log's calls, what it synced is there, at its offset, once; and
// where nothing fails any more, the log goes on. Method: plans of faults from seeds against a log
// in memory, with crashes and power losses between them.

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"
#include "tests/support/fault_plan.h"

namespace tidemark {
namespace {

// A log, and by offset what may be there: what was synced, or else whatever was ever tried to be
// put there, since what a power loss took once may be what the next one leaves.
class FaultyDisk : public LogHarness {
 public:
  explicit FaultyDisk(uint64_t seed) : choices_(seed) {
    parameters.config.segment_bytes_max = 600;
    parameters.config.index_interval_bytes = 100;
    TM_OK(Open());
  }

  // Some steps under the plan, then a crash or a power loss without it.
  void Run(const FaultPlan& plan) {
    file_system.SetFaultHook(plan.Hook());
    for (int i = 0; i < 60; ++i) Step();
    plan.Heal();
    Crash();
    ASSERT_NE(log, nullptr);
    const Offset end = log->offsets().log_end;
    ASSERT_EQ(Append({"last"})->base_offset, end);
    ASSERT_TRUE(log->Sync(Offset(end.value() + 1)).ok());
  }

 private:
  static void TM_OK(const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; }
  bool OneIn(uint64_t n) { return choices_.Next() % n == 0; }

  void Step() {
    if (log == nullptr || OneIn(20)) return Crash();
    if (OneIn(15)) return log->RollActive().IgnoreError();
    if (OneIn(3)) return Sync();
    const int64_t end = log->offsets().log_end.value();
    std::vector<std::string> values;
    for (uint64_t i = 0; i <= choices_.Next() % 3; ++i) {
      values.push_back(absl::StrCat("v", ++written_, std::string(choices_.Next() % 60, '.')));
      tried_[end + static_cast<int64_t>(i)].push_back(values.back());
    }
    const absl::StatusOr<AppendResult> appended = Append(values);
    if (!appended.ok()) return;
    EXPECT_EQ(appended->base_offset.value(), end);
    for (size_t i = 0; i < values.size(); ++i) newest_[end + static_cast<int64_t>(i)] = values[i];
  }

  void Sync() {
    const Offset end = log->offsets().log_end;
    if (!log->Sync(end).ok()) return;
    for (; synced_ < end.value(); ++synced_) tried_[synced_] = {newest_[synced_]};
  }

  void Crash() {
    const PowerLossMode kModes[] = {PowerLossMode::kDropAll, PowerLossMode::kOrdered,
                                    PowerLossMode::kSubset, PowerLossMode::kSubsetWithGarbage};
    const absl::Status opened =
        OneIn(3) ? CrashAndOpen() : LosePowerAndOpen(kModes[choices_.Next() % 4], &choices_);
    if (!opened.ok()) {
      log.reset();
      return;
    }
    Check();
  }

  void Check() {
    std::vector<std::string> records = ReadAll();
    // A read may fail as any call may.
    if (!records.empty() && records.back().find(':') != std::string::npos &&
        records.back().find("planned fault") != std::string::npos) {
      return;
    }
    EXPECT_GE(static_cast<int64_t>(records.size()), synced_);
    for (size_t i = 0; i < records.size(); ++i) {
      const auto offset = static_cast<int64_t>(i);
      bool known = false;
      for (const std::string& value : tried_[offset]) {
        if (records[i] != absl::StrCat(i, ":", value)) continue;
        known = true;
        newest_[offset] = value;
        break;
      }
      EXPECT_TRUE(known) << "at offset " << i << ": " << records[i];
    }
  }

  SeededRandom choices_;
  std::map<int64_t, std::vector<std::string>> tried_;
  std::map<int64_t, std::string> newest_;
  int64_t synced_ = 0;
  int64_t written_ = 0;
};

TEST(FaultyDiskTest, WhateverFailsWhatWasSyncedIsThereAndTheLogGoesOnAfterwards) {
  const char* const more = std::getenv("TIDEMARK_FAULT_SEEDS");
  int64_t seeds = 300;
  if (more != nullptr && !absl::SimpleAtoi(more, &seeds)) FAIL() << more;
  const bool replays = std::getenv("TIDEMARK_FAULTS") != nullptr;
  int64_t struck = 0;
  for (int64_t seed = 1; seed <= (replays ? 1 : seeds) && !testing::Test::HasFailure(); ++seed) {
    const FaultPlan plan = FaultPlan::FromEnvironment(static_cast<uint64_t>(seed));
    const ReplayOnFailure replay(plan);
    FaultyDisk disk(plan.seed());
    disk.Run(plan);
    struck += static_cast<int64_t>(plan.struck().size());
  }
  if (!replays) {
    EXPECT_GT(struck, seeds);
  }
}

TEST(FaultyDiskTest, C09_WhereBlocksComeLateAFullDiskIsToldByTheAppendAndNotByTheSync) {
  LogHarness life;
  life.file_system.LetBlocksComeLate();
  life.parameters.config.segment_bytes_max = 1 << 20;
  ASSERT_TRUE(life.Open().ok());
  life.file_system.SetCapacityBytes(20 * 4096);
  int64_t appended = 0;
  absl::Status full;
  while (full.ok() && appended < 1000) {
    full = life.Append({std::string(1000, 'x')}).status();
    if (full.ok()) ++appended;
  }
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
  EXPECT_GT(appended, 50);
  const absl::Status synced = life.log->Sync(Offset(appended));
  EXPECT_TRUE(synced.ok()) << synced;
  life.file_system.SetCapacityBytes(1 << 20);
  EXPECT_EQ(life.Append({"y"})->base_offset, Offset(appended));
  SeededRandom choices(1);
  ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kDropAll, &choices).ok());
  EXPECT_EQ(static_cast<int64_t>(life.ReadAll().size()), appended);
}

}  // namespace
}  // namespace tidemark
