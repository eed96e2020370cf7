// Goal: what a broker of Kafka 4.3.1 wrote (transactions, idempotent producers, compaction, groups)
// is read as Kafka's own dump tool reads it. Method: golden/broker/EXPECTED.json holds what that
// tool and Kafka's consumer printed of the same files.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/format/control_record.h"
#include "storage/format/index_entry.h"
#include "storage/format/producer_snapshot.h"
#include "storage/record_batch.h"
#include "tests/compat/broker_files.h"
#include "tests/compat/compat_files.h"
#include "tests/compat/sha256.h"

namespace tidemark {
namespace {

Json Row(const ProducerSnapshotEntry& entry) {
  Json row = {{"producerId", entry.producer_id.value()},
              {"producerEpoch", entry.producer_epoch.value()},
              {"coordinatorEpoch", entry.coordinator_epoch},
              {"lastTimestamp", entry.last_timestamp.value()}};
  if (entry.open_transaction_first_offset) {
    row["currentTxnFirstOffset"] = entry.open_transaction_first_offset->value();
  }
  if (entry.last_offset.value() >= 0) {
    row["firstSequence"] = entry.last_sequence.value() - entry.last_offset_delta;
    row["lastSequence"] = entry.last_sequence.value();
    row["lastOffset"] = entry.last_offset.value();
    row["offsetDelta"] = entry.last_offset_delta;
    row["timestamp"] = entry.last_timestamp.value();
  }
  return row;
}

// The offsets of a log's records of data; of transactions only what was committed, if that is asked
// for.
std::vector<int64_t> OffsetsOf(const std::string& log, bool committed_only) {
  std::map<int64_t, std::vector<int64_t>> open;
  std::vector<int64_t> offsets;
  const absl::StatusOr<BatchesRead> read = ReadBatches(log);
  EXPECT_TRUE(read.ok()) << read.status();
  for (const RecordBatchView& batch : read->batches) {
    absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
    EXPECT_TRUE(reader.ok()) << reader.status();
    RecordView record;
    while (*reader->Next(&record)) {
      const int64_t producer = batch.producer_id().value();
      if (batch.is_control()) {
        const auto key = ControlRecordKey::Parse(record.key.value_or(""));
        EXPECT_TRUE(key.ok()) << key.status();
        if (key->type == ControlRecordType::kCommit) {
          offsets.insert(offsets.end(), open[producer].begin(), open[producer].end());
        }
        open.erase(producer);
      } else if (batch.is_transactional() && committed_only) {
        open[producer].push_back(record.offset.value());
      } else {
        offsets.push_back(record.offset.value());
      }
    }
  }
  std::sort(offsets.begin(), offsets.end());
  return offsets;
}

TEST(BrokerGolden, EveryFileIsWhatTheManifestSays) {
  int file_count = 0;
  for (const Json& entry : ReadCompatJson("golden/broker/MANIFEST.json")) {
    const std::string path = entry["file"];
    const std::string bytes = ReadBrokerFile(path);
    EXPECT_EQ(bytes.size(), entry["size"].get<size_t>()) << path;
    EXPECT_EQ(Sha256Hex(bytes), entry["sha256"].get<std::string>()) << path;
    ++file_count;
  }
  EXPECT_GT(file_count, 100);
}

TEST(BrokerGolden, EveryBatchIsWhatKafkasDumpToolPrints) {
  int batch_count = 0;
  const Json expected = BrokerExpected();
  for (const auto& [path, wanted] : expected.items()) {
    if (!absl::EndsWith(path, ".log")) continue;
    SCOPED_TRACE(path);
    const std::string file = ReadBrokerFile(path);
    const absl::StatusOr<BatchesRead> read = ReadBatches(file);
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(read->batches.size(), wanted["batches"].size());
    for (size_t i = 0; i < read->batches.size(); ++i) {
      Json row = wanted["batches"][i];
      row.erase("lastSequence");
      EXPECT_EQ(DumpRow(file, read->batches[i]), row);
      ++batch_count;
    }
  }
  EXPECT_GT(batch_count, 100);
}

TEST(BrokerGolden, EveryProducerSnapshotIsWhatKafkasDumpToolPrints) {
  int open_count = 0;
  const Json expected = BrokerExpected();
  for (const auto& [path, wanted] : expected.items()) {
    if (!absl::EndsWith(path, ".snapshot")) continue;
    SCOPED_TRACE(path);
    const std::string bytes = ReadBrokerFile(path);
    const auto entries = ParseProducerSnapshot(bytes);
    ASSERT_TRUE(entries.ok()) << entries.status();
    Json rows = Json::array();
    for (const ProducerSnapshotEntry& entry : *entries) {
      rows.push_back(Row(entry));
      open_count += entry.open_transaction_first_offset.has_value();
    }
    EXPECT_EQ(rows, wanted["producers"]);
    EXPECT_EQ(FormatProducerSnapshot(*entries), bytes);
  }
  EXPECT_GT(open_count, 5);
}

TEST(BrokerGolden, EveryAbortedTransactionIsWhatKafkasDumpToolPrints) {
  int entry_count = 0;
  const Json expected = BrokerExpected();
  for (const auto& [path, wanted] : expected.items()) {
    if (!absl::EndsWith(path, ".txnindex")) continue;
    SCOPED_TRACE(path);
    const std::string bytes = ReadBrokerFile(path);
    ASSERT_EQ(bytes.size(), TransactionIndexEntry::kBytes * wanted["aborted"].size());
    for (size_t i = 0; i < wanted["aborted"].size(); ++i) {
      const auto entry =
          TransactionIndexEntry::Decode(bytes.data() + i * TransactionIndexEntry::kBytes);
      const Json row = {{"version", 0},
                        {"producerId", entry.producer_id.value()},
                        {"firstOffset", entry.first_offset.value()},
                        {"lastOffset", entry.last_offset.value()},
                        {"lastStableOffset", entry.last_stable_offset.value()}};
      EXPECT_EQ(row, wanted["aborted"][i]);
      ++entry_count;
    }
  }
  EXPECT_GT(entry_count, 10);
}

TEST(BrokerGolden, MarkersTellWhichRecordsKafkasConsumerPrints) {
  const Json expected = BrokerExpected();
  int partition_count = 0;
  for (const auto& [partition, wanted] : expected.items()) {
    if (!wanted.contains("read_committed")) continue;
    SCOPED_TRACE(partition);
    std::vector<int64_t> committed = OffsetsOf(ReadBrokerLog(partition), true);
    // Behind an open transaction nothing is stable.
    if (partition == "stopped/transactions-0") {
      const int64_t last_stable = wanted["read_committed"].back().get<int64_t>() + 1;
      while (committed.back() >= last_stable) committed.pop_back();
    }
    EXPECT_EQ(Json(committed), wanted["read_committed"]);
    EXPECT_EQ(Json(OffsetsOf(ReadBrokerLog(partition), false)), wanted["read_uncommitted"]);
    ++partition_count;
  }
  EXPECT_EQ(partition_count, 5);
}

}  // namespace
}  // namespace tidemark
