// What producers with an id and transactions promise, through the surface that embedders use.

#include "api/producer.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/testing/memory_tide.h"
#include "api/tidemark.h"
#include "storage/engine.h"
#include "storage/error_code.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

const TopicPartition kOrders0{"orders", PartitionId{0}};
constexpr FetchOptions kCommitted{.isolation = IsolationLevel::kReadCommitted};

ProduceOptions To(int32_t partition) { return {.partition = PartitionId{partition}}; }

// A Tidemark with the topic "orders" of two partitions.
class ProducerTest : public testing::Test {
 protected:
  ProducerTest() {
    memory_.options.config = {{"offsets.topic.num.partitions", "2"},
                              {"transaction.state.log.num.partitions", "2"},
                              {"transactional.id.expiration.ms", "7200000"}};
    Reopen();
    EXPECT_TRUE(tide_->CreateTopic("orders", {.partition_count = 2, .exists_ok = true}).ok());
  }

  void Reopen() {
    if (tide_.has_value()) {
      EXPECT_TRUE(tide_->Close().ok());
    }
    tide_.reset();
    tide_.emplace(memory_.Open().value());
  }

  // What is left when the process ends here.
  void Crash() {
    memory_.file_system.CrashProcess();
    tide_.reset();
    tide_.emplace(memory_.Open().value());
  }

  Topic orders() { return tide_->OpenTopic("orders").value(); }

  absl::StatusOr<Producer> Open(const std::string& id, absl::Duration timeout = absl::Minutes(1)) {
    return memory_.OpenProducer(&*tide_, {.transactional_id = id, .transaction_timeout = timeout});
  }

  absl::Status Commit(Producer producer, Durability durability = Durability::kDurable) {
    return memory_.Commit(std::move(producer), durability);
  }

  void LetNoSegmentBeMadeOf(const std::string& partition) {
    memory_.file_system.SetFaultHook([partition](const FileOperation& operation) -> FileFault {
      const bool is_roll = operation.kind == FileOperation::Kind::kCreate &&
                           absl::StrContains(operation.path, partition);
      if (is_roll) return absl::ResourceExhaustedError("the disk is full");
      return {};
    });
  }

  std::string Read(int32_t partition, const FetchOptions& options = kCommitted) {
    return Describe(orders().Read(PartitionId{partition}, Offset{0}, options).value());
  }

  int64_t Committed(const std::string& group) {
    const auto found = tide_->groups().FetchOffset(group, kOrders0).value();
    return found.has_value() ? found->offset.value() : -1;
  }

  MemoryTide memory_;
  absl::optional<Tidemark> tide_;
};

void ExpectCode(const absl::Status& status, ErrorCode code) {
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(ErrorCodeOf(status), code) << status;
}

TEST_F(ProducerTest, WithoutTransactionsNumbersItsBatches) {
  Producer producer = tide_->OpenProducer().value();
  for (const char* value : {"a", "b"}) {
    EXPECT_TRUE(producer.Append(orders(), {.value = value}, To(0)).ok());
  }
  EXPECT_TRUE(producer.Append(orders(), {.value = "c"}, To(1)).ok());
  EXPECT_EQ(Read(0), "0:-=a 1:-=b");
  EXPECT_EQ(Read(1), "0:-=c");
  EXPECT_NE(tide_->OpenProducer()->producer_id(), producer.producer_id());
  EXPECT_TRUE(absl::IsFailedPrecondition(producer.BeginTransaction()));
  EXPECT_TRUE(absl::IsFailedPrecondition(producer.CommitTransaction()));
  EXPECT_TRUE(absl::IsFailedPrecondition(producer.SendOffsets("g", {})));
}

TEST_F(ProducerTest, ATransactionIsSeenAsAWholeOnceItIsCommitted) {
  Producer producer = Open("p").value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "a"}, To(0)).ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "b"}, To(1)).ok());
  ASSERT_TRUE(producer.SendOffsets("g", {{kOrders0, {.offset = Offset{7}}}}).ok());
  EXPECT_EQ(Read(0), "");
  EXPECT_EQ(Read(0, {}), "0:-=a");
  EXPECT_EQ(orders().Offsets(PartitionId{0})->last_stable, Offset{0});
  EXPECT_EQ(Committed("g"), -1);
  ASSERT_TRUE(Commit(producer).ok());
  EXPECT_EQ(Read(0), "0:-=a");
  EXPECT_EQ(Read(1), "0:-=b");
  EXPECT_EQ(Committed("g"), 7);
  EXPECT_EQ(orders().Offsets(PartitionId{0})->last_stable, Offset{2});
}

TEST_F(ProducerTest, AnAbortedTransactionLeavesNothingForReadersOfCommittedRecords) {
  Producer producer = Open("p").value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "a"}, To(0)).ok());
  ASSERT_TRUE(producer.SendOffsets("g", {{kOrders0, {.offset = Offset{7}}}}).ok());
  ASSERT_TRUE(producer.AbortTransaction().ok());
  ASSERT_TRUE(orders().Append({.value = "plain"}, To(0)).ok());
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "b"}, To(0)).ok());
  ASSERT_TRUE(Commit(producer, Durability::kBuffered).ok());
  EXPECT_EQ(Read(0), "2:-=plain 3:-=b");
  EXPECT_EQ(Read(0, {}), "0:-=a 2:-=plain 3:-=b");
  EXPECT_EQ(Committed("g"), -1);
  Reopen();
  EXPECT_EQ(Read(0), "2:-=plain 3:-=b");
  EXPECT_EQ(Committed("g"), -1);
}

TEST_F(ProducerTest, SaysWhatIsOutOfPlace) {
  Producer producer = Open("p").value();
  ExpectCode(producer.Append(orders(), {.value = "a"}).status(),
             ErrorCode::kInvalidTransactionState);
  ExpectCode(producer.SendOffsets("g", {}), ErrorCode::kInvalidTransactionState);
  ExpectCode(producer.CommitTransaction(), ErrorCode::kInvalidTransactionState);
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ExpectCode(producer.BeginTransaction(), ErrorCode::kInvalidTransactionState);
  const Topic internal = tide_->OpenTopic("__transaction_state").value();
  EXPECT_TRUE(absl::IsInvalidArgument(producer.Append(internal, {.value = "a"}).status()));
  EXPECT_TRUE(absl::IsNotFound(producer.Append(orders(), {.value = "a"}, To(2)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(producer.SendOffsets("", {})));
  EXPECT_TRUE(producer.CommitTransaction().ok());  // Of nothing.
}

TEST_F(ProducerTest, RefusesIdsAndTimeoutsThatAreNone) {
  EXPECT_TRUE(absl::IsInvalidArgument(Open("\xff").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Open(std::string(32768, 'p')).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Open("p", absl::ZeroDuration()).status()));
  const absl::Status too_long = Open("p", absl::Minutes(16)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(too_long));
  EXPECT_TRUE(absl::StrContains(too_long.message(), "transaction.max.timeout.ms")) << too_long;
  EXPECT_EQ(tide_->ListTopics().size(), 1u) << "a topic was made for nothing";
}

TEST_F(ProducerTest, EveryTransactionHasAnEpochOfItsOwn) {
  Producer producer = Open("p").value();
  const ProducerId id = producer.producer_id();
  for (int16_t epoch = 0; epoch < 3; ++epoch) {
    EXPECT_EQ(producer.producer_epoch(), ProducerEpoch{epoch});
    ASSERT_TRUE(producer.BeginTransaction().ok());
    ASSERT_TRUE(producer.Append(orders(), {.value = absl::StrCat(epoch)}, To(0)).ok());
    ASSERT_TRUE(Commit(producer).ok());
  }
  EXPECT_EQ(producer.producer_id(), id);
  EXPECT_EQ(Read(0), "0:-=0 2:-=1 4:-=2");
}

TEST_F(ProducerTest, ALaterProducerFencesTheEarlierAndAbortsWhatThatLeftOpen) {
  Producer first = Open("p").value();
  Producer other = Open("q").value();
  for (Producer* producer : {&first, &other}) {
    ASSERT_TRUE(producer->BeginTransaction().ok());
    ASSERT_TRUE(producer->Append(orders(), {.value = "lost"}, To(0)).ok());
  }
  Producer second = Open("p").value();
  EXPECT_EQ(second.producer_id(), first.producer_id());
  ExpectCode(first.Append(orders(), {.value = "late"}, To(0)).status(),
             ErrorCode::kInvalidProducerEpoch);
  ExpectCode(first.Append(orders(), {.value = "late"}, To(1)).status(),
             ErrorCode::kInvalidProducerEpoch);
  ExpectCode(Commit(first), ErrorCode::kInvalidProducerEpoch);
  ASSERT_TRUE(Commit(other).ok());
  EXPECT_EQ(Read(0), "1:-=lost");
}

TEST_F(ProducerTest, ARestartedProducerGoesOnAfterACrashAtAnyDurability) {
  Producer producer = Open("p").value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "a"}, To(0)).ok());
  ASSERT_TRUE(producer.CommitTransaction(Durability::kBuffered).ok());
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "b"}, To(0)).ok());
  Crash();
  EXPECT_EQ(Read(0), "0:-=a");
  Producer again = Open("p").value();
  EXPECT_EQ(again.producer_id(), producer.producer_id());
  ASSERT_TRUE(again.BeginTransaction().ok());
  ASSERT_TRUE(again.Append(orders(), {.value = "c"}, To(0)).ok());
  ASSERT_TRUE(Commit(again).ok());
  EXPECT_EQ(Read(0), "0:-=a 4:-=c");
}

TEST_F(ProducerTest, ATransactionThatTakesTooLongIsAbortedAndItsProducerFenced) {
  Producer slow = Open("p", absl::Seconds(30)).value();
  ASSERT_TRUE(slow.BeginTransaction().ok());
  ASSERT_TRUE(slow.Append(orders(), {.value = "a"}, To(0)).ok());
  memory_.executor.AdvanceBy(absl::Seconds(29));
  EXPECT_EQ(orders().Offsets(PartitionId{0})->last_stable, Offset{0});
  memory_.executor.AdvanceBy(absl::Seconds(12));
  EXPECT_EQ(orders().Offsets(PartitionId{0})->last_stable, Offset{2});
  EXPECT_EQ(Read(0), "");
  ExpectCode(slow.Append(orders(), {.value = "b"}, To(0)).status(),
             ErrorCode::kInvalidProducerEpoch);
  ExpectCode(Commit(slow), ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerTest, WhatWasLeftOpenByAnIdThatNobodyUsesAgainEndsInTimeToo) {
  Producer producer = Open("p", absl::Seconds(30)).value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "a"}, To(0)).ok());
  Crash();
  EXPECT_EQ(orders().Offsets(PartitionId{0})->last_stable, Offset{0});
  memory_.executor.AdvanceBy(absl::Seconds(41));
  EXPECT_EQ(orders().Offsets(PartitionId{0})->last_stable, Offset{2});
}

TEST_F(ProducerTest, UnusedIdsAreForgottenAndBeginAnew) {
  const ProducerId before = Open("p")->producer_id();
  memory_.executor.AdvanceBy(absl::Hours(4));
  const Producer after = Open("p").value();
  EXPECT_NE(after.producer_id(), before);
  EXPECT_EQ(after.producer_epoch(), ProducerEpoch{0});
}

TEST_F(ProducerTest, ATailOfCommittedRecordsWaitsForTheMarker) {
  Producer producer = Open("p").value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "a"}, To(0)).ok());
  std::string seen;
  int calls = 0;
  orders().TailAsync(PartitionId{0}, Offset{0}, absl::Hours(1), kCommitted,
                     [&](absl::StatusOr<FetchedRecords> records) {
                       ++calls;
                       seen = Describe(*records);
                     });
  memory_.executor.RunUntilIdle();
  EXPECT_EQ(calls, 0);
  ASSERT_TRUE(Commit(producer).ok());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(seen, "0:-=a");
}

TEST_F(ProducerTest, ADeletedTopicDoesNotKeepATransactionOpen) {
  ASSERT_TRUE(tide_->CreateTopic("gone").ok());
  Producer producer = Open("p").value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(tide_->OpenTopic("gone").value(), {.value = "x"}).ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "a"}, To(0)).ok());
  ASSERT_TRUE(tide_->DeleteTopic("gone").ok());
  ASSERT_TRUE(Commit(producer).ok());
  EXPECT_EQ(Read(0), "0:-=a");
}

TEST_F(ProducerTest, AnOutcomeThatCannotBeSyncedIsToldAndDecidedByTheNextOpening) {
  Producer producer = Open("p").value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "a"}, To(0)).ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "b"}, To(1)).ok());
  memory_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    const bool is_outcome = operation.kind == FileOperation::Kind::kSync &&
                            absl::StrContains(operation.path, "__transaction_state");
    if (is_outcome) return absl::UnavailableError("the disk is ill");
    return {};
  });
  EXPECT_TRUE(absl::IsDataLoss(Commit(producer)));
  memory_.file_system.SetFaultHook(nullptr);
  EXPECT_EQ(Read(0), "");
  EXPECT_TRUE(absl::IsDataLoss(Open("p").status()));
  Crash();
  EXPECT_EQ(Read(0), "0:-=a");
  EXPECT_EQ(Read(1), "0:-=b");
}

TEST_F(ProducerTest, MarkersThatCannotBeWrittenYetFollowWhenTheyCan) {
  // The marker needs a new segment.
  ASSERT_TRUE(tide_->CreateTopic("small", {.config = {{"segment.bytes", "120"}}}).ok());
  Topic small = tide_->OpenTopic("small").value();
  const auto read = [&small] {
    FetchedRecords records = small.Read(PartitionId{0}, Offset{0}, kCommitted).value();
    return Describe(records);
  };
  Producer producer = Open("p").value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(small, {.value = "a"}).ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "b"}, To(0)).ok());
  LetNoSegmentBeMadeOf("small-0");
  EXPECT_TRUE(Commit(producer).ok());
  EXPECT_EQ(Read(0), "0:-=b");
  EXPECT_EQ(read(), "");
  ASSERT_TRUE(producer.BeginTransaction().ok());
  const absl::Status delayed = producer.Append(orders(), {.value = "c"}, To(0)).status();
  EXPECT_TRUE(absl::IsUnavailable(delayed)) << delayed;
  EXPECT_TRUE(absl::StrContains(delayed.message(), "the disk is full")) << delayed;
  EXPECT_TRUE(absl::StrContains(delayed.message(), "small-0")) << delayed;
  EXPECT_TRUE(absl::IsUnavailable(Open("p").status()));
  memory_.file_system.SetFaultHook(nullptr);
  memory_.executor.AdvanceBy(absl::Seconds(11));
  EXPECT_EQ(read(), "0:-=a");
  EXPECT_TRUE(producer.Append(orders(), {.value = "c"}, To(0)).ok());
  ASSERT_TRUE(Commit(producer).ok());
  EXPECT_EQ(Read(0), "0:-=b 2:-=c");
}

TEST_F(ProducerTest, TriesAgainOnlyTheMarkersThatAreMissing) {
  ASSERT_TRUE(tide_->CreateTopic("small", {.config = {{"segment.bytes", "120"}}}).ok());
  Topic small = tide_->OpenTopic("small").value();
  Producer producer = Open("p").value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(small, {.value = "a"}).ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "b"}, To(0)).ok());
  LetNoSegmentBeMadeOf("small-0");
  ASSERT_TRUE(Commit(producer).ok());
  memory_.executor.AdvanceBy(absl::Hours(1));
  EXPECT_EQ(orders().Offsets(PartitionId{0})->latest, Offset{2});
  memory_.file_system.SetFaultHook(nullptr);
  memory_.executor.AdvanceBy(absl::Seconds(11));
  EXPECT_EQ(orders().Offsets(PartitionId{0})->latest, Offset{2});
  EXPECT_EQ(small.Offsets(PartitionId{0})->last_stable, Offset{2});
}

// Partition 0 has "a", partition 1 has "b".
TEST_F(ProducerTest, WhatCannotBeReadOfTheTopicIsToldToItsIdsAlone) {
  ASSERT_TRUE(Open("a").ok());
  ASSERT_TRUE(Open("b").ok());
  ASSERT_TRUE(tide_->Close().ok());
  tide_.reset();
  {
    const auto engine =
        StorageEngine::Open(MemoryTide::kDirectory, memory_.options.environment, {}).value();
    RecordBatchBuilder builder;
    const std::string key = absl::HexStringToBytes("0000000161");
    const std::string value = absl::HexStringToBytes("0063");
    ASSERT_TRUE(builder.Add({.key = key, .value = value, .timestamp = Timestamp{1}}).ok());
    ASSERT_TRUE(engine->GetLog({"__transaction_state", PartitionId{1}})
                    .value()
                    ->Append(builder.Finish().value(), {})
                    .ok());
    ASSERT_TRUE(engine->Close().ok());
  }
  tide_.emplace(memory_.Open().value());
  const absl::Status refused = Open("a").status();
  EXPECT_TRUE(absl::IsUnimplemented(refused)) << refused;
  EXPECT_TRUE(absl::StrContains(refused.message(), "__transaction_state-1")) << refused;
  EXPECT_TRUE(absl::StrContains(refused.message(), "offset 1")) << refused;
  EXPECT_TRUE(Open("b").ok());
}

// The steps of the commit are tasks; the directory is closed between any two of them.
TEST_F(ProducerTest, ACommitThatACloseCutsOffTellsWhetherItHolds) {
  std::string held;
  for (int steps = 0; steps < 8; ++steps) {
    SCOPED_TRACE(absl::StrCat("closed after ", steps));
    Producer producer = Open("p").value();
    ASSERT_TRUE(producer.BeginTransaction().ok());
    const std::string value = absl::StrCat(steps);
    ASSERT_TRUE(producer.Append(orders(), {.value = value}, To(0)).ok());
    absl::optional<absl::Status> told;
    producer.CommitTransactionAsync(Durability::kDurable,
                                    [&told](const absl::Status& status) { told = status; });
    for (int i = 0; i < steps; ++i) memory_.executor.RunOne();
    ASSERT_TRUE(tide_->Close().ok());
    memory_.executor.RunUntilIdle();
    ASSERT_TRUE(told.has_value());
    Reopen();
    memory_.executor.RunUntilIdle();
    EXPECT_EQ(absl::StrContains(Read(0), absl::StrCat("=", value)), told->ok()) << *told;
    absl::StrAppend(&held, told->ok() ? "y" : "n");
  }
  EXPECT_TRUE(absl::StrContains(held, "y") && absl::StrContains(held, "n")) << held;
}

TEST_F(ProducerTest, AProducerOfAForgottenIdIsFenced) {
  Producer producer = Open("p").value();
  memory_.executor.AdvanceBy(absl::Hours(4));
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ExpectCode(producer.Append(orders(), {.value = "a"}, To(0)).status(),
             ErrorCode::kInvalidProducerEpoch);
  ExpectCode(producer.SendOffsets("g", {{kOrders0, {.offset = Offset{7}}}}),
             ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerTest, WhoIsCalledBackWhileAnAppendSyncsMayUseTheProducer) {
  ASSERT_TRUE(tide_->CreateTopic("synced", {.config = {{"flush.messages", "2"}}}).ok());
  Topic synced = tide_->OpenTopic("synced").value();
  Producer producer = tide_->OpenProducer().value();
  const Record record{.value = "a"};
  bool is_called_back = false;
  producer.AppendAsync(synced, {&record, 1}, {.durability = Durability::kDurable},
                       [&](const absl::StatusOr<AppendAck>& ack) {
                         EXPECT_TRUE(ack.ok()) << ack.status();
                         is_called_back = true;
                         EXPECT_TRUE(producer.Append(synced, record).ok());
                       });
  EXPECT_TRUE(producer.Append(synced, record).ok());  // Syncs both.
  memory_.executor.RunUntilIdle();
  EXPECT_TRUE(is_called_back);
  EXPECT_EQ(synced.Offsets(PartitionId{0})->latest, Offset{3});
}

TEST_F(ProducerTest, AfterCloseEveryCallSaysSo) {
  Producer producer = Open("p").value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(producer.Append(orders(), {.value = "a"}, To(0)).ok());
  const Topic topic = orders();
  ASSERT_TRUE(tide_->Close().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(producer.Append(topic, {.value = "b"}, To(1)).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Commit(producer)));
  EXPECT_TRUE(absl::IsFailedPrecondition(Open("q").status()));
}

}  // namespace
}  // namespace tidemark
