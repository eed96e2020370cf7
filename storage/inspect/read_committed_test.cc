// Goal: an outsider under read_committed sees what Kafka's consumer would: nothing at or above the
// last stable offset, no aborted record, no marker. Method: random histories of transactions, read
// from every offset while they grow, against a model that knows them all.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "storage/format/producer_snapshot.h"
#include "storage/inspect.h"
#include "storage/inspect/test_log.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

using Offsets = std::vector<int64_t>;

// A log with transactions, and what is known of each of its batches.
class History {
 public:
  struct Batch {
    Offset base_offset;
    Offset end_offset;
    int64_t producer_id = -1;  // Of a transaction.
    bool is_marker = false;
    bool is_commit = false;
  };

  void Append(int64_t producer_id, int record_count) {
    TestBatch batch{{}, LeaderEpoch(0), record_count};
    if (producer_id >= 0) batch.transaction_of = ProducerId(producer_id);
    Add(batch, {log_.end(), log_.end() + record_count, producer_id});
  }
  void End(int64_t producer_id, bool is_commit) {
    TestBatch batch{{}, LeaderEpoch(0), 1};
    batch.transaction_of = ProducerId(producer_id);
    batch.is_commit = is_commit;
    Add(batch, {log_.end(), log_.end() + 1, producer_id, true, is_commit});
  }
  void Roll() {
    log_.Roll();
    ++segment_count_;
    snapshots_[log_.end()] = Open(log_.end());
  }

  // The first offsets of the transactions that are open at `end`, by producer.
  std::map<int64_t, Offset> Open(Offset end) const {
    std::map<int64_t, Offset> open;
    for (const Batch& batch : batches_) {
      if (batch.base_offset >= end || batch.producer_id < 0) continue;
      if (batch.is_marker) {
        open.erase(batch.producer_id);
      } else {
        open.emplace(batch.producer_id, batch.base_offset);
      }
    }
    return open;
  }

  Offset LastStable() const {
    Offset last_stable = log_.end();
    for (const auto& [producer_id, first] : Open(log_.end())) {
      last_stable = std::min(last_stable, first);
    }
    return last_stable;
  }

  // Base offsets of the batches that a committed read from `from` returns.
  Offsets Committed(Offset from) const {
    Offsets offsets;
    for (size_t i = 0; i < batches_.size(); ++i) {
      const Batch& batch = batches_[i];
      if (batch.end_offset <= from || batch.is_marker) continue;
      if (batch.base_offset >= LastStable()) break;
      if (batch.producer_id < 0 || IsCommitted(i)) offsets.push_back(batch.base_offset.value());
    }
    return offsets;
  }

  // Writes the files of a killed writer; snapshots only where `with_snapshots`.
  void Write(FileSystem* file_system, bool with_snapshots) const {
    log_.WriteKilled(file_system);
    if (!with_snapshots) return;
    for (const auto& [offset, open] : snapshots_) {
      std::vector<ProducerSnapshotEntry> entries;
      for (const auto& [producer_id, first] : open) {
        ProducerSnapshotEntry entry;
        entry.producer_id = ProducerId(producer_id);
        entry.open_transaction_first_offset = first;
        entries.push_back(entry);
      }
      PutFile(file_system,
              absl::StrFormat("%s/%020d.snapshot", TestLog::kDirectory, offset.value()),
              FormatProducerSnapshot(entries));
    }
  }
  // Brings the .log files up to date.
  void WriteOn(FileSystem* file_system) const {
    for (size_t i = 0; i < segment_count_; ++i) {
      PutFile(file_system, log_.LogPath(i), log_.log_bytes(i) + std::string(500, '\0'));
    }
  }

  const TestLog& log() const { return log_; }

 private:
  void Add(const TestBatch& batch, const Batch& known) {
    log_.Append(batch);
    batches_.push_back(known);
  }
  bool IsCommitted(size_t number) const {
    for (size_t i = number; i < batches_.size(); ++i) {
      if (batches_[i].is_marker && batches_[i].producer_id == batches_[number].producer_id) {
        return batches_[i].is_commit;
      }
    }
    return false;
  }

  TestLog log_;
  size_t segment_count_ = 1;
  std::vector<Batch> batches_;
  std::map<Offset, std::map<int64_t, Offset>> snapshots_;
};

std::unique_ptr<ReadOnlyPartition> Open(FileSystem* file_system) {
  auto partition = ReadOnlyPartition::Open(file_system, TestLog::kDirectory);
  EXPECT_TRUE(partition.ok()) << partition.status();
  return *std::move(partition);
}

// Reads on from `*from` until nothing more comes.
Offsets ReadOn(ReadOnlyPartition* partition, Offset* from, int64_t bytes_max) {
  Offsets offsets;
  for (std::string bytes;;) {
    const absl::StatusOr<Offset> next = partition->ReadCommitted(*from, bytes_max, &bytes);
    EXPECT_TRUE(next.ok()) << next.status();
    if (!next.ok()) return offsets;
    for (absl::string_view rest = bytes; !rest.empty();) {
      const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
      EXPECT_TRUE(batch.ok());
      offsets.push_back(batch->base_offset().value());
      rest.remove_prefix(batch->bytes().size());
    }
    if (*next == *from) {
      EXPECT_EQ(bytes, "");
      return offsets;
    }
    EXPECT_GT(*next, *from);
    *from = *next;
  }
}

Offsets ReadAll(FileSystem* file_system, Offset from, int64_t bytes_max = 1 << 20) {
  return ReadOn(Open(file_system).get(), &from, bytes_max);
}

TEST(ReadCommitted, LeavesOutAbortedRecordsAndMarkers) {
  History history;
  history.Append(-1, 2);  // 0
  history.Append(1, 2);   // 2
  history.Append(2, 1);   // 4
  history.End(1, false);  // 5
  history.Append(1, 3);   // 6
  history.End(2, true);   // 9
  history.End(1, true);   // 10
  history.Append(-1, 1);  // 11
  MemoryFileSystem file_system;
  history.Write(&file_system, /*with_snapshots=*/false);
  EXPECT_EQ(ReadAll(&file_system, Offset(0)), (Offsets{0, 4, 6, 11}));
  EXPECT_EQ(ReadAll(&file_system, Offset(3)), (Offsets{4, 6, 11}));
  EXPECT_EQ(Open(&file_system)->FindLastStable().value(), Offset(12));
}

TEST(ReadCommitted, EndsAtTheFirstOpenTransactionUntilItIsDecided) {
  History history;
  history.Append(-1, 1);  // 0
  history.Append(1, 2);   // 1
  history.Append(-1, 1);  // 3
  MemoryFileSystem file_system;
  history.Write(&file_system, /*with_snapshots=*/false);
  const auto partition = Open(&file_system);
  Offset from(0);
  EXPECT_EQ(ReadOn(partition.get(), &from, 1 << 20), Offsets{0});
  EXPECT_EQ(from, Offset(1));
  EXPECT_EQ(partition->FindLastStable().value(), Offset(1));
  EXPECT_EQ(ReadAll(&file_system, Offset(3)), Offsets{}) << "behind the last stable offset";
  history.End(1, true);  // 4
  history.WriteOn(&file_system);
  EXPECT_EQ(ReadOn(partition.get(), &from, 1 << 20), (Offsets{1, 3}));
  EXPECT_EQ(from, Offset(5));
  EXPECT_EQ(partition->FindLastStable().value(), Offset(5));
}

TEST(ReadCommitted, BeginsAnewWhereTheLogWasCut) {
  History history;
  history.Append(1, 2);  // 0
  history.End(1, true);  // 2
  MemoryFileSystem file_system;
  history.Write(&file_system, /*with_snapshots=*/false);
  const auto partition = Open(&file_system);
  Offset from(0);
  EXPECT_EQ(ReadOn(partition.get(), &from, 1 << 20), Offsets{0});
  History other;
  other.Append(1, 2);
  other.End(1, false);
  other.Append(2, 2);  // 3
  other.End(2, true);
  other.WriteOn(&file_system);
  from = Offset(0);
  EXPECT_EQ(ReadOn(partition.get(), &from, 1 << 20), Offsets{3});
}

TEST(ReadCommitted, AgreesWithAModelOnRandomHistories) {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SeededRandom random(seed);
    const auto draw = [&](uint64_t n) { return static_cast<int64_t>(random.Next() % n); };
    const bool with_snapshots = draw(2) == 0;
    History history;
    const int64_t steps = 5 + draw(40);
    for (int64_t i = 0; i < steps; ++i) {
      const int64_t producer_id = draw(3);
      const int64_t what = draw(10);
      if (what < 2) history.Append(-1, 1 + static_cast<int>(draw(3)));
      if (what >= 2 && what < 6) history.Append(producer_id, 1 + static_cast<int>(draw(3)));
      if (what >= 6 && what < 9) history.End(producer_id, draw(2) == 0);
      if (what == 9 && history.log().end() > Offset(0)) history.Roll();
    }
    if (history.log().end() == Offset(0)) continue;
    MemoryFileSystem file_system;
    history.Write(&file_system, with_snapshots);
    EXPECT_EQ(Open(&file_system)->FindLastStable().value(), history.LastStable()) << seed;
    for (Offset from(0); from <= history.log().end(); ++from) {
      ASSERT_EQ(ReadAll(&file_system, from, 1 + draw(400)), history.Committed(from))
          << "seed " << seed << ", from " << from.value();
    }
  }
}

TEST(ReadCommitted, AFollowerOfAGrowingLogMissesAndRepeatsNothing) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SeededRandom random(seed);
    const auto draw = [&](uint64_t n) { return static_cast<int64_t>(random.Next() % n); };
    History history;
    history.Append(-1, 1);
    MemoryFileSystem file_system;
    history.Write(&file_system, /*with_snapshots=*/false);
    const auto partition = Open(&file_system);
    Offset from(0);
    Offsets seen;
    for (int64_t i = 0; i < 40; ++i) {
      const int64_t what = draw(6);
      if (what == 0) history.Append(-1, 1);
      if (what == 1 || what == 2) history.Append(draw(3), 1);
      if (what >= 3 && what < 5) history.End(draw(3), draw(2) == 0);
      if (what == 5) history.Roll();
      history.WriteOn(&file_system);
      for (const int64_t offset : ReadOn(partition.get(), &from, 1 + draw(300))) {
        seen.push_back(offset);
      }
      ASSERT_EQ(seen, history.Committed(Offset(0))) << "seed " << seed << ", step " << i;
    }
  }
}

}  // namespace
}  // namespace tidemark
