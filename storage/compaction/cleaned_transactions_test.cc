#include "storage/compaction/cleaned_transactions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/compaction/test_batches.h"

namespace tidemark {
namespace {

constexpr ControlRecordType kCommit = ControlRecordType::kCommit;
constexpr ControlRecordType kAbort = ControlRecordType::kAbort;

TransactionIndexEntry MakeAborted(int64_t producer_id, int64_t first_offset, int64_t last_offset) {
  TransactionIndexEntry entry;
  entry.producer_id = ProducerId(producer_id);
  entry.first_offset = Offset(first_offset);
  entry.last_offset = Offset(last_offset);
  entry.last_stable_offset = Offset(last_offset + 1);
  return entry;
}

class CleanedTransactionsTest : public testing::Test {
 protected:
  bool OnBytes(const std::string& bytes) {
    const absl::StatusOr<bool> is_spent = transactions.OnBatch(ParseTestBatch(bytes));
    EXPECT_TRUE(is_spent.ok()) << is_spent.status();
    return *is_spent;
  }
  bool OnData(int64_t offset, int64_t producer_id) {
    return OnBytes(MakeTestBatch({{"k", "v"}}, TransactionalOptions(offset, producer_id)));
  }
  bool OnMarker(int64_t offset, int64_t producer_id, ControlRecordType type) {
    return OnBytes(MakeTestMarker(offset, producer_id, type));
  }

  CleanedTransactions transactions;
};

TEST_F(CleanedTransactionsTest, AbortedBatchesAreSpentAndTheirMarkerIsNot) {
  transactions.AddAborted({MakeAborted(1, 10, 12)});
  EXPECT_FALSE(OnData(9, 2));
  EXPECT_TRUE(OnData(10, 1));
  EXPECT_FALSE(OnData(11, 2));
  EXPECT_FALSE(OnMarker(12, 1, kAbort));
  EXPECT_EQ(transactions.TakeKept(), std::vector<TransactionIndexEntry>{MakeAborted(1, 10, 12)});
  EXPECT_TRUE(transactions.TakeKept().empty());
}

TEST_F(CleanedTransactionsTest, AMarkerWithoutBatchesIsSpent) {
  transactions.AddAborted({MakeAborted(1, 10, 12)});
  EXPECT_TRUE(OnMarker(12, 1, kAbort));
  EXPECT_TRUE(transactions.TakeKept().empty());
  EXPECT_TRUE(OnMarker(13, 1, kAbort));  // Not even known to have been aborted.
  EXPECT_TRUE(OnMarker(14, 1, kCommit));
}

TEST_F(CleanedTransactionsTest, AMarkerStaysWhileThereAreCommittedBatches) {
  EXPECT_FALSE(OnData(10, 1));
  EXPECT_FALSE(OnMarker(11, 1, kCommit));
  EXPECT_TRUE(OnMarker(12, 1, kCommit));
}

TEST_F(CleanedTransactionsTest, TellsTheTransactionsOfOneProducerApart) {
  transactions.AddAborted({MakeAborted(1, 20, 21), MakeAborted(1, 12, 14)});
  EXPECT_FALSE(OnData(10, 1));
  EXPECT_FALSE(OnMarker(11, 1, kCommit));
  EXPECT_TRUE(OnData(12, 1));
  EXPECT_FALSE(OnMarker(14, 1, kAbort));
  EXPECT_FALSE(OnData(15, 1));
  EXPECT_FALSE(OnMarker(16, 1, kCommit));
  EXPECT_TRUE(OnData(20, 1));
  EXPECT_FALSE(OnMarker(21, 1, kAbort));
  EXPECT_EQ(transactions.TakeKept().size(), 2u);
}

TEST_F(CleanedTransactionsTest, MayBeToldOfATransactionTwiceWhileItLasts) {
  transactions.AddAborted({MakeAborted(1, 10, 30)});
  EXPECT_TRUE(OnData(10, 1));
  transactions.AddAborted({MakeAborted(1, 10, 30)});
  EXPECT_TRUE(OnData(20, 1));
  EXPECT_FALSE(OnMarker(30, 1, kAbort));
  EXPECT_EQ(transactions.TakeKept().size(), 1u);
}

TEST_F(CleanedTransactionsTest, RecordsOutsideOfTransactionsAreLeftAlone) {
  transactions.AddAborted({MakeAborted(1, 10, 30)});
  RecordBatchOptions options = TransactionalOptions(20, 1);
  options.is_transactional = false;
  EXPECT_FALSE(OnBytes(MakeTestBatch({{"k", "v"}}, options)));
}

TEST_F(CleanedTransactionsTest, OtherControlRecordsAreNeverSpent) {
  EXPECT_FALSE(OnMarker(10, 1, ControlRecordType::kLeaderChange));
  EXPECT_FALSE(OnMarker(11, 1, static_cast<ControlRecordType>(77)));
}

TEST_F(CleanedTransactionsTest, AControlRecordThatCannotBeReadIsDamage) {
  RecordBatchOptions options = TransactionalOptions(10, 1);
  options.is_control = true;
  for (const std::string& bytes : {MakeTestBatch({{absl::nullopt, "v"}}, options),
                                   MakeTestBatch({{std::string("\0\0\0", 3), "v"}}, options)}) {
    EXPECT_EQ(transactions.OnBatch(ParseTestBatch(bytes)).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace tidemark
