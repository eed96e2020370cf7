// Goal: what a log says of its producers and transactions is what its batches say, whatever
// happened to it. Method: a script of idempotent and transactional appends runs on a file system in
// memory, and is ended after every single change to the files; the log that is opened then is
// compared with a model that reads nothing but the batches that are there.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/error_code.h"
#include "storage/format/producer_snapshot.h"
#include "storage/log/log_harness.h"
#include "storage/log/producer_state.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

// A log that is used as producers and their coordinator do.
struct ProducerLife : LogHarness {
  // The batches here are of 1970.
  ProducerLife() { parameters.config.producer_expiration = absl::InfiniteDuration(); }

  std::map<int64_t, int32_t> next_sequence;

  absl::StatusOr<AppendResult> AppendBatch(int64_t id, int32_t sequence, const Strings& values,
                                           bool is_transactional, int epoch = 0,
                                           AppendOrigin origin = AppendOrigin::kClient) {
    RecordBatchOptions options;
    options.producer_id = ProducerId(id);
    options.producer_epoch = ProducerEpoch(static_cast<int16_t>(epoch));
    options.base_sequence = Sequence(sequence);
    options.is_transactional = is_transactional;
    std::string batch = MakeBatch(values, Timestamp(1000), options);
    AppendOptions append;
    append.origin = origin;
    return log->Append(absl::MakeSpan(batch), append);
  }

  // The next batch of the producer.
  absl::StatusOr<AppendResult> Send(int64_t id, const Strings& values, bool is_transactional) {
    absl::StatusOr<AppendResult> sent =
        AppendBatch(id, next_sequence[id], values, is_transactional);
    if (sent.ok()) next_sequence[id] += static_cast<int32_t>(values.size());
    return sent;
  }

  absl::StatusOr<AppendResult> End(int64_t id, bool is_commit, int epoch = 0,
                                   int32_t coordinator_epoch = 0) {
    TransactionEnd end;
    end.producer_id = ProducerId(id);
    end.producer_epoch = ProducerEpoch(static_cast<int16_t>(epoch));
    end.is_commit = is_commit;
    end.coordinator_epoch = coordinator_epoch;
    return log->EndTransaction(end, {});
  }

  std::string AllBytes() {
    std::string all;
    std::string bytes;
    Offset offset = log->offsets().log_start;
    while (true) {
      const absl::StatusOr<ReadInfo> info = log->Read(offset, {}, &bytes);
      EXPECT_TRUE(info.ok()) << info.status();
      if (!info.ok() || bytes.empty()) return all;
      all += bytes;
      offset = info->next_offset;
    }
  }

  // The values that a reader of committed records gets, reading from `offset` on in small steps.
  Strings ReadCommitted(Offset offset, int64_t bytes_max = 100) {
    Strings values;
    std::string bytes;
    ReadOptions options;
    options.isolation = IsolationLevel::kReadCommitted;
    options.bytes_max = bytes_max;
    while (true) {
      const absl::StatusOr<ReadInfo> info = log->Read(offset, options, &bytes);
      EXPECT_TRUE(info.ok()) << info.status();
      if (!info.ok() || bytes.empty()) return values;
      TakeCommitted(bytes, *info, &values);
      offset = info->next_offset;
    }
  }

  // As a Kafka consumer does it.
  static void TakeCommitted(absl::string_view bytes, const ReadInfo& info, Strings* values) {
    std::set<ProducerId> aborted;
    size_t next = 0;
    while (!bytes.empty()) {
      const RecordBatchView batch = *RecordBatchView::Parse(bytes);
      bytes.remove_prefix(batch.bytes().size());
      for (; next < info.aborted_transactions.size() &&
             info.aborted_transactions[next].first_offset <= batch.last_offset();
           ++next) {
        aborted.insert(info.aborted_transactions[next].producer_id);
      }
      if (batch.is_control()) {
        if (!(*ReadProducerBatch(batch))->marker->is_commit) aborted.erase(batch.producer_id());
        continue;
      }
      if (batch.is_transactional() && aborted.contains(batch.producer_id())) continue;
      for (const std::string& record : Describe(batch.bytes())) values->push_back(record);
    }
  }
};

// What the batches say by themselves.
struct Truth {
  Strings committed;
  Offset last_stable;
  struct Producer {
    int epoch = 0;
    int32_t last_sequence = -1;
  };
  std::map<int64_t, Producer> producers;
};

Truth ReadTruth(absl::string_view bytes, Offset log_end) {
  struct Pending {
    std::map<int64_t, std::string> values;  // By offset.
  };
  Truth truth;
  std::map<int64_t, std::string> committed;
  std::map<int64_t, Pending> open;
  std::map<int64_t, int64_t> first_offsets;
  while (!bytes.empty()) {
    const RecordBatchView batch = *RecordBatchView::Parse(bytes);
    bytes.remove_prefix(batch.bytes().size());
    const int64_t id = batch.producer_id().value();
    if (id >= 0 && truth.producers[id].epoch != batch.producer_epoch().value()) {
      truth.producers[id] = {batch.producer_epoch().value(), -1};
    }
    if (batch.is_control()) {
      if ((*ReadProducerBatch(batch))->marker->is_commit) committed.merge(open[id].values);
      open.erase(id);
      first_offsets.erase(id);
      continue;
    }
    if (id >= 0) {
      truth.producers[id].last_sequence = (*ReadProducerBatch(batch))->last_sequence().value();
    }
    if (batch.is_transactional()) first_offsets.emplace(id, batch.base_offset().value());
    auto& values = batch.is_transactional() ? open[id].values : committed;
    int64_t offset = batch.base_offset().value();
    for (const std::string& record : Describe(batch.bytes())) values[offset++] = record;
  }
  truth.last_stable = log_end;
  for (const auto& [id, first] : first_offsets) {
    truth.last_stable = std::min(truth.last_stable, Offset(first));
  }
  for (const auto& [offset, value] : committed) {
    if (Offset(offset) < truth.last_stable) truth.committed.push_back(value);
  }
  return truth;
}

void ExpectTruth(ProducerLife* life, const std::string& context) {
  const LogOffsets offsets = life->log->offsets();
  const Truth truth = ReadTruth(life->AllBytes(), offsets.log_end);
  EXPECT_EQ(offsets.last_stable, truth.last_stable) << context;
  ASSERT_EQ(life->ReadCommitted(offsets.log_start), truth.committed) << context;
  for (const auto& [id, known] : truth.producers) {
    const int32_t last = known.last_sequence;
    const auto gap = life->AppendBatch(id, last + 2, {"gap"}, true, known.epoch);
    ASSERT_EQ(ErrorCodeOf(gap.status()), ErrorCode::kOutOfOrderSequenceNumber)
        << context << " producer " << id << " " << gap.status();
    const auto next = life->AppendBatch(id, last + 1, {"next"}, true, known.epoch);
    ASSERT_TRUE(next.ok()) << context << " producer " << id << " " << next.status();
  }
}

void RunScript(ProducerLife* life) {
  life->parameters.config.segment_bytes_max = 600;
  if (!life->Open().ok()) return;
  for (int i = 0; i < 6; ++i) {
    life->Send(1, {absl::StrCat("a", i)}, true).IgnoreError();
    life->Send(2, {absl::StrCat("b", i), "bb"}, false).IgnoreError();
    life->Append({absl::StrCat("plain", i)}).IgnoreError();
    life->Send(3, {absl::StrCat("c", i)}, true).IgnoreError();
    life->End(1, i % 2 == 0).IgnoreError();
    if (i % 3 == 2) life->End(3, false).IgnoreError();
    life->executor.RunUntilIdle();
  }
  life->log->TruncateTo(Offset(30)).IgnoreError();
  life->next_sequence.clear();
  life->Append({"plain"}).IgnoreError();
  life->End(1, false, 1).IgnoreError();
  life->log->Close().IgnoreError();
}

int64_t ChangesOfScript() {
  ProducerLife life;
  const int64_t before = life.file_system.changes();
  RunScript(&life);
  return life.file_system.changes() - before;
}

TEST(TransactionsCrash, WhateverIsLeftOfTheLogSaysWhoWroteItAndWhatIsCommitted) {
  const int64_t changes = ChangesOfScript();
  ASSERT_GT(changes, 40);
  for (int64_t k = 1; k <= changes; ++k) {
    ProducerLife life;
    life.file_system.CrashAfterChanges(k);
    RunScript(&life);
    ASSERT_TRUE(life.CrashAndOpen().ok()) << k;
    ASSERT_NO_FATAL_FAILURE(ExpectTruth(&life, absl::StrCat("after change ", k)));
    ASSERT_TRUE(life.Reopen().ok()) << k;
    ASSERT_NO_FATAL_FAILURE(ExpectTruth(&life, absl::StrCat("and once more, after ", k)));
  }
}

TEST(TransactionsCrash, SoDoesWhatAPowerLossLeaves) {
  const int64_t changes = ChangesOfScript();
  for (const PowerLossMode mode :
       {PowerLossMode::kDropAll, PowerLossMode::kSubset, PowerLossMode::kSubsetWithGarbage}) {
    for (int64_t k = 1; k <= changes; ++k) {
      ProducerLife life;
      life.file_system.CrashAfterChanges(k);
      RunScript(&life);
      SeededRandom choices(static_cast<uint64_t>(k));
      ASSERT_TRUE(life.LosePowerAndOpen(mode, &choices).ok()) << k;
      ASSERT_NO_FATAL_FAILURE(
          ExpectTruth(&life, absl::StrCat("mode ", static_cast<int>(mode), " after change ", k)));
    }
  }
}

class TransactionsTest : public testing::Test, public ProducerLife {
 protected:
  void SetUp() override {
    parameters.config.segment_bytes_max = 600;
    ASSERT_TRUE(Open().ok());
  }
  void RunSomeTransactions() {
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(Send(1, {absl::StrCat("a", i)}, true).ok());
      ASSERT_TRUE(Send(2, {absl::StrCat("b", i)}, true).ok());
      ASSERT_TRUE(End(1, i % 2 == 0).ok());
      ASSERT_TRUE(End(2, i % 3 == 0).ok());
    }
  }
  bool HasFile(absl::string_view suffix) {
    for (const std::string& name : Files()) {
      if (absl::EndsWith(name, suffix)) return true;
    }
    return false;
  }
};

TEST_F(TransactionsTest, ARepeatedBatchIsAnsweredWithItsFirstOffsets) {
  ASSERT_EQ(AppendBatch(7, 0, {"x", "y"}, false)->base_offset, Offset(0));
  ASSERT_EQ(AppendBatch(7, 2, {"z"}, false)->base_offset, Offset(2));
  for (int again = 0; again < 2; ++again) {
    const absl::StatusOr<AppendResult> repeated = AppendBatch(7, 0, {"x", "y"}, false);
    ASSERT_TRUE(repeated.ok());
    EXPECT_TRUE(repeated->is_duplicate);
    EXPECT_EQ(repeated->base_offset, Offset(0));
    EXPECT_EQ(repeated->last_offset, Offset(1));
  }
  EXPECT_FALSE(AppendBatch(7, 3, {"new"}, false)->is_duplicate);
  EXPECT_EQ(log->offsets().log_end, Offset(4));
  ASSERT_TRUE(Reopen().ok());
  EXPECT_TRUE(AppendBatch(7, 3, {"new"}, false)->is_duplicate) << "the last one is in the snapshot";
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_TRUE(AppendBatch(7, 2, {"z"}, false)->is_duplicate) << "read from the log again";
}

TEST_F(TransactionsTest, TellsErrorsByKafkasCodes) {
  ASSERT_TRUE(AppendBatch(7, 0, {"x"}, true, 1).ok());
  const auto code = [](const absl::StatusOr<AppendResult>& result) {
    EXPECT_TRUE(absl::StartsWith(result.status().message(), "t-0: ")) << result.status();
    return ErrorCodeOf(result.status());
  };
  EXPECT_EQ(code(AppendBatch(7, 5, {"x"}, true, 1)), ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(code(AppendBatch(7, 1, {"x"}, true, 0)), ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(code(AppendBatch(7, 1, {"x"}, false, 1)), ErrorCode::kInvalidTransactionState);
  EXPECT_EQ(code(AppendBatch(7, -1, {"x"}, true, 1)), ErrorCode::kInvalidRecord);
  ASSERT_TRUE(End(7, true, 1, /*coordinator_epoch=*/3).ok());
  EXPECT_EQ(code(End(7, true, 1, /*coordinator_epoch=*/2)),
            ErrorCode::kTransactionCoordinatorFenced);
  EXPECT_EQ(End(-1, true).status().code(), absl::StatusCode::kInvalidArgument);
  std::string marker = AllBytes().substr(MakeBatch({"x"}).size());
  EXPECT_EQ(code(log->Append(absl::MakeSpan(marker), {})), ErrorCode::kInvalidRecord)
      << "a client writes no markers";
  EXPECT_EQ(log->offsets().log_end, Offset(2)) << "nothing of all that was appended";
}

TEST_F(TransactionsTest, ACoordinatorsBatchesNeedNoSequence) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(AppendBatch(7, -1, {"offset"}, true, 0, AppendOrigin::kCoordinator).ok());
  }
  EXPECT_EQ(log->offsets().last_stable, Offset(0));
  ASSERT_TRUE(End(7, true).ok());
  EXPECT_EQ(log->offsets().last_stable, Offset(3));
}

TEST_F(TransactionsTest, ReadersOfCommittedRecordsStopAtTheLastStableOffset) {
  ASSERT_TRUE(Append({"before"}).ok());
  ASSERT_TRUE(Send(1, {"open"}, true).ok());
  ASSERT_TRUE(Append({"behind"}).ok());
  EXPECT_EQ(log->offsets().last_stable, Offset(1));
  EXPECT_EQ(ReadCommitted(Offset(0)), Strings{"0:before"});
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_TRUE(ReadCommitted(Offset(2)).empty()) << "above the last stable offset nothing comes";
  ASSERT_TRUE(End(1, true).ok());
  EXPECT_EQ(ReadCommitted(Offset(0)), (Strings{"0:before", "1:open", "2:behind"}));
}

TEST_F(TransactionsTest, EveryReadTellsWhatWasAbortedInIt) {
  RunSomeTransactions();
  const Truth truth = ReadTruth(AllBytes(), log->offsets().log_end);
  ASSERT_GT(log->stats().segment_count, 3);
  for (const int64_t bytes_max : {1, 150, 1 << 20}) {
    EXPECT_EQ(ReadCommitted(Offset(0), bytes_max), truth.committed) << bytes_max;
  }
  ReadOptions options;
  options.isolation = IsolationLevel::kReadCommitted;
  for (int64_t from = 0; from < log->offsets().log_end.value(); ++from) {
    const LogView view = *log->View(Offset(from), options);
    const LogFileRange range = *log->FileRange(Offset(from), options);
    EXPECT_EQ(view.info.aborted_transactions, range.info.aborted_transactions) << from;
    Strings values;
    TakeCommitted(view.bytes, view.info, &values);
    for (const std::string& value : values) {
      EXPECT_NE(std::find(truth.committed.begin(), truth.committed.end(), value),
                truth.committed.end())
          << value << " from " << from;
    }
  }
  options.isolation = IsolationLevel::kReadUncommitted;
  EXPECT_TRUE(log->View(Offset(0), options)->info.aborted_transactions.empty());
}

TEST_F(TransactionsTest, ASnapshotAtTheEndThatARecoveryDidNotUseIsWrittenAgain) {
  ASSERT_TRUE(Send(1, {"open"}, true).ok());
  ASSERT_TRUE(log->Close().ok());
  // A sound one, of a log in which nothing is open.
  const std::unique_ptr<File> file =
      *file_system.Open("/log/00000000000000000001.snapshot", OpenMode::kReadWrite);
  const std::string other = FormatProducerSnapshot({});
  ASSERT_TRUE(file->Truncate(0).ok());
  ASSERT_TRUE(file->Write(0, other).ok());
  ASSERT_TRUE(Open(false, Offset(0)).ok());
  ASSERT_EQ(log->offsets().last_stable, Offset(0));
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(log->offsets().last_stable, Offset(0));
}

TEST_F(TransactionsTest, SideFilesThatAreGoneOrWrongAreMadeAgain) {
  RunSomeTransactions();
  ASSERT_TRUE(Send(1, {"open"}, true).ok());
  const Offset end = log->offsets().log_end;
  const Truth truth = ReadTruth(AllBytes(), end);
  ASSERT_TRUE(log->Close().ok());
  const MemorySnapshot clean = file_system.Snapshot();
  ASSERT_TRUE(HasFile(".txnindex"));
  for (const bool was_clean : {true, false}) {
    for (const std::string& name : Files()) {
      const bool is_index = name.ends_with(".txnindex");
      if (!is_index && !name.ends_with(".snapshot")) continue;
      for (const std::string damage : {"gone", "garbage", "cut"}) {
        // Without its file a segment that is not read again has nothing aborted, as for Kafka.
        if (is_index && damage == "gone" && was_clean) continue;
        const std::string context = absl::StrCat(name, " ", damage, " clean ", was_clean);
        file_system.Restore(clean);
        const std::string path = "/log/" + name;
        if (damage == "gone") {
          ASSERT_TRUE(file_system.Remove(path).ok());
        } else {
          const std::unique_ptr<File> file = *file_system.Open(path, OpenMode::kReadWrite);
          const int64_t size = *file->Size();
          ASSERT_TRUE((damage == "cut"
                           ? file->Truncate(size - 5)
                           : file->Write(0, std::string(static_cast<size_t>(size), 'Z')))
                          .ok());
        }
        ASSERT_TRUE(Open(was_clean, was_clean ? end : Offset(0)).ok()) << context;
        ASSERT_NO_FATAL_FAILURE(ExpectTruth(this, context));
        EXPECT_EQ(ReadTruth(AllBytes(), end).committed.size(), truth.committed.size()) << context;
      }
    }
  }
}

TEST_F(TransactionsTest, AfterACleanStopTheSnapshotAloneTellsTheState) {
  RunSomeTransactions();
  ASSERT_TRUE(log->Close().ok());
  std::map<std::string, int> reads;
  file_system.SetFaultHook([&](const FileOperation& operation) {
    if (operation.kind == FileOperation::Kind::kRead) ++reads[operation.path];
    return FileFault();
  });
  ASSERT_TRUE(Open(true, log->offsets().log_end).ok());
  file_system.SetFaultHook(nullptr);
  EXPECT_EQ(reads.count("/log/00000000000000000000.log"), 0u);
  EXPECT_EQ(ErrorCodeOf(AppendBatch(1, 100, {"gap"}, true).status()),
            ErrorCode::kOutOfOrderSequenceNumber);
}

TEST_F(TransactionsTest, ATruncationTakesProducersBackToo) {
  ASSERT_TRUE(Send(1, {"kept"}, false).ok());
  ASSERT_TRUE(Send(2, {"open"}, true).ok());
  ASSERT_TRUE(Send(1, {"cut"}, false).ok());
  ASSERT_TRUE(End(2, false).ok());
  ASSERT_TRUE(log->TruncateTo(Offset(2)).ok());
  EXPECT_EQ(log->offsets().last_stable, Offset(1)) << "the transaction is open again";
  EXPECT_EQ(AppendBatch(1, 1, {"again"}, false)->base_offset, Offset(2));
  ASSERT_TRUE(End(2, true).ok());
  EXPECT_EQ(ReadCommitted(Offset(0)), (Strings{"0:kept", "1:open", "2:again"}));
  RunSomeTransactions();
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(1000)).ok());
  EXPECT_FALSE(HasFile(".snapshot"));
  EXPECT_FALSE(HasFile(".txnindex"));
  EXPECT_EQ(AppendBatch(1, 77, {"unknown"}, false)->base_offset, Offset(1000));
  EXPECT_EQ(log->offsets().last_stable, Offset(1001));
}

TEST_F(TransactionsTest, ATruncationLeavesStableWhatIs) {
  ASSERT_TRUE(Send(1, {"kept"}, true).ok());
  ASSERT_TRUE(End(1, true).ok());
  ASSERT_TRUE(Send(1, {"cut"}, false).ok());
  log->SetHighWatermark(Offset(2));
  ASSERT_TRUE(log->TruncateTo(Offset(2)).ok());
  EXPECT_EQ(log->offsets().last_stable, Offset(2));
  ASSERT_TRUE(Send(2, {"not replicated"}, true).ok());
  ASSERT_TRUE(End(2, true).ok());
  log->SetHighWatermark(Offset(3));
  EXPECT_EQ(log->offsets().last_stable, Offset(2)) << "its marker is not below";
}

TEST_F(TransactionsTest, AFollowerKnowsWhatItsLeaderDoes) {
  RunSomeTransactions();
  ASSERT_TRUE(Send(1, {"open"}, true).ok());
  const std::string bytes = AllBytes();
  ProducerLife follower;
  ASSERT_TRUE(follower.Open().ok());
  ASSERT_TRUE(follower.log->AppendAsFollower(bytes).ok());
  EXPECT_EQ(follower.log->offsets().last_stable, log->offsets().last_stable);
  EXPECT_EQ(follower.ReadCommitted(Offset(0)), ReadCommitted(Offset(0)));
  EXPECT_EQ(ErrorCodeOf(follower.AppendBatch(2, 100, {"gap"}, true).status()),
            ErrorCode::kOutOfOrderSequenceNumber);
}

TEST_F(TransactionsTest, SilentProducersAreForgotten) {
  ASSERT_TRUE(AppendBatch(1, 0, {"x"}, false).ok());
  parameters.config.producer_expiration = absl::Hours(1);
  log->SetConfig(parameters.config);
  log->ExpireProducers();
  EXPECT_TRUE(AppendBatch(1, 500, {"x"}, false).ok()) << "its last batch is of 1970";
}

TEST_F(TransactionsTest, ACompactedLogTakesNoRecordWithoutAKey) {
  parameters.config.keys_required = true;
  log->SetConfig(parameters.config);
  for (const bool is_trusted : {false, true}) {
    std::string batch = MakeBatch({"no key"});
    AppendOptions options;
    options.is_trusted = is_trusted;
    const absl::Status status = log->Append(absl::MakeSpan(batch), options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidRecord);
  }
  RecordBatchBuilder builder;
  Record record;
  record.key = "k";
  ASSERT_TRUE(builder.Add(record).ok());
  EXPECT_TRUE(log->Append(*builder.Finish(), {}).ok());
  EXPECT_TRUE(End(1, true).ok());
}

}  // namespace
}  // namespace tidemark
