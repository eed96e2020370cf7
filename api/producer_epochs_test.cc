// What holds where the epochs of a producer id are used up, and another id follows.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "api/producer.h"
#include "api/testing/memory_tide.h"
#include "api/tidemark.h"
#include "api/transactions/transaction_key.h"
#include "api/transactions/transaction_value.h"
#include "storage/engine.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

constexpr FetchOptions kCommitted{.isolation = IsolationLevel::kReadCommitted};

// The transactional id "p", whose next producer has the last epoch of its id.
class ProducerEpochsTest : public testing::Test {
 protected:
  ProducerEpochsTest() {
    memory_.options.config = {{"transaction.state.log.num.partitions", "1"}};
    Seed();
    tide_.emplace(memory_.Open().value());
    EXPECT_TRUE(tide_->CreateTopic("orders").ok());
  }

  void Seed() {
    TransactionValue value;
    value.producer_id = ProducerId{1000};
    value.producer_epoch = ProducerEpoch{32765};
    value.timeout = absl::Minutes(1);
    value.last_update_time = Timestamp{absl::ToUnixMillis(memory_.clock.Now())};
    value.client_transaction_version = 2;
    const std::string key = EncodeTransactionKey("p");
    const std::string bytes = value.Encode();
    RecordBatchBuilder builder(RecordBatchOptions{});
    EXPECT_TRUE(
        builder.Add({.key = key, .value = bytes, .timestamp = value.last_update_time}).ok());
    const std::unique_ptr<StorageEngine> engine =
        StorageEngine::Open(MemoryTide::kDirectory, memory_.options.environment, {}).value();
    EXPECT_TRUE(
        engine->CreateTopic("__transaction_state", 1, {{"cleanup.policy", "compact"}}).ok());
    const auto log = engine->GetLog({"__transaction_state", PartitionId{0}}).value();
    EXPECT_TRUE(log->Append(builder.Finish().value(), {}).ok());
    EXPECT_TRUE(engine->Close().ok());
  }

  absl::StatusOr<Producer> Open() {
    return memory_.OpenProducer(&*tide_, {.transactional_id = "p"});
  }

  absl::Status Append(Producer producer, const std::string& topic, const std::string& value,
                      Durability durability = Durability::kBuffered) {
    absl::Status result = absl::UnknownError("not appended");
    const Record record{.value = value};
    producer.AppendAsync(tide_->OpenTopic(topic).value(), {&record, 1}, {.durability = durability},
                         [&](const absl::StatusOr<AppendAck>& ack) { result = ack.status(); });
    memory_.executor.RunUntilIdle();
    return result;
  }

  absl::Status Commit(Producer producer, Durability durability = Durability::kDurable) {
    return memory_.Commit(std::move(producer), durability);
  }

  std::string Read(const std::string& topic) {
    Topic opened = tide_->OpenTopic(topic).value();
    return Describe(opened.Read(PartitionId{0}, Offset{0}, kCommitted).value());
  }

  MemoryTide memory_;
  absl::optional<Tidemark> tide_;
};

TEST_F(ProducerEpochsTest, AProducerGoesOnWithANewIdAfterTheLastEpoch) {
  Producer producer = Open().value();
  EXPECT_EQ(producer.producer_epoch(), ProducerEpoch{32766});
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(Append(producer, "orders", "a").ok());
  ASSERT_TRUE(Commit(producer).ok());
  EXPECT_NE(producer.producer_id(), ProducerId{1000});
  EXPECT_EQ(producer.producer_epoch(), ProducerEpoch{0});
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(Append(producer, "orders", "b").ok());
  ASSERT_TRUE(Commit(producer).ok());
  EXPECT_EQ(Read("orders"), "0:-=a 2:-=b");
}

TEST_F(ProducerEpochsTest, AProducerWithANewIdIsNotFencedWhileTheLastMarkersAreMissing) {
  // The marker needs a new segment.
  ASSERT_TRUE(tide_->CreateTopic("small", {.config = {{"segment.bytes", "120"}}}).ok());
  Producer producer = Open().value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(Append(producer, "small", "a").ok());
  memory_.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    const bool is_roll = operation.kind == FileOperation::Kind::kCreate &&
                         absl::StrContains(operation.path, "small-0");
    if (is_roll) return absl::ResourceExhaustedError("the disk is full");
    return {};
  });
  ASSERT_TRUE(Commit(producer).ok());
  ASSERT_TRUE(producer.BeginTransaction().ok());
  const absl::Status delayed = Append(producer, "orders", "b");
  EXPECT_TRUE(absl::IsUnavailable(delayed)) << delayed;
  memory_.file_system.SetFaultHook(nullptr);
  memory_.executor.AdvanceBy(absl::Seconds(11));
  EXPECT_TRUE(Append(producer, "orders", "b").ok());
  EXPECT_TRUE(Commit(producer).ok());
  EXPECT_EQ(Read("orders"), "0:-=b");
}

class PowerLossBehindTheLastEpochTest : public ProducerEpochsTest,
                                        public testing::WithParamInterface<Durability> {};

INSTANTIATE_TEST_SUITE_P(Durabilities, PowerLossBehindTheLastEpochTest,
                         testing::Values(Durability::kDurable, Durability::kBuffered));

TEST_P(PowerLossBehindTheLastEpochTest, CommitsNothingThatWasNotCommitted) {
  Producer producer = Open().value();
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(Append(producer, "orders", "a").ok());
  ASSERT_TRUE(Commit(producer, GetParam()).ok());
  ASSERT_EQ(producer.producer_epoch(), ProducerEpoch{0});
  // The log of the transaction has it on stable storage, and the topic of transactions does not.
  ASSERT_TRUE(producer.BeginTransaction().ok());
  ASSERT_TRUE(Append(producer, "orders", "lost", Durability::kDurable).ok());
  memory_.file_system.PowerLoss(PowerLossMode::kDropAll, &memory_.random);
  tide_.reset();
  tide_.emplace(memory_.Open().value());
  Producer again = Open().value();
  ASSERT_TRUE(again.BeginTransaction().ok());
  ASSERT_TRUE(Append(again, "orders", "c").ok());
  ASSERT_TRUE(Commit(again).ok());
  EXPECT_FALSE(absl::StrContains(Read("orders"), "lost")) << Read("orders");
  EXPECT_TRUE(absl::StrContains(Read("orders"), "c")) << Read("orders");
}

}  // namespace
}  // namespace tidemark
