// Writes the seeds that the library can make, below tests/fuzz/corpus of the tree whose root is its
// argument. The same each time.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "api/groups/offset_commit_value.h"
#include "api/groups/offsets_key.h"
#include "api/transactions/transaction_key.h"
#include "api/transactions/transaction_value.h"
#include "storage/base/check.h"
#include "storage/engine/engine_harness.h"
#include "storage/format/compression.h"
#include "storage/memory_env.h"
#include "storage/record.h"
#include "storage/record_batch_builder.h"
#include "storage/types.h"
#include "tests/fuzz/directory_input.h"

namespace tidemark {
namespace {

class Corpus {
 public:
  explicit Corpus(std::filesystem::path root) : root_(std::move(root)) {}

  void Put(absl::string_view target, absl::string_view name, absl::string_view bytes) const {
    const std::filesystem::path folder = root_ / "tests/fuzz/corpus" / std::string(target);
    std::filesystem::create_directories(folder);
    std::ofstream file(folder / std::string(name), std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    TM_CHECK(file.good());
  }

  // Of one of a broker's partitions, as files of another directory.
  std::map<std::string, std::string> BrokerFiles(absl::string_view partition,
                                                 absl::string_view directory) const {
    std::map<std::string, std::string> files;
    const std::filesystem::path folder =
        root_ / "tests/compat/golden/broker" / std::string(partition);
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      files[absl::StrCat(directory, "/", entry.path().filename().string())] =
          std::string(std::istreambuf_iterator<char>(file), {});
    }
    return files;
  }

 private:
  const std::filesystem::path root_;
};

struct NamedCodec {
  absl::string_view name;
  Codec codec;
};
constexpr NamedCodec kCodecs[] = {{"gzip", Codec::kGzip},
                                  {"snappy", Codec::kSnappy},
                                  {"lz4", Codec::kLz4},
                                  {"zstd", Codec::kZstd}};

std::string Batch(const RecordBatchOptions& options) {
  RecordBatchBuilder builder(options);
  const std::vector<RecordHeader> headers = {{"name", absl::string_view("value")}, {"none"}};
  for (int i = 0; i < 5; ++i) {
    const std::string key = absl::StrCat("key-", i);
    Record record;
    record.key = key;
    if (i != 3) record.value = absl::string_view("a value, a value, a value");
    if (i % 2 == 0) record.headers = headers;
    record.timestamp = Timestamp(1000 + i);
    TM_CHECK(builder.AddAt(2 * i, record).ok());
  }
  const absl::Span<char> batch = *builder.Finish();
  return std::string(batch.data(), batch.size());
}

void PutStreams(const Corpus& corpus) {
  for (const NamedCodec& each : kCodecs) {
    const auto put = [&](absl::string_view name, absl::string_view bytes) {
      std::string stream;
      TM_CHECK(Compressor::Create(each.codec)->Compress(bytes, &stream).ok());
      // Snappy makes nothing that small of it; a smaller bomb is one as well.
      corpus.Put(each.name, name, absl::string_view(stream).substr(0, 4096));
    };
    put("empty", "");
    put("text", "the quick brown fox jumps over the lazy dog, the lazy dog");
    put("bomb", std::string(size_t{2} << 20, '\0'));
    std::string twice;
    TM_CHECK(Compressor::Create(each.codec)->Compress("one", &twice).ok());
    TM_CHECK(Compressor::Create(each.codec)->Compress("two", &twice).ok());
    corpus.Put(each.name, "two_streams", twice);
  }
  corpus.Put("snappy", "raw",
             std::string("\x0a\x24"
                         "0123456789",
                         12));
  corpus.Put("snappy", "claims_much", "\xff\xff\xff\xff\x0f");
}

void PutBatches(const Corpus& corpus) {
  RecordBatchOptions options;
  options.producer_id = ProducerId(9);
  options.producer_epoch = ProducerEpoch(1);
  options.base_sequence = Sequence(4);
  options.is_transactional = true;
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    options.codec = codec;
    const std::string batch = Batch(options);
    const std::string name = absl::StrCat("codec_", static_cast<int>(codec));
    corpus.Put("record_batch", name, batch);
    // Attributes, count, offsets beyond it; what stands behind the header.
    const std::string head = {static_cast<char>(codec), 0, 5, 4};
    corpus.Put("record_reader", name, head + batch.substr(61));
  }
}

void PutStateRecords(const Corpus& corpus) {
  const std::string key = EncodeOffsetCommitKey("group", {"topic", PartitionId(3)});
  OffsetCommitValue commit;
  commit.offset = Offset(42);
  commit.metadata = "note";
  commit.commit_time = Timestamp(1000);
  const std::string group_key = EncodeGroupMetadataKey("group");
  TransactionValue transaction;
  transaction.producer_id = ProducerId(5);
  transaction.producer_epoch = ProducerEpoch(2);
  transaction.timeout = absl::Seconds(60);
  transaction.status = TransactionStatus::kOngoing;
  transaction.partitions = {{"a", PartitionId(0)}, {"a", PartitionId(2)}, {"b", PartitionId(1)}};
  transaction.last_update_time = transaction.start_time = Timestamp(1000);
  transaction.client_transaction_version = 2;
  corpus.Put("state_records", "offset_key", key);
  corpus.Put("state_records", "offset_value", commit.Encode());
  corpus.Put("state_records", "group_key", group_key);
  corpus.Put("state_records", "transaction_key", EncodeTransactionKey("id"));
  corpus.Put("state_records", "transaction_value", transaction.Encode());
  for (const char in_transaction : {0, 1}) {
    const std::string head = {in_transaction, static_cast<char>(key.size())};
    corpus.Put("state_records", absl::StrCat("offset_record_", int{in_transaction}),
               head + key + commit.Encode());
  }
  const std::string head = {0, static_cast<char>(group_key.size())};
  // Version 3; a protocol type, generation 1, no protocol, no leader, a time, no members.
  const std::string group_value("\0\3\0\10consumer\0\0\0\1\377\377\377\377\0\0\0\0\0\0\0\1\0\0\0\0",
                                34);
  corpus.Put("state_records", "group_value", group_value);
  corpus.Put("state_records", "group_record", head + group_key + group_value);
}

std::map<std::string, std::string> AllFiles(EngineHarness* life) {
  std::map<std::string, std::string> files;
  for (std::string name : life->List()) {
    if (name.back() != '/') {
      files[name] = life->ReadFile(name);
      continue;
    }
    const std::vector<DirectoryEntry> entries =
        *life->file_system.List(absl::StrCat(EngineHarness::kRoot, "/", name));
    for (const DirectoryEntry& entry : entries) {
      files[name + entry.name] = life->ReadFile(name + entry.name);
    }
  }
  return files;
}

void PutDirectory(const Corpus& corpus, absl::string_view name,
                  const std::map<std::string, std::string>& files) {
  for (const uint8_t flags : {0, 3}) {
    corpus.Put("directory", absl::StrCat(name, "_", flags), EncodeDirectory({flags, files}));
  }
}

void PutDirectories(const Corpus& corpus) {
  EngineHarness life;
  TM_CHECK(life.Open().ok());
  const ConfigMap small = {{"segment.bytes", "300"}, {"index.interval.bytes", "64"}};
  TM_CHECK(life.engine->CreateTopic("t", 2, small).ok());
  ConfigMap compacted = small;
  compacted["cleanup.policy"] = "compact,delete";
  TM_CHECK(life.engine->CreateTopic("c", 1, compacted).ok());
  TM_CHECK(life.engine->AllocateProducerId().ok());
  TM_CHECK(life.engine->AlterEngineConfig({{"log.retention.ms", "600000"}}, {}).ok());
  for (int i = 0; i < 8; ++i) {
    TM_CHECK(life.Append("t", i % 2, absl::StrCat("a value with the number ", i)).ok());
  }
  life.engine->GetLog({"t", PartitionId(0)}).value()->DeleteRecordsBefore(Offset(1)).IgnoreError();
  TM_CHECK(life.engine->Checkpoint().ok());
  TM_CHECK(life.engine->Close().ok());
  const std::map<std::string, std::string> closed = AllFiles(&life);
  PutDirectory(corpus, "closed", closed);
  for (const char* text : {"t.topic", "c.topic", "tidemark.properties", "tidemark.producer-ids",
                           "recovery-point-offset-checkpoint", ".kafka_cleanshutdown"}) {
    const auto file = closed.find(text);
    TM_CHECK(file != closed.end());
    corpus.Put("text_files", text[0] == '.' ? text + 1 : text, file->second);
  }
  const auto index = closed.find("t-0/00000000000000000000.index");
  const auto times = closed.find("t-0/00000000000000000000.timeindex");
  const std::string head = {0, 0, 0, 0, 1, 44, 0, static_cast<char>(index->second.size())};
  corpus.Put("index_files", "segment", head + index->second + times->second);
}

void PutBrokerDirectories(const Corpus& corpus) {
  PutDirectory(corpus, "broker_swap", corpus.BrokerFiles("interrupted-swap/compacted-0", "c-0"));
  PutDirectory(corpus, "broker_cleaned", corpus.BrokerFiles("cleaned/compacted-0", "c-0"));
  PutDirectory(corpus, "broker_transactions", corpus.BrokerFiles("stopped/transactions-0", "t-0"));
  const auto cleaned = corpus.BrokerFiles("cleaned/compacted-0", "t-0");
  const std::string head(8, '\0');
  corpus.Put("index_files", "transactions", head + cleaned.at("t-0/00000000000000000111.txnindex"));
  corpus.Put("producer_snapshot", "broker", cleaned.at("t-0/00000000000000000111.snapshot"));
}

void PutOperations(const Corpus& corpus) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    SeededRandom random(seed);
    std::string operations;
    for (int i = 0; i < 300; ++i) operations.push_back(static_cast<char>(random.Next()));
    corpus.Put("log_operations", absl::StrCat("random_", seed), operations);
  }
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  TM_CHECK(argc == 2);
  const tidemark::Corpus corpus(argv[1]);
  tidemark::PutStreams(corpus);
  tidemark::PutBatches(corpus);
  tidemark::PutStateRecords(corpus);
  tidemark::PutDirectories(corpus);
  tidemark::PutBrokerDirectories(corpus);
  tidemark::PutOperations(corpus);
  return 0;
}
