#include "storage/journal/journal.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/env/whole_file.h"
#include "storage/journal/journal_replay.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

constexpr char kRoot[] = "/data";
constexpr char kPath[] = "/data/tidemark.journal";

// A log of one segment, whose bytes are nowhere but here.
class FakeLog : public JournalClient {
 public:
  FakeLog(uint8_t number, Strings* heard) : heard_(heard) { key_.topic_id.bytes[0] = number; }

  void Append(const std::string& bytes) {
    bytes_ += bytes;
    wants_commit_ = true;
  }
  int64_t committed_bytes() const { return committed_bytes_; }
  int64_t flushed_bytes() const { return flushed_bytes_; }
  void FailFlushes(const absl::Status& status) { flush_status_ = status; }

  JournalKey key() const override { return key_; }
  bool Begin() override { return wants_commit_; }
  absl::StatusOr<Tail> Collect() override {
    Tail tail;
    tail.end_offset = Offset(static_cast<int64_t>(bytes_.size()));
    const auto done = std::max(committed_bytes_, flushed_bytes_);
    if (done < tail.end_offset.value()) {
      tail.entries.push_back({JournalEntryKind::kBytes, key_, Offset(0), done,
                              absl::string_view(bytes_).substr(static_cast<size_t>(done))});
    }
    return tail;
  }
  std::function<void()> End(const absl::StatusOr<Offset>& durable_end) override {
    wants_commit_ = false;
    if (durable_end.ok()) NoteCommitted(*durable_end);
    return [this, durable_end] { heard_->push_back(absl::StrCat("end ", Name())); };
  }
  void Decline() override {
    wants_commit_ = false;
    flushed_bytes_ = static_cast<int64_t>(bytes_.size());
    heard_->push_back(absl::StrCat("decline ", Name()));
  }
  absl::Status Flush() override {
    if (!flush_status_.ok()) return flush_status_;
    flushed_bytes_ = static_cast<int64_t>(bytes_.size());
    heard_->push_back(absl::StrCat("flush ", Name()));
    return absl::OkStatus();
  }
  void NoteCommitted(Offset end) { committed_bytes_ = end.value(); }

 private:
  std::string Name() const { return absl::StrCat(key_.topic_id.bytes[0]); }

  Strings* const heard_;
  JournalKey key_;
  std::string bytes_;
  int64_t committed_bytes_ = 0;
  int64_t flushed_bytes_ = 0;
  bool wants_commit_ = false;
  absl::Status flush_status_;
};

class JournalTest : public testing::Test {
 protected:
  static constexpr int64_t kHalfBytes = int64_t{16} << 10;

  JournalTest() {
    EXPECT_TRUE(file_system_.CreateDirectory(kRoot).ok());
    EXPECT_TRUE(file_system_.SyncDirectory("/").ok());
    journal_ = std::make_shared<Journal>(&file_system_, &executor_, kRoot, 2 * kHalfBytes);
    EXPECT_FALSE(journal_->Commit(MakeLog(255)).has_value()) << "the file is not there yet";
    executor_.RunUntilIdle();
    EXPECT_TRUE(file_system_.Stat(kPath).ok());
  }

  std::shared_ptr<FakeLog> MakeLog(uint8_t number) {
    return std::make_shared<FakeLog>(number, &heard_);
  }

  // False if it was declined.
  bool Commit(const std::shared_ptr<FakeLog>& log, int64_t bytes) {
    log->Append(
        std::string(static_cast<size_t>(bytes), static_cast<char>(log->key().topic_id.bytes[0])));
    const auto outcome = journal_->Commit(log);
    if (!outcome.has_value()) return false;
    EXPECT_TRUE(outcome->ok()) << outcome->status();
    log->NoteCommitted(**outcome);
    return true;
  }

  // What a replay puts into the segment of each log, by number.
  std::map<int, std::string> Replay() {
    for (int number = 0; number < 10; ++number) {
      const std::string directory = absl::StrCat("/log", number);
      EXPECT_TRUE(file_system_.CreateDirectory(directory).ok());
      EXPECT_TRUE(ReplaceWholeFile(&file_system_, directory, "00000000000000000000.log", "").ok());
    }
    const absl::StatusOr<JournalReplay> replay = ReplayJournal(
        &file_system_, kRoot,
        [](const JournalKey& log) { return absl::StrCat("/log", log.topic_id.bytes[0]); });
    EXPECT_TRUE(replay.ok()) << replay.status();
    notes_ = replay->notes;
    std::map<int, std::string> found;
    for (int number = 0; number < 10; ++number) {
      const auto bytes = ReadWholeFile(
          &file_system_, absl::StrCat("/log", number, "/00000000000000000000.log"), 1 << 20);
      if (!bytes->empty()) found[number] = *bytes;
    }
    EXPECT_TRUE(absl::IsNotFound(file_system_.Stat(kPath).status()));
    return found;
  }

  void LosePower(PowerLossMode mode = PowerLossMode::kDropAll, uint64_t seed = 0) {
    SeededRandom choices(seed);
    file_system_.PowerLoss(mode, &choices);
  }

  MemoryFileSystem file_system_;
  ManualClock clock_;
  ManualExecutor executor_{&clock_};
  Strings heard_;
  Strings notes_;
  std::shared_ptr<Journal> journal_;
};

TEST_F(JournalTest, WhatIsCommittedIsPutBack) {
  const auto a = MakeLog(1);
  const auto b = MakeLog(2);
  EXPECT_TRUE(Commit(a, 100));
  EXPECT_TRUE(Commit(b, 700));
  EXPECT_TRUE(Commit(a, 50));
  LosePower();
  EXPECT_EQ(Replay(),
            (std::map<int, std::string>{{1, std::string(150, 1)}, {2, std::string(700, 2)}}));
  EXPECT_TRUE(notes_.empty());
}

TEST_F(JournalTest, LogsThatWaitTogetherShareOneWrite) {
  std::vector<std::shared_ptr<FakeLog>> logs;
  for (uint8_t number = 0; number < 5; ++number) {
    logs.push_back(MakeLog(number));
    logs.back()->Append("bytes");
    EXPECT_TRUE(journal_->CommitLater(logs.back()));
  }
  int syncs = 0;
  file_system_.SetFaultHook([&](const FileOperation& operation) -> FileFault {
    if (operation.kind == FileOperation::Kind::kSync) ++syncs;
    return {};
  });
  executor_.RunUntilIdle();
  EXPECT_EQ(syncs, 1);
  EXPECT_EQ(heard_, (Strings{"end 0", "end 1", "end 2", "end 3", "end 4"}));
}

// Together they would fill a half to its last sector, which the group that ends it needs.
TEST_F(JournalTest, WhatLogsWaitForIsWrittenInGroupsThatFitAHalf) {
  // Alone, each would take an eighth of a half.
  constexpr int64_t kBytes = kHalfBytes / 8 - kJournalEntryHeaderBytes - kJournalGroupHeaderBytes;
  std::vector<std::shared_ptr<FakeLog>> logs;
  for (uint8_t number = 0; number < 8; ++number) logs.push_back(MakeLog(number));
  for (int64_t round = 1; round <= 4; ++round) {
    for (const auto& log : logs) {
      log->Append(std::string(static_cast<size_t>(kBytes), 'x'));
      ASSERT_TRUE(journal_->CommitLater(log));
    }
    executor_.RunUntilIdle();
    for (const auto& log : logs) {
      EXPECT_EQ(std::max(log->committed_bytes(), log->flushed_bytes()), round * kBytes);
    }
  }
}

TEST_F(JournalTest, ALogIsKeptUntilItHasCalledBack) {
  auto log = MakeLog(1);
  const std::weak_ptr<FakeLog> weak = log;
  log->Append("bytes");
  ASSERT_TRUE(journal_->CommitLater(log));
  log.reset();
  ASSERT_TRUE(Commit(MakeLog(2), 10)) << "serves the other, which is called back by a task";
  EXPECT_FALSE(weak.expired());
  executor_.RunUntilIdle();
  EXPECT_EQ(heard_, Strings{"end 1"});
  EXPECT_TRUE(weak.expired());
}

TEST_F(JournalTest, WhoWaitsServesTheOthersButCallsNobodyBack) {
  const auto later = MakeLog(1);
  later->Append("bytes");
  EXPECT_TRUE(journal_->CommitLater(later));
  EXPECT_TRUE(Commit(MakeLog(2), 10));
  EXPECT_EQ(later->committed_bytes(), 5);
  EXPECT_TRUE(heard_.empty());
  executor_.RunUntilIdle();
  EXPECT_EQ(heard_, Strings{"end 1"});
}

TEST_F(JournalTest, AHalfIsFilledAgainOnlyWhenItsLogsAreFlushed) {
  const auto a = MakeLog(1);
  const auto b = MakeLog(2);
  EXPECT_TRUE(Commit(a, 3000));
  int commits = 0;
  // No task runs: nothing is flushed.
  while (Commit(b, 3000)) ++commits;
  EXPECT_GE(commits, 5);
  EXPECT_LE(commits, 2 * kHalfBytes / 3000);
  EXPECT_TRUE(heard_.empty());
  executor_.RunUntilIdle();
  EXPECT_EQ(heard_, (Strings{"flush 1", "flush 2"}));
  EXPECT_TRUE(Commit(b, 3000));
}

TEST_F(JournalTest, AHalfWhoseLogCannotBeFlushedStays) {
  const auto a = MakeLog(1);
  const auto b = MakeLog(2);
  EXPECT_TRUE(Commit(a, 3000));
  a->FailFlushes(absl::DataLossError("sync failed"));
  while (Commit(b, 3000)) {
  }
  executor_.RunUntilIdle();
  EXPECT_FALSE(Commit(b, 3000));
  EXPECT_FALSE(journal_->Retire().ok());
  LosePower();
  EXPECT_EQ(Replay()[1], std::string(3000, 1));
}

TEST_F(JournalTest, WhatIsForgottenIsNotPutBack) {
  const auto a = MakeLog(1);
  const auto b = MakeLog(2);
  EXPECT_TRUE(Commit(a, 100));
  EXPECT_TRUE(Commit(b, 100));
  EXPECT_TRUE(journal_->Forget(a).ok());
  EXPECT_EQ(heard_, Strings{"flush 1"});
  LosePower();
  EXPECT_EQ(Replay(), (std::map<int, std::string>{{2, std::string(100, 2)}}));
}

TEST_F(JournalTest, WhatIsFlushedIsToBeForgottenAsWell) {
  const auto a = MakeLog(1);
  const auto b = MakeLog(2);
  EXPECT_TRUE(Commit(a, 100));
  while (heard_.empty()) {
    ASSERT_TRUE(Commit(b, 3000));
    executor_.RunUntilIdle();
  }
  // The first half is done, but nothing on the disk says so.
  EXPECT_TRUE(journal_->Forget(a).ok());
  LosePower();
  EXPECT_FALSE(Replay().contains(1));
}

// A half is filled anew, and the power fails while the first group is written over what told that a
// log is forgotten: any of the old sectors may still be there.
TEST_F(JournalTest, WhatWasForgottenStaysSoWhileAHalfIsWrittenOver) {
  const auto a = MakeLog(1);
  const auto b = MakeLog(2);
  EXPECT_TRUE(Commit(a, 100));
  EXPECT_TRUE(journal_->Forget(a).ok());
  int turns = 0;
  const auto fill = [&] {
    const size_t before = heard_.size();
    while (heard_.size() == before) {
      ASSERT_TRUE(Commit(b, 3000));
      executor_.RunUntilIdle();
    }
    ++turns;
  };
  fill();  // Into the second half, the first is done.
  MemorySnapshot before = file_system_.Snapshot();
  bool is_over = false;
  while (!is_over) {
    // Right before the sync of each group, see what a power loss could leave.
    file_system_.SetFaultHook([&](const FileOperation& operation) -> FileFault {
      if (operation.kind == FileOperation::Kind::kSync && operation.path == kPath &&
          operation.position < kHalfBytes) {
        before = file_system_.Snapshot();
        is_over = true;
      }
      return {};
    });
    ASSERT_TRUE(Commit(b, 3000));
    file_system_.SetFaultHook(nullptr);
    executor_.RunUntilIdle();
  }
  for (uint64_t seed = 0; seed < 200; ++seed) {
    file_system_.Restore(before);
    LosePower(PowerLossMode::kSubset, seed);
    ASSERT_FALSE(Replay().contains(1)) << "seed " << seed;
  }
}

TEST_F(JournalTest, LargeTailsAreDeclined) {
  EXPECT_FALSE(Commit(MakeLog(1), kHalfBytes / 4));
  EXPECT_TRUE(Commit(MakeLog(2), kHalfBytes / 4 - 200));
  const auto later = MakeLog(3);
  later->Append(std::string(static_cast<size_t>(kHalfBytes), 'x'));
  EXPECT_TRUE(journal_->CommitLater(later));
  executor_.RunUntilIdle();
  EXPECT_EQ(heard_, Strings{"decline 3"});
}

TEST_F(JournalTest, AWriteThatFailsIsToldAndGotOver) {
  const auto a = MakeLog(1);
  EXPECT_TRUE(Commit(a, 100));
  file_system_.SetFaultHook([](const FileOperation& operation) -> FileFault {
    if (operation.kind == FileOperation::Kind::kSync) return absl::UnavailableError("I/O error");
    return {};
  });
  EXPECT_FALSE(Commit(a, 100));
  file_system_.SetFaultHook(nullptr);
  EXPECT_FALSE(journal_->status().ok());
  EXPECT_FALSE(Commit(a, 100)) << "nothing is written behind a group that may be torn";
  journal_->Recover();
  EXPECT_EQ(heard_, Strings{"flush 1"});
  EXPECT_TRUE(journal_->status().ok());
  EXPECT_FALSE(file_system_.Stat(kPath).ok());
  EXPECT_FALSE(Commit(a, 100));
  executor_.RunUntilIdle();
  EXPECT_TRUE(Commit(a, 100));
}

TEST_F(JournalTest, AFileThatCannotBeMadeIsTriedAgainLater) {
  EXPECT_TRUE(journal_->Retire().ok());
  file_system_.SetCapacityBytes(file_system_.used_bytes());
  EXPECT_FALSE(Commit(MakeLog(1), 100));
  executor_.RunUntilIdle();
  EXPECT_TRUE(absl::IsResourceExhausted(journal_->status())) << journal_->status();
  EXPECT_EQ(file_system_.List(kRoot)->size(), 0u);
  file_system_.SetCapacityBytes(int64_t{1} << 30);
  journal_->Recover();
  EXPECT_FALSE(Commit(MakeLog(1), 100));
  executor_.RunUntilIdle();
  EXPECT_TRUE(Commit(MakeLog(1), 100));
}

TEST_F(JournalTest, ALogThatLeavesKeepsNobodyWaiting) {
  const auto a = MakeLog(1);
  EXPECT_TRUE(Commit(a, 100));
  a->FailFlushes(absl::FailedPreconditionError("closed"));
  journal_->Leave(a.get());
  EXPECT_TRUE(journal_->Retire().ok());
}

TEST_F(JournalTest, DamageIsNoted) {
  const auto a = MakeLog(1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Commit(a, 100));
  const auto file = file_system_.Open(kPath, OpenMode::kReadWrite);
  ASSERT_TRUE((*file)->Write(512 + 100, "x").ok());
  EXPECT_EQ(Replay()[1], std::string(100, 1));
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_EQ(notes_[0].substr(0, 46), "/data/tidemark.journal at position 512: damage");
}

TEST_F(JournalTest, AnotherSizeMakesAnotherFile) {
  EXPECT_TRUE(Commit(MakeLog(1), 0));
  EXPECT_TRUE(journal_->Resize(64 << 10).ok());
  EXPECT_FALSE(Commit(MakeLog(1), 100));
  executor_.RunUntilIdle();
  EXPECT_EQ(file_system_.Stat(kPath)->size_bytes, 64 << 10);
  EXPECT_TRUE(journal_->Resize(0).ok());
  EXPECT_FALSE(Commit(MakeLog(1), 100));
  executor_.RunUntilIdle();
  EXPECT_FALSE(file_system_.Stat(kPath).ok());
}

}  // namespace
}  // namespace tidemark
