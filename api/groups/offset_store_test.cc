#include "api/groups/offset_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "api/catalog/internal_topics.h"
#include "api/catalog/topic_catalog.h"
#include "replication/single_replicator.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

const TopicPartition kOrders{"orders", PartitionId{0}};
constexpr TransactionStamp kProducer{ProducerId{7}, ProducerEpoch{0}};

// The store as the coordinator of transactions uses it. Everything else about it is told by
// api/groups_test.cc.
class OffsetStoreTest : public testing::Test {
 protected:
  OffsetStoreTest() { Open(); }

  void Open() {
    EngineOptions options;
    options.config = {{"offsets.topic.num.partitions", "2"}};
    options.checkpoint_interval = absl::InfiniteDuration();
    const Environment environment{&file_system_, &clock_, &executor_, &random_};
    engine_ = StorageEngine::Open("/data", environment, options).value();
    catalog_ = std::make_unique<TopicCatalog>(engine_.get(), factory_.get(), environment);
    ASSERT_TRUE(catalog_->OpenAll().ok());
    if (!catalog_->Find("orders").ok()) {
      ASSERT_TRUE(catalog_->Create("orders", 1, {}).ok());
    }
    store_ = std::make_unique<OffsetStore>(catalog_.get(), engine_.get(), environment);
    ASSERT_TRUE(store_->Open().ok());
  }

  void Reopen() {
    store_->Close();
    ASSERT_TRUE(catalog_->Close().ok());
    Open();
  }

  absl::Status CommitIn(const TransactionStamp& transaction, int64_t offset) {
    return store_->CommitInTransaction("g", {{kOrders, {.offset = Offset{offset}}}}, transaction);
  }

  // As the coordinator does: the marker into the log, then the store is told.
  void End(bool is_commit) {
    const PartitionId partition = store_->PartitionOf("g").value();
    const std::shared_ptr<ReplicaLog> log =
        engine_->GetLog({std::string(kOffsetsTopic), partition}).value();
    TransactionEnd end;
    end.producer_id = kProducer.producer_id;
    end.producer_epoch = kProducer.producer_epoch;
    end.is_commit = is_commit;
    ASSERT_TRUE(log->EndTransaction(end, {}).ok());
    store_->EndTransaction(partition, kProducer.producer_id, is_commit);
  }

  // -1 if there is none.
  int64_t Fetch() {
    const auto found = store_->Fetch("g", kOrders).value();
    return found.has_value() ? found->offset.value() : -1;
  }

  MemoryFileSystem file_system_;
  ManualClock clock_;
  SeededRandom random_{7};
  ManualExecutor executor_{&clock_};
  std::unique_ptr<ReplicatorFactory> factory_ = NewSingleReplicatorFactory();
  std::unique_ptr<StorageEngine> engine_;
  std::unique_ptr<TopicCatalog> catalog_;
  std::unique_ptr<OffsetStore> store_;
};

TEST_F(OffsetStoreTest, OffsetsOfATransactionHoldFromItsCommitOn) {
  ASSERT_TRUE(CommitIn(kProducer, 5).ok());
  ASSERT_TRUE(CommitIn(kProducer, 6).ok());
  EXPECT_EQ(Fetch(), -1);
  End(/*is_commit=*/true);
  EXPECT_EQ(Fetch(), 6);
  Reopen();
  EXPECT_EQ(Fetch(), 6);
}

TEST_F(OffsetStoreTest, OffsetsOfAnAbortedTransactionNeverHold) {
  ASSERT_TRUE(CommitIn(kProducer, 5).ok());
  End(/*is_commit=*/false);
  EXPECT_EQ(Fetch(), -1);
  Reopen();
  EXPECT_EQ(Fetch(), -1);
}

TEST_F(OffsetStoreTest, ATransactionThatWasOpenIsEndedAfterARestart) {
  ASSERT_TRUE(CommitIn(kProducer, 5).ok());
  Reopen();
  EXPECT_EQ(Fetch(), -1);
  End(/*is_commit=*/true);
  EXPECT_EQ(Fetch(), 5);
}

TEST_F(OffsetStoreTest, AFencedProducerCommitsNothing) {
  ASSERT_TRUE(CommitIn({kProducer.producer_id, ProducerEpoch{3}}, 5).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(CommitIn(kProducer, 6)));
  EXPECT_TRUE(absl::IsInvalidArgument(
      store_->CommitInTransaction("", {{kOrders, {.offset = Offset{1}}}}, kProducer)));
  EXPECT_TRUE(store_->CommitInTransaction("g", {}, kProducer).ok());
}

}  // namespace
}  // namespace tidemark
