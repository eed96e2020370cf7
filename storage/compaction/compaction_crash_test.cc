#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/key_offset_map.h"
#include "storage/compaction/log_cleaner.h"
#include "storage/compaction/test_batches.h"
#include "storage/compaction/test_cleanable_log.h"
#include "storage/compaction/test_history.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

using Texts = std::vector<std::string>;

constexpr Timestamp kNow{1'000'000};

// A sanitizer looks at how it is done, which every eleventh change shows as well.
#if defined(__SANITIZE_ADDRESS__)
constexpr int64_t kStep = 11;
#else
constexpr int64_t kStep = 1;
#endif

// A log that was compacted before and has grown since, durable, on a file system that can be taken
// back to it.
class CrashCheck {
 public:
  explicit CrashCheck(uint64_t seed) : random_(seed) {
    config_.segment_bytes_max = 1500;
    config_.delete_retention = absl::Hours(1);
    TestCleanableLog log(&file_system_);
    ModelLog model;
    RandomHistory history(seed, &model, [&log](const std::string& batch) { log.Append(batch); });
    log.Roll(0);
    for (int steps = 1; steps <= 60; ++steps) {
      history.Step();
      if (steps % 30 == 0) history.EndAll();
      if (steps % 6 == 0) log.Roll(log.state.log_end.value());
      if (steps != 30) continue;
      Note(&history, &log);
      EXPECT_TRUE(Clean(&log).ok());
    }
    Note(&history, &log);
    producers_ = history.producers;
    for (const ModelBatch& batch : model.batches) {
      if (batch.is_marker || model.aborted.count(batch.transaction) == 0) continue;
      for (const ModelRecord& record : batch.records) aborted_.insert(record.offset);
    }
    log.SyncAll();
    clean_until_before_ = clean_until_;
    Look(log, &view_, &records_before_);
    const MemorySnapshot before = file_system_.Snapshot();
    const int64_t changes = file_system_.changes();
    EXPECT_TRUE(Clean(&log).ok());
    change_count_ = file_system_.changes() - changes;
    std::map<std::string, std::string> view;
    Look(log, &view, &records_after_);
    EXPECT_EQ(view, view_);
    EXPECT_LT(records_after_.size(), records_before_.size());
    snapshots_.push_back(before);
  }

  int64_t change_count() const { return change_count_; }
  MemoryFileSystem& file_system() { return file_system_; }
  Random* random() { return &random_; }

  // Compacts as far as that goes after `trouble`, begins anew after `repair`, and looks at what is
  // there; then compacts to the end.
  void Run(const std::function<void()>& trouble, const std::function<void()>& repair) {
    file_system_.Restore(snapshots_.front());
    clean_until_ = clean_until_before_;
    {
      TestCleanableLog log(&file_system_);
      ASSERT_TRUE(log.Load().ok());
      trouble();
      Clean(&log).IgnoreError();
      repair();
    }
    TestCleanableLog log(&file_system_);
    const absl::Status status = log.Load();
    ASSERT_TRUE(status.ok()) << status;
    std::map<std::string, std::string> view;
    Texts records;
    Look(log, &view, &records);
    EXPECT_EQ(view, view_);
    EXPECT_GE(records.size(), records_after_.size());
    EXPECT_LE(records.size(), records_before_.size());
    clean_until_ = clean_until_before_;  // As the checkpoint says: it comes last.
    const absl::Status again = Clean(&log);
    ASSERT_TRUE(again.ok()) << again;
    Look(log, &view, &records);
    EXPECT_EQ(view, view_);
    EXPECT_EQ(records, records_after_);
  }

 private:
  void Note(RandomHistory* history, TestCleanableLog* log) {
    for (const TransactionIndexEntry& entry : history->TakeAborted()) log->AddAborted(entry);
    producers_ = history->producers;
  }

  // Passes until everything sealed is clean.
  absl::Status Clean(TestCleanableLog* log) {
    log->producers = producers_;
    while (true) {
      CompactionInput input;
      input.log_end = log->state.log_end;
      input.last_stable = log->state.last_stable;
      input.checkpoint = clean_until_;
      input.segments = log->state.segments;
      const CompactionPlan plan = PlanCompaction(input, config_, kNow);
      if (plan.first_dirty >= plan.first_uncleanable) return absl::OkStatus();
      SeededRandom seeds(1);
      absl::StatusOr<KeyOffsetMap> map =
          KeyOffsetMap::Create(7 * KeyOffsetMap::kSlotBytes, 1.0, &seeds);
      LogCleaner cleaner(&file_system_, *std::move(map),
                         {{&throttle_}, [] { return absl::OkStatus(); }});
      CleaningPass pass;
      const absl::Status status = cleaner.CleanOnce(log, log->state, plan, config_, kNow, &pass);
      if (!status.ok()) return status;
      clean_until_ = pass.end;
    }
  }

  // What a reader of committed records is left with, and every data record there is.
  void Look(const TestCleanableLog& log, std::map<std::string, std::string>* view,
            Texts* records) const {
    view->clear();
    records->clear();
    for (const int64_t base_offset : log.BaseOffsets()) {
      const std::string bytes = log.SegmentBytes(base_offset);
      for (absl::string_view rest = bytes; !rest.empty();) {
        const RecordBatchView batch = ParseTestBatch(rest);
        rest.remove_prefix(batch.bytes().size());
        if (!batch.is_control()) LookAt(batch, view, records);
      }
    }
  }
  void LookAt(const RecordBatchView& batch, std::map<std::string, std::string>* view,
              Texts* records) const {
    if (batch.record_count() == 0) return;
    for (const std::string& text : DescribeTestBatches(batch.bytes())) records->push_back(text);
    absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
    RecordView record;
    while (*reader->Next(&record)) {
      if (aborted_.count(record.offset.value()) > 0 || !record.key.has_value()) continue;
      const std::string key(*record.key);
      view->erase(key);
      if (record.value.has_value()) view->emplace(key, *record.value);
    }
  }

  MemoryFileSystem file_system_;
  SeededRandom random_;
  ManualClock clock_;
  IoThrottle throttle_{&clock_, IoThrottle::kUnlimited, [](absl::Duration) {}};
  CompactionConfig config_;
  LastProducerRecords producers_;
  absl::optional<Offset> clean_until_;
  absl::optional<Offset> clean_until_before_;
  std::set<int64_t> aborted_;  // Offsets.
  std::map<std::string, std::string> view_;
  Texts records_before_;
  Texts records_after_;
  std::vector<MemorySnapshot> snapshots_;  // One; it has no default.
  int64_t change_count_ = 0;
};

TEST(CompactionCrash, AProcessThatDiesAfterAnyChangeLosesNothing) {
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    CrashCheck check(seed);
    ASSERT_GT(check.change_count(), 50);
    for (int64_t change = 1; change <= check.change_count() && !HasFailure(); change += kStep) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " change " << change);
      check.Run([&] { check.file_system().CrashAfterChanges(change); },
                [&] { check.file_system().CrashProcess(); });
    }
  }
}

TEST(CompactionCrash, APowerLossAfterAnyChangeLosesNothing) {
  for (const PowerLossMode mode : {PowerLossMode::kDropAll, PowerLossMode::kOrdered,
                                   PowerLossMode::kSubset, PowerLossMode::kSubsetWithGarbage}) {
    CrashCheck check(11 + static_cast<uint64_t>(mode));
    for (int64_t change = 1; change <= check.change_count() && !HasFailure(); change += kStep) {
      SCOPED_TRACE(testing::Message() << "mode " << static_cast<int>(mode) << " change " << change);
      check.Run([&] { check.file_system().CrashAfterChanges(change); },
                [&] { check.file_system().PowerLoss(mode, check.random()); });
    }
  }
}

TEST(CompactionCrash, AChangeThatFailsLosesNothingAndCompactionGoesOn) {
  const absl::Status errors[] = {absl::ResourceExhaustedError("full"),
                                 absl::UnavailableError("disk")};
  for (const absl::Status& error : errors) {
    CrashCheck check(21);
    for (int64_t change = 1; change <= check.change_count() && !HasFailure(); change += kStep) {
      SCOPED_TRACE(testing::Message() << error << " at change " << change);
      const auto fail = [&] {
        const int64_t first = check.file_system().changes();
        check.file_system().SetFaultHook([=](const FileOperation& operation) {
          return operation.change_ordinal == first + change ? FileFault(error) : FileFault();
        });
      };
      check.Run(fail, [&] { check.file_system().SetFaultHook(nullptr); });
    }
  }
}

}  // namespace
}  // namespace tidemark
