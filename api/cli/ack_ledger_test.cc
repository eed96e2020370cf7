// Goal: offsets come out in the order in which the records went in, whatever the order of the
// acknowledgements.

#include "api/cli/ack_ledger.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

AppendAck Ack(int32_t partition, int64_t offset) {
  AppendAck ack;
  ack.partition = PartitionId(partition);
  ack.offset = Offset(offset);
  return ack;
}

std::string Take(AckLedger* ledger) {
  std::string taken;
  ledger->TakeInOrder([&taken](PartitionId partition, Offset offset) {
    absl::StrAppend(&taken, partition.value(), ":", offset.value(), " ");
  });
  return taken;
}

TEST(AckLedger, GivesABatchesRecordsOnceTheyAreAcknowledged) {
  AckLedger ledger;
  const int64_t batch = ledger.OpenBatch();
  ledger.AddRecord(batch);
  ledger.AddRecord(batch);
  EXPECT_EQ(Take(&ledger), "");
  ledger.Acknowledge(batch, Ack(3, 10));
  EXPECT_EQ(Take(&ledger), "3:10 3:11 ");
  EXPECT_EQ(Take(&ledger), "");
}

TEST(AckLedger, KeepsTheOrderOfTheRecordsAmongBatches) {
  AckLedger ledger;
  const int64_t a = ledger.OpenBatch();
  ledger.AddRecord(a);
  const int64_t b = ledger.OpenBatch();
  ledger.AddRecord(b);
  ledger.AddRecord(a);
  ledger.AddRecord(b);
  ledger.Acknowledge(b, Ack(1, 70));
  EXPECT_EQ(Take(&ledger), "");
  ledger.Acknowledge(a, Ack(0, 50));
  EXPECT_EQ(Take(&ledger), "0:50 1:70 0:51 1:71 ");
  EXPECT_EQ(ledger.pending_records(), 0);
}

TEST(AckLedger, StopsAtTheFirstRecordWithoutAnAcknowledgement) {
  AckLedger ledger;
  const int64_t a = ledger.OpenBatch();
  ledger.AddRecord(a);
  const int64_t b = ledger.OpenBatch();
  ledger.AddRecord(b);
  ledger.AddRecord(a);
  ledger.Acknowledge(a, Ack(0, 50));
  EXPECT_EQ(Take(&ledger), "0:50 ");
  EXPECT_EQ(ledger.pending_records(), 2);
  ledger.Acknowledge(b, Ack(1, 70));
  EXPECT_EQ(Take(&ledger), "1:70 0:51 ");
}

TEST(AckLedger, LeavesOutTheRecordsOfFailedBatches) {
  AckLedger ledger;
  const int64_t a = ledger.OpenBatch();
  ledger.AddRecord(a);
  const int64_t b = ledger.OpenBatch();
  ledger.AddRecord(b);
  ledger.Fail(a);
  ledger.Acknowledge(b, Ack(1, 70));
  EXPECT_EQ(Take(&ledger), "1:70 ");
  EXPECT_EQ(ledger.pending_records(), 0);
}

TEST(AckLedger, NumbersBatchesOnAfterEarlierOnesAreDone) {
  AckLedger ledger;
  for (int64_t round = 0; round < 3; ++round) {
    const int64_t batch = ledger.OpenBatch();
    EXPECT_EQ(batch, round);
    ledger.AddRecord(batch);
    ledger.Acknowledge(batch, Ack(0, round));
    EXPECT_EQ(Take(&ledger), absl::StrCat("0:", round, " "));
  }
}

}  // namespace
}  // namespace tidemark
