#include "storage/log/log_front.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

Strings Numbers(int64_t first, int64_t end) {
  Strings records;
  for (int64_t i = first; i < end; ++i) records.push_back(absl::StrCat(i, ":value-", i));
  return records;
}

// The front, through the log that it is of. Segments hold a few records.
class Life : public LogHarness {
 public:
  Life() {
    parameters.config.segment_bytes_max = 240;
    parameters.store_log_start = [this](Offset offset) {
      stored_start = offset;
      return absl::OkStatus();
    };
  }
  bool Fill(int count) {
    if (!Open().ok()) return false;
    for (int i = 0; i < count; ++i) {
      if (!Append({absl::StrCat("value-", i)}, Timestamp(1000 + i)).ok()) return false;
    }
    return true;
  }

  Offset stored_start{0};
};

TEST(LogFront, WhicheverNamesOfADeletionAPowerLossKeepsNothingAboveTheStartGoes) {
  int64_t changes = 0;
  for (int64_t k = 0; k <= changes; ++k) {
    for (uint64_t seed = 0; seed < 16; ++seed) {
      SCOPED_TRACE(absl::StrCat("change ", k, " seed ", seed));
      Life life;
      ASSERT_TRUE(life.Fill(30) && life.log->Sync(Offset(30)).ok());
      const int64_t before = life.file_system.changes();
      if (k > 0) life.file_system.CrashAfterChanges(k);
      const absl::Status deleted = life.log->DeleteRecordsBefore(Offset(17));
      if (k == 0) changes = life.file_system.changes() - before;
      SeededRandom choices(seed);
      life.parameters.log_start_offset = life.stored_start;
      // Nothing was checkpointed but the start.
      ASSERT_TRUE(life.LosePowerAndOpen(PowerLossMode::kSubset, &choices).ok()) << deleted;
      const Offset start = life.log->offsets().log_start;
      ASSERT_EQ(life.ReadAll(start), Numbers(start.value(), 30));
    }
  }
  EXPECT_GT(changes, 10);
}

TEST(LogFront, WhatIsDeletedBeforeItWasSyncedIsNotTakenForDamage) {
  for (uint64_t seed = 0; seed < 64; ++seed) {
    SCOPED_TRACE(seed);
    Life life;
    life.parameters.config.segment_bytes_max = 1 << 20;
    ASSERT_TRUE(life.Fill(20));
    ASSERT_TRUE(life.log->DeleteRecordsBefore(Offset(15)).ok());
    const Offset recovery_point = life.log->offsets().flushed;
    SeededRandom choices(seed);
    life.parameters.log_start_offset = life.stored_start;
    const absl::Status opened =
        life.LosePowerAndOpen(PowerLossMode::kSubset, &choices, recovery_point);
    ASSERT_TRUE(opened.ok()) << opened;
    const Strings found = life.ReadAll(Offset(15));
    EXPECT_EQ(found, Numbers(15, 15 + static_cast<int64_t>(found.size())));
  }
}

// Deletes what is below `offset` while the `number`-th change of a name fails.
absl::Status DeleteWithFault(Life* life, Offset offset, int64_t number) {
  int64_t seen = 0;
  life->file_system.SetFaultHook([&](const FileOperation& operation) -> FileFault {
    if (operation.kind != FileOperation::Kind::kRename || ++seen != number) return {};
    return absl::UnavailableError("I/O error");
  });
  const absl::Status deleted = life->log->DeleteRecordsBefore(offset);
  life->file_system.SetFaultHook(nullptr);
  return deleted;
}

TEST(LogFront, WhatCouldNotBeRemovedGoesBeforeTheLogStartsAnewBelowIt) {
  int64_t failed = 0;
  for (int64_t number = 1; number <= failed + 1; ++number) {
    SCOPED_TRACE(number);
    Life life;
    ASSERT_TRUE(life.Fill(30));
    if (!DeleteWithFault(&life, Offset(17), number).ok()) ++failed;
    ASSERT_TRUE(life.log->TruncateFullyAndStartAt(Offset(4)).ok());
    ASSERT_TRUE(life.Append({"value-4"}).ok() && life.log->Sync(Offset(5)).ok());
    life.parameters.log_start_offset = life.stored_start;
    ASSERT_TRUE(life.CrashAndOpen().ok());
    EXPECT_EQ(life.log->offsets().log_start, Offset(4));
    EXPECT_EQ(life.ReadAll(Offset(4)), Numbers(4, 5));
  }
  EXPECT_GT(failed, 5);
}

TEST(LogFront, WhatCouldNotBeRemovedIsNeverLeftBeforeAHole) {
  int64_t failed = 0;
  for (int64_t number = 1; number <= failed + 1; ++number) {
    SCOPED_TRACE(number);
    Life life;
    ASSERT_TRUE(life.Fill(30));
    if (!DeleteWithFault(&life, Offset(9), number).ok()) ++failed;
    ASSERT_TRUE(life.log->DeleteRecordsBefore(Offset(17)).ok());
    // Whatever is known of the log besides its segments.
    ASSERT_TRUE(life.CrashAndOpen().ok());
    const Offset start = life.log->offsets().log_start;
    EXPECT_GT(start, Offset(9));
    EXPECT_EQ(life.ReadAll(start), Numbers(start.value(), 30));
  }
  EXPECT_GT(failed, 3);
}

}  // namespace
}  // namespace tidemark
