#include "storage/compaction/cleanable_partition_log.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/compaction/compactor.h"
#include "storage/compaction/test_batches.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Texts = std::vector<std::string>;

// A real log, compacted while it is used.
class CleanablePartitionLogTest : public testing::Test {
 protected:
  CleanablePartitionLogTest() {
    harness_.parameters.config.offset_gaps_allowed = true;
    harness_.parameters.config.segment_bytes_max = 1000;
    // The batches here are of 1970.
    harness_.parameters.config.producer_expiration = absl::InfiniteDuration();
    config_.segment_bytes_max = 1000;
    config_.delete_retention = absl::Hours(1);
    EXPECT_TRUE(harness_.file_system.CreateDirectory("/data").ok());
    EXPECT_TRUE(harness_.file_system.SyncDirectory("/").ok());
    EXPECT_TRUE(harness_.Open().ok());
  }

  void Put(const std::string& key, absl::optional<std::string> value) {
    std::string batch = MakeTestBatch({{key, std::move(value)}});
    const absl::StatusOr<AppendResult> result =
        harness_.log->Append(absl::MakeSpan(batch), AppendOptions());
    EXPECT_TRUE(result.ok()) << result.status();
  }
  void PutInTransaction(int64_t producer_id, int32_t sequence, const std::string& key,
                        const std::string& value) {
    std::string batch =
        MakeTestBatch({{key, value}}, TransactionalOptions(0, producer_id, sequence));
    const absl::StatusOr<AppendResult> result =
        harness_.log->Append(absl::MakeSpan(batch), AppendOptions());
    EXPECT_TRUE(result.ok()) << result.status();
  }
  void End(int64_t producer_id, bool is_commit) {
    TransactionEnd end;
    end.producer_id = ProducerId(producer_id);
    end.producer_epoch = ProducerEpoch(0);
    end.is_commit = is_commit;
    const absl::StatusOr<AppendResult> result = harness_.log->EndTransaction(end, AppendOptions());
    EXPECT_TRUE(result.ok()) << result.status();
  }
  void PutMany(int count, int keys) {
    for (int i = 0; i < count; ++i) Put(absl::StrCat("key", i % keys), absl::StrCat("value", i));
  }
  void Roll() {
    EXPECT_TRUE(harness_.log->RollActive().ok());
    harness_.executor.RunUntilIdle();
  }
  CompactionOutcome Clean() {
    const Environment environment{&harness_.file_system, &harness_.clock, &harness_.executor,
                                  &harness_.random};
    Compactor compactor(environment, {.map_bytes_max = 1 << 16}, &throttle_);
    return compactor.CleanNow(
        {std::make_shared<CleanablePartitionLog>(&harness_.file_system, harness_.log,
                                                 harness_.parameters.directory),
         config_, &checkpoint_});
  }
  Texts Records(Offset offset = Offset(0)) {
    std::string all;
    while (true) {
      std::string bytes;
      const absl::StatusOr<ReadInfo> read = harness_.log->Read(offset, {}, &bytes);
      EXPECT_TRUE(read.ok()) << read.status();
      if (!read.ok() || bytes.empty()) return DescribeTestBatches(all);
      all += bytes;
      offset = read->next_offset;
    }
  }

  // The last record of each key.
  std::map<std::string, std::string> Latest() {
    std::map<std::string, std::string> latest;
    for (const std::string& text : Records()) {
      const size_t colon = text.find(':');
      latest[text.substr(colon + 1, text.find('=') - colon - 1)] = text;
    }
    return latest;
  }

  LogHarness harness_;
  IoThrottle throttle_{&harness_.clock, IoThrottle::kUnlimited, [](absl::Duration) {}};
  CompactionConfig config_;
  CleanerCheckpoint checkpoint_{&harness_.file_system, "/data"};
};

TEST_F(CleanablePartitionLogTest, WhatIsRolledAndNotFinishedYetIsNotOfferedToIt) {
  PutMany(10, 3);
  Roll();
  PutMany(10, 3);
  ASSERT_TRUE(harness_.log->Sync(Offset(20)).ok());
  ASSERT_TRUE(harness_.log->RollActive().ok());
  const CleanablePartitionLog cleanable(&harness_.file_system, harness_.log,
                                        harness_.parameters.directory);
  EXPECT_EQ(cleanable.Look()->last_stable, Offset(10));
  CompactionOutcome outcome = Clean();
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.cleaned_until, Offset(10));
  harness_.executor.RunUntilIdle();
  EXPECT_EQ(cleanable.Look()->last_stable, Offset(20));
  outcome = Clean();
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.cleaned_until, Offset(20));
}

TEST_F(CleanablePartitionLogTest, ReadersFindWhatIsLeftFromEveryOffset) {
  PutMany(100, 3);
  Put("key0", absl::nullopt);
  Roll();
  const CompactionOutcome outcome = Clean();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.cleaned_until, Offset(101));
  EXPECT_EQ(outcome.records_after, 3);
  const Texts left = {"97:key1=value97", "98:key2=value98", "100:key0=null"};
  EXPECT_EQ(Records(), left);
  for (int64_t offset = 0; offset <= 101; ++offset) {
    const size_t gone = offset <= 97 ? 0 : offset == 98 ? 1 : offset <= 100 ? 2 : 3;
    EXPECT_EQ(Records(Offset(offset)),
              Texts(left.begin() + static_cast<ptrdiff_t>(gone), left.end()))
        << offset;
  }
  PutMany(2, 2);
  EXPECT_EQ(Records(Offset(99)), (Texts{"100:key0=null", "101:key0=value0", "102:key1=value1"}));
}

TEST_F(CleanablePartitionLogTest, WhatWasCompactedIsThereAfterACleanStopAndAfterACrash) {
  for (int round = 0; round < 4; ++round) {
    PutMany(60, 5);
    Roll();
    ASSERT_TRUE(Clean().status.ok());
    const Texts before = Records();
    EXPECT_LT(before.size(), 12u);
    ASSERT_TRUE(round % 2 == 0 ? harness_.Reopen().ok() : harness_.CrashAndOpen().ok());
    EXPECT_EQ(Records(), before);
  }
}

TEST_F(CleanablePartitionLogTest, AViewKeepsWhatIsCompactedAway) {
  PutMany(60, 2);
  Roll();
  const absl::StatusOr<LogView> view = harness_.log->View(Offset(0), {});
  ASSERT_TRUE(view.ok());
  const std::string before(view->bytes);
  ASSERT_TRUE(Clean().status.ok());
  harness_.executor.AdvanceBy(absl::Hours(1));
  EXPECT_EQ(view->bytes, before);
  for (const std::string& name : harness_.Files()) {
    EXPECT_EQ(name.find(".deleted"), std::string::npos) << name;
  }
}

TEST_F(CleanablePartitionLogTest, TheActiveSegmentAndWhatIsNotReplicatedStay) {
  PutMany(100, 1);
  Roll();
  PutMany(3, 1);
  harness_.log->SetHighWatermark(Offset(40));
  const CompactionOutcome outcome = Clean();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_LE(outcome.cleaned_until, Offset(40));
  EXPECT_GT(outcome.cleaned_until, Offset(0));
  const Texts records = Records();
  EXPECT_EQ(records.back(), "102:key0=value2");
  EXPECT_GE(records.size(), 63u);
  harness_.log->SetHighWatermark(Offset(103));
  ASSERT_TRUE(Clean().status.ok());
  EXPECT_EQ(Records(),
            (Texts{"99:key0=value99", "100:key0=value0", "101:key0=value1", "102:key0=value2"}));
}

TEST_F(CleanablePartitionLogTest, DeletedRecordsAndSegmentsAreNoTrouble) {
  PutMany(100, 4);
  Roll();
  ASSERT_TRUE(harness_.log->DeleteRecordsBefore(Offset(50)).ok());
  ASSERT_TRUE(Clean().status.ok());
  EXPECT_EQ(Records(Offset(50)),
            (Texts{"96:key0=value96", "97:key1=value97", "98:key2=value98", "99:key3=value99"}));
}

TEST_F(CleanablePartitionLogTest, AFullDiskLosesNothingAndTheLogGoesOn) {
  PutMany(200, 50);
  Roll();
  harness_.file_system.SetCapacityBytes(harness_.file_system.used_bytes() + 4096);
  EXPECT_EQ(Clean().status.code(), absl::StatusCode::kResourceExhausted);
  const std::map<std::string, std::string> latest = Latest();
  EXPECT_EQ(latest.size(), 50u);
  for (const auto& [key, text] : latest) EXPECT_GE(text, "150") << key;
  harness_.file_system.SetCapacityBytes(int64_t{1} << 30);
  PutMany(1, 1);
  ASSERT_TRUE(Clean().status.ok());
  EXPECT_EQ(Records().size(), 51u);
}

TEST_F(CleanablePartitionLogTest, TransactionsAreCompactedByTheirOutcome) {
  Put("a", "0");
  PutInTransaction(1, 0, "a", "aborted");
  PutInTransaction(2, 0, "b", "committed");
  End(1, /*is_commit=*/false);
  Put("a", "1");
  End(2, /*is_commit=*/true);
  PutInTransaction(1, 1, "b", "open");
  Roll();
  // Nothing at or above an open transaction is touched.
  EXPECT_LE(Clean().cleaned_until, Offset(6));
  End(1, /*is_commit=*/false);
  Roll();
  ASSERT_TRUE(Clean().status.ok());
  const Texts left = {"2:b=committed", "3:abort", "4:a=1", "5:commit", "(6-6)", "7:abort"};
  EXPECT_EQ(Records(), left);
  // The aborted producer may go on where it was, also after an opening.
  ASSERT_TRUE(harness_.CrashAndOpen().ok());
  EXPECT_EQ(Records(), left);
  PutInTransaction(1, 2, "c", "again");
  EXPECT_EQ(Records().back(), "8:c=again");
}

TEST_F(CleanablePartitionLogTest, ACrashAfterAnyChangeLosesNoKey) {
  PutMany(80, 7);
  Roll();
  PutMany(7, 7);
  ASSERT_TRUE(harness_.log->Sync(Offset(87)).ok());
  const MemorySnapshot before = harness_.file_system.Snapshot();
  const Texts expected = [&] {
    EXPECT_TRUE(Clean().status.ok());
    return Records();
  }();
  for (int64_t change = 1;; ++change) {
    SCOPED_TRACE(change);
    harness_.log.reset();
    harness_.file_system.Restore(before);
    ASSERT_TRUE(checkpoint_.Load().ok());
    ASSERT_TRUE(harness_.Open(/*was_clean=*/false).ok());
    harness_.file_system.CrashAfterChanges(change);
    const bool finished = Clean().status.ok() && !harness_.file_system.crashed();
    harness_.file_system.CrashAfterChanges(0);
    ASSERT_TRUE(harness_.LosePowerAndOpen(PowerLossMode::kSubset, &harness_.random).ok());
    const std::map<std::string, std::string> latest = Latest();
    ASSERT_EQ(latest.size(), 7u);
    for (const auto& [key, text] : latest) EXPECT_EQ(text[0], '8') << text;  // Offsets 80 to 86.
    ASSERT_TRUE(harness_.log->Sync(Offset(87)).ok());
    harness_.executor.RunUntilIdle();
    ASSERT_TRUE(checkpoint_.Load().ok());
    ASSERT_TRUE(Clean().status.ok());
    EXPECT_EQ(Records(), expected);
    if (finished || HasFailure()) break;
  }
}

}  // namespace
}  // namespace tidemark
