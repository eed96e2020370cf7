#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/key_offset_map.h"
#include "storage/compaction/log_cleaner.h"
#include "storage/compaction/test_cleanable_log.h"
#include "storage/compaction/test_history.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

// A history goes to a log and to the model; then both are compacted, and so on.
class ModelCheck {
 public:
  explicit ModelCheck(uint64_t seed)
      : history_(seed, &model_, [this](const std::string& batch) { log_.Append(batch); }) {
    log_.Roll(0);
    config_.segment_bytes_max = static_cast<int64_t>(200 + history_.Draw(3000));
    config_.delete_retention = absl::Milliseconds(history_.Draw(3) * 100);
    config_.index_interval_bytes = static_cast<int64_t>(history_.Draw(500));
    if (history_.Draw(4) == 0) config_.codec = static_cast<Codec>(history_.Draw(5));
    keys_max_ = static_cast<int64_t>(history_.Draw(3) > 0 ? 100 : 1 + history_.Draw(8));
  }

  void Run() {
    const uint64_t rounds = 2 + history_.Draw(3);
    for (uint64_t round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
      Grow();
      now_ = now_ + static_cast<int64_t>(history_.Draw(150));
      for (int passes = 0; CompactOnce(); ++passes) ASSERT_LT(passes, 200);
      if (history_.Draw(10) == 0) clean_until_ = Offset(0);  // The checkpoint was lost.
    }
  }

  int64_t dropped_count() const { return dropped_count_; }

 private:
  void Grow() {
    for (uint64_t steps = 1 + history_.Draw(25); steps > 0; --steps) {
      history_.Step();
      if (history_.Draw(6) == 0) log_.Roll(log_.state.log_end.value());
    }
    if (history_.Draw(2) == 0) history_.EndAll();
    log_.state.last_stable = history_.last_stable();
    for (const TransactionIndexEntry& entry : history_.TakeAborted()) log_.AddAborted(entry);
    log_.producers = history_.producers;
  }

  // False once there is nothing to clean.
  bool CompactOnce() {
    CompactionInput input;
    input.log_end = log_.state.log_end;
    input.last_stable = log_.state.last_stable;
    input.checkpoint = clean_until_;
    input.segments = log_.state.segments;
    const CompactionPlan plan = PlanCompaction(input, config_, now_);
    if (plan.first_dirty >= plan.first_uncleanable) return false;

    ModelLog::Pass model_pass;
    model_pass.first_dirty = plan.first_dirty;
    model_pass.first_uncleanable = plan.first_uncleanable;
    model_pass.keys_max = keys_max_;
    model_pass.now = now_;
    model_pass.delete_horizon = now_ + absl::ToInt64Milliseconds(config_.delete_retention);
    model_pass.segment_bases = log_.BaseOffsets();
    model_pass.producers = log_.producers;
    const std::map<std::string, std::string> view = model_.View();
    const size_t batches_before = model_.batches.size();
    const Offset model_end = model_.Compact(model_pass);
    EXPECT_EQ(model_.View(), view);
    dropped_count_ += static_cast<int64_t>(batches_before - model_.batches.size());

    absl::StatusOr<KeyOffsetMap> map =
        KeyOffsetMap::Create((keys_max_ + 1) * KeyOffsetMap::kSlotBytes, 1.0, &random_);
    LogCleaner cleaner(&file_system_, *std::move(map),
                       {{&throttle_}, [] { return absl::OkStatus(); }});
    CleaningPass pass;
    const absl::Status status = cleaner.CleanOnce(&log_, log_.state, plan, config_, now_, &pass);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(DescribeAsModel(log_.SealedBytes() + log_.SegmentBytes(log_.BaseOffsets().back())),
              model_.Describe());
    EXPECT_EQ(pass.end, model_end);
    EXPECT_GT(pass.end, plan.first_dirty);
    clean_until_ = pass.end;
    return !testing::Test::HasFailure();
  }

  MemoryFileSystem file_system_;
  ManualClock clock_;
  SeededRandom random_{3};
  IoThrottle throttle_{&clock_, IoThrottle::kUnlimited, [](absl::Duration) {}};
  CompactionConfig config_;
  TestCleanableLog log_{&file_system_};
  ModelLog model_;
  RandomHistory history_;
  int64_t keys_max_ = 0;
  Timestamp now_{1'000'000};
  absl::optional<Offset> clean_until_;
  int64_t dropped_count_ = 0;
};

// A sanitizer looks at how it is done, which fewer show as well, at ten times the cost.
#if defined(__SANITIZE_ADDRESS__)
constexpr uint64_t kHistories = 250;
#else
constexpr uint64_t kHistories = 2000;
#endif

TEST(CompactionModel, ThousandsOfRandomHistoriesAreCompactedAsTheModelSays) {
  int64_t dropped_count = 0;
  for (uint64_t seed = 1; seed <= kHistories && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    ModelCheck check(seed);
    check.Run();
    dropped_count += check.dropped_count();
  }
  EXPECT_GT(dropped_count, static_cast<int64_t>(2 * kHistories));
}

}  // namespace
}  // namespace tidemark
