// Goal: a service can use one Tidemark from many threads on a real disk: everything acknowledged is
// read, by tailing threads meanwhile and after the next opening. Method: each writer numbers its
// records; readers check that each writer's numbers rise one by one.

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "api/tidemark.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

constexpr int kWriters = 3;
constexpr int kRecordsPerWriter = 300;
constexpr int kPartitions = 2;

// The numbers seen of each writer in one partition.
class Sequences {
 public:
  void See(const RecordView& record) {
    int64_t number = 0;
    ASSERT_TRUE(absl::SimpleAtoi(*record.value, &number));
    int64_t& last = last_.emplace(std::string(*record.key), -1).first->second;
    EXPECT_EQ(number, last + 1) << *record.key;
    last = number;
    ++count_;
  }
  int64_t count() const { return count_; }

 private:
  std::map<std::string, int64_t> last_;
  int64_t count_ = 0;
};

void Write(int writer, Topic topic) {
  const std::string key = absl::StrCat("writer-", writer);
  for (int i = 0; i < kRecordsPerWriter; ++i) {
    const std::string value = absl::StrCat(i);
    const bool is_durable = i % 20 == 19;
    const absl::StatusOr<AppendAck> ack =
        topic.Append({.key = key, .value = value},
                     {.durability = is_durable ? Durability::kDurable : Durability::kBuffered,
                      .codec = i % 3 == 0 ? Codec::kLz4 : Codec::kNone});
    ASSERT_TRUE(ack.ok()) << ack.status();
    EXPECT_GE(ack->durability, is_durable ? Durability::kDurable : Durability::kBuffered);
  }
}

// Tails the partition until the topic's records have all been seen by somebody.
void Tail(PartitionId partition, Topic topic, std::atomic<int64_t>* seen) {
  Sequences sequences;
  Offset offset{0};
  while (*seen < kWriters * kRecordsPerWriter) {
    const absl::StatusOr<FetchedRecords> records =
        topic.Tail(partition, offset, absl::Milliseconds(20));
    ASSERT_TRUE(records.ok()) << records.status();
    for (const RecordView& record : *records) sequences.See(record);
    offset = records->next_offset();
    *seen += static_cast<int64_t>(records->size());
  }
}

TEST(Embedding, WhatManyThreadsAppendIsTailedMeanwhileAndReadAgainLater) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/embedding");
  {
    Tidemark tide = Tidemark::Open(directory).value();
    Topic topic = tide.CreateTopic("events", {.partition_count = kPartitions}).value();
    std::atomic<int64_t> seen{0};
    std::vector<std::thread> threads;
    for (int partition = 0; partition < kPartitions; ++partition) {
      threads.emplace_back([&, partition] { Tail(PartitionId{partition}, topic, &seen); });
    }
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer] { Write(writer, topic); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(tide.Close().ok());
  }
  Tidemark tide = Tidemark::Open(directory, {.create_if_missing = false}).value();
  Topic topic = tide.OpenTopic("events").value();
  int64_t count = 0;
  for (int partition = 0; partition < kPartitions; ++partition) {
    Sequences sequences;
    Offset offset{0};
    while (true) {
      const FetchedRecords records = topic.Read(PartitionId{partition}, offset).value();
      if (records.empty()) break;
      for (const RecordView& record : records) sequences.See(record);
      offset = records.next_offset();
    }
    count += sequences.count();
  }
  EXPECT_EQ(count, kWriters * kRecordsPerWriter);
}

constexpr int kInputs = 40;
constexpr FetchOptions kCommitted{.isolation = IsolationLevel::kReadCommitted};

// Copies records from "in" to "out", a few in each transaction, from where its group has got to.
// Every third time it ends in the middle of a transaction.
void CopyAPart(Tidemark* tide, int turn) {
  const TopicPartition in{"in", PartitionId{0}};
  Producer producer = tide->OpenProducer({.transactional_id = "copier"}).value();
  const auto committed = tide->groups().FetchOffset("copiers", in).value();
  const Offset from = committed.has_value() ? committed->offset : Offset{0};
  const FetchedRecords records =
      tide->OpenTopic("in")->Read(in.partition, from, {.records_max = 1 + turn % 4}).value();
  if (records.empty()) return;
  ASSERT_TRUE(producer.BeginTransaction().ok());
  const Topic out = tide->OpenTopic("out").value();
  for (const RecordView& record : records) {
    const Record copy{.key = record.key, .value = record.value};
    ASSERT_TRUE(producer.Append(out, copy, {.codec = Codec::kZstd}).ok());
  }
  ASSERT_TRUE(producer.SendOffsets("copiers", {{in, {.offset = records.next_offset()}}}).ok());
  if (turn % 3 == 2) return;
  const absl::Status done = producer.CommitTransaction();
  ASSERT_TRUE(done.ok()) << done;
}

TEST(Embedding, EachRecordIsCopiedOnceHoweverOftenItsCopierEnds) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/copying");
  const OpenOptions options{.config = {{"offsets.topic.num.partitions", "1"},
                                       {"transaction.state.log.num.partitions", "1"}}};
  {
    Tidemark tide = Tidemark::Open(directory, options).value();
    Topic in = tide.CreateTopic("in", {.partition_count = 1}).value();
    ASSERT_TRUE(tide.CreateTopic("out", {.partition_count = kPartitions}).ok());
    for (int i = 0; i < kInputs; ++i) {
      const std::string value = absl::StrCat(i);
      ASSERT_TRUE(in.Append({.key = value, .value = value}).ok());
    }
    for (int turn = 0; turn < kInputs / 2; ++turn) CopyAPart(&tide, turn);
  }
  Tidemark tide = Tidemark::Open(directory, options).value();
  for (int turn = 0; turn < 2 * kInputs; ++turn) CopyAPart(&tide, turn);
  std::map<std::string, int> copies;
  Topic out = tide.OpenTopic("out").value();
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    Offset offset{0};
    while (true) {
      const auto records = out.Read(PartitionId{partition}, offset, kCommitted).value();
      if (records.empty()) break;
      for (const RecordView& record : records) ++copies[std::string(*record.value)];
      offset = records.next_offset();
    }
  }
  EXPECT_EQ(copies.size(), static_cast<size_t>(kInputs));
  for (const auto& [value, count] : copies) EXPECT_EQ(count, 1) << value;
}

TEST(Embedding, ClosingEndsAWaitOfAnotherThread) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/closing");
  Tidemark tide = Tidemark::Open(directory).value();
  Topic topic = tide.CreateTopic("events", {.partition_count = 1}).value();
  absl::Status status;
  std::thread reader(
      [&] { status = topic.Tail(PartitionId{0}, Offset{0}, absl::InfiniteDuration()).status(); });
  EXPECT_TRUE(tide.Close().ok());
  reader.join();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
}

TEST(Embedding, ALockedDirectoryIsRefusedInTheSameProcess) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/locked");
  const Tidemark tide = Tidemark::Open(directory).value();
  EXPECT_TRUE(absl::IsFailedPrecondition(Tidemark::Open(directory).status()));
}

TEST(Embedding, ACompactionThatTakesLongHoldsUpNoSync) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/compacting");
  // The directory keeps them.
  ASSERT_TRUE(Tidemark::Open(directory, {.config = {{"log.cleaner.backoff.ms", "1"},
                                                    {"log.cleaner.threads", "2"}}})
                  ->Close()
                  .ok());
  Tidemark tide = Tidemark::Open(directory, {.executor_threads = 1}).value();
  const ConfigMap slow = {{"cleanup.policy", "compact"},
                          {"segment.bytes", "100"},
                          {"tidemark.compaction.bytes.per.second", "1"}};
  Topic compacted = tide.CreateTopic("compacted", {.partition_count = 2, .config = slow}).value();
  for (const PartitionId partition : {PartitionId{0}, PartitionId{1}}) {
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(compacted.Append({.key = "k", .value = "v"}, {.partition = partition}).ok());
    }
  }
  const auto is_running = [&] {
    const std::vector<CompactionState> states = tide.CompactionStates();
    return states[0].is_running && states[1].is_running;
  };
  while (!is_running()) std::this_thread::yield();
  Topic events = tide.CreateTopic("events").value();
  std::atomic<bool> is_durable = false;
  const Record record{.value = "v"};
  events.AppendAsync({&record, 1}, {.durability = Durability::kDurable},
                     [&](const absl::StatusOr<AppendAck>& ack) { is_durable = ack.ok(); });
  while (!is_durable) std::this_thread::yield();
  EXPECT_TRUE(is_running());
  EXPECT_TRUE(tide.Close().ok());
}

TEST(Embedding, NeedsAtLeastOneThread) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/threads");
  EXPECT_TRUE(absl::IsInvalidArgument(Tidemark::Open(directory, {.executor_threads = 0}).status()));
}

}  // namespace
}  // namespace tidemark
