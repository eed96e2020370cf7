// Goal: an append goes where it belongs, is acknowledged at what was asked for and not before, and
// leaves nothing behind when it fails. Method: everything in memory, with files that fail.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "api/testing/memory_tide.h"
#include "api/tidemark.h"
#include "gtest/gtest.h"
#include "storage/error_code.h"

namespace tidemark {
namespace {

constexpr PartitionId kFirst{0};

struct OpenTide : MemoryTide {
  explicit OpenTide(int32_t partition_count, const ConfigMap& config = {})
      : tide(Open().value()),
        topic(tide.CreateTopic("orders", {.partition_count = partition_count, .config = config})
                  .value()) {}

  std::string ReadAll(PartitionId partition = kFirst) {
    return Describe(topic.Read(partition, Offset{0}).value());
  }

  Tidemark tide;
  Topic topic;
};

TEST(TopicAppend, AcknowledgesWithPartitionAndOffset) {
  OpenTide open(3);
  const ProduceOptions second = {.partition = PartitionId{2}};
  const AppendAck first = open.topic.Append({.key = "k", .value = "a"}, second).value();
  EXPECT_EQ(first.partition, PartitionId{2});
  EXPECT_EQ(first.offset, Offset{0});
  EXPECT_EQ(first.record_count, 1);
  EXPECT_EQ(first.log_append_time, kNoTimestamp);
  EXPECT_EQ(first.durability, Durability::kBuffered);
  const std::vector<Record> batch = {{.value = "b"}, {.value = "c"}};
  const AppendAck next = open.topic.AppendBatch(batch, second).value();
  EXPECT_EQ(next.offset, Offset{1});
  EXPECT_EQ(next.record_count, 2);
  EXPECT_EQ(open.ReadAll(PartitionId{2}), "0:k=a 1:-=b 2:-=c");
}

TEST(TopicAppend, GoesByTheKeyWhereNoPartitionIsNamed) {
  OpenTide open(10);
  EXPECT_EQ(open.topic.Append({.key = "a"})->partition, PartitionId{4});
  EXPECT_EQ(open.topic.Append({.key = "abc"})->partition, PartitionId{7});
  const std::vector<Record> apart = {{.key = "a"}, {.key = "abc"}};
  const absl::Status status = open.topic.AppendBatch(apart).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_TRUE(absl::StartsWith(status.message(), "orders: ")) << status;
}

TEST(TopicAppend, WithoutKeysFillsABatchOnOnePartitionThenMoves) {
  OpenTide open(4);
  const std::string value(4096, 'x');
  std::vector<PartitionId> partitions;
  for (int i = 0; i < 8; ++i) partitions.push_back(open.topic.Append({.value = value})->partition);
  EXPECT_EQ(partitions[0], partitions[3]);
  EXPECT_NE(partitions[3], partitions[4]);
  EXPECT_EQ(partitions[4], partitions[7]);
}

TEST(TopicAppend, RefusesPartitionsAndBatchesThatAreNotThere) {
  OpenTide open(2);
  EXPECT_TRUE(absl::IsNotFound(open.topic.Append({}, {.partition = PartitionId{2}}).status()));
  EXPECT_TRUE(absl::IsNotFound(open.topic.Append({}, {.partition = PartitionId{-1}}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(open.topic.AppendBatch({}).status()));
}

TEST(TopicAppend, StampsRecordsWithoutATimestamp) {
  OpenTide open(1);
  ASSERT_TRUE(open.topic.Append({.value = "now"}).ok());
  ASSERT_TRUE(open.topic.Append({.value = "then", .timestamp = Timestamp{5}}).ok());
  const FetchedRecords records = open.topic.Read(kFirst, Offset{0}).value();
  EXPECT_EQ(records[0].timestamp, Timestamp{absl::ToUnixMillis(open.clock.Now())});
  EXPECT_EQ(records[1].timestamp, Timestamp{5});
}

TEST(TopicAppend, TellsTheTimeThatTheLogSets) {
  OpenTide open(1, {{"message.timestamp.type", "LogAppendTime"}});
  const Timestamp now{absl::ToUnixMillis(open.clock.Now())};
  EXPECT_EQ(open.topic.Append({.timestamp = Timestamp{5}})->log_append_time, now);
  EXPECT_EQ(open.topic.Read(kFirst, Offset{0}).value()[0].timestamp, now);
}

TEST(TopicAppend, EveryCodecBringsBackKeysValuesAndHeaders) {
  OpenTide open(1);
  const RecordHeader headers[] = {{"h", "1"}, {"null", absl::nullopt}};
  const std::string value(1000, 'v');
  Offset offset{0};
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    const std::vector<Record> batch = {{.key = "k", .value = value, .headers = headers},
                                       {.key = absl::nullopt, .value = ""},
                                       {.key = "", .value = absl::nullopt}};
    ASSERT_EQ(open.topic.AppendBatch(batch, {.codec = codec})->offset, offset);
    const FetchedRecords records = open.topic.Read(kFirst, offset).value();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].key, "k");
    EXPECT_EQ(records[0].value, value);
    std::string seen;
    records[0].headers.ForEach([&seen](const RecordHeader& header) {
      seen += std::string(header.key) + "=" + std::string(header.value.value_or("-")) + ";";
    });
    EXPECT_EQ(seen, "h=1;null=-;");
    EXPECT_EQ(records[1].key, absl::nullopt);
    EXPECT_EQ(records[1].value, "");
    EXPECT_EQ(records[2].key, "");
    EXPECT_EQ(records[2].value, absl::nullopt);
    offset += 3;
  }
}

TEST(TopicAppend, ADurableAppendIsAcknowledgedOnlyOnceItIsOnStableStorage) {
  OpenTide open(1);
  const Record record = {.value = "a"};
  std::vector<absl::StatusOr<AppendAck>> acks;
  open.topic.AppendAsync({&record, 1}, {.durability = Durability::kDurable},
                         [&acks](absl::StatusOr<AppendAck> ack) { acks.push_back(ack); });
  EXPECT_TRUE(acks.empty());
  EXPECT_EQ(open.ReadAll(), "0:-=a");
  open.executor.RunUntilIdle();
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_EQ(acks[0]->durability, Durability::kDurable);

  open.file_system.PowerLoss(PowerLossMode::kDropAll, nullptr);
  open.tide.Close().IgnoreError();
  Topic topic = open.Open()->OpenTopic("orders").value();
  EXPECT_EQ(topic.Offsets(kFirst)->latest, Offset{1});
}

TEST(TopicAppend, ALogThatSyncsByItselfTellsThatTheAppendIsDurable) {
  OpenTide open(1, {{"flush.messages", "1"}});
  EXPECT_EQ(open.topic.Append({.value = "a"})->durability, Durability::kDurable);
}

TEST(TopicAppend, TooLargeABatchIsRefusedAsAWhole) {
  OpenTide open(1, {{"max.message.bytes", "200"}});
  const std::string value(300, 'x');
  const std::vector<Record> batch = {{.value = "a"}, {.value = value}};
  const absl::Status status = open.topic.AppendBatch(batch).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_TRUE(absl::StartsWith(status.message(), "orders-0")) << status;
  EXPECT_EQ(open.ReadAll(), "");
  // What counts is the size as stored.
  EXPECT_TRUE(open.topic.AppendBatch(batch, {.codec = Codec::kZstd}).ok());
}

TEST(TopicAppend, AFullDiskLosesNothingThatWasAcknowledged) {
  OpenTide open(1);
  ASSERT_TRUE(open.topic.Append({.value = "kept"}).ok());
  open.file_system.SetCapacityBytes(open.file_system.used_bytes());
  const std::string value(100000, 'x');
  absl::Status status;
  for (int i = 0; i < 2000 && status.ok(); ++i) {
    status = open.topic.Append({.value = value}).status();
  }
  EXPECT_TRUE(IsDiskFull(status)) << status;
  const FetchedRecords records = open.topic.Read(kFirst, Offset{0}, {.records_max = 1}).value();
  EXPECT_EQ(Describe(records), "0:-=kept");
  open.file_system.SetCapacityBytes(int64_t{1} << 40);
  EXPECT_TRUE(open.topic.Append({.value = value}).ok());
}

TEST(TopicAppend, AFailedSyncIsToldAndEndsAppending) {
  OpenTide open(1);
  ASSERT_TRUE(open.AppendDurably(open.topic, {.value = "a"}).ok());
  open.file_system.SetFaultHook([](const FileOperation& operation) -> FileFault {
    if (operation.kind != FileOperation::Kind::kSync) return {};
    return absl::UnavailableError("the disk is ill");
  });
  EXPECT_TRUE(absl::IsDataLoss(open.AppendDurably(open.topic, {.value = "b"}).status()));
  open.file_system.SetFaultHook(nullptr);
  EXPECT_TRUE(absl::IsFailedPrecondition(open.topic.Append({.value = "c"}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(open.AppendDurably(open.topic, {.value = "c"}).status()));
  EXPECT_EQ(Describe(open.topic.Read(kFirst, Offset{0}, {.records_max = 1}).value()), "0:-=a");
}

// Commits what it is told to, and leads if it is told to.
class ManualReplicator : public Replicator {
 public:
  absl::StatusOr<LeaderEpoch> LeadingEpoch() const override {
    if (!leads) return absl::FailedPreconditionError("another replica leads");
    return LeaderEpoch{4};
  }
  Offset high_watermark() const override { return committed; }
  void OnAppend(Offset log_end) override { told.push_back(log_end); }
  void AwaitCommitted(Offset offset, absl::Duration,
                      std::function<void(absl::Status)> done) override {
    waits.emplace_back(offset, std::move(done));
  }
  void Close() override {}

  void Commit(Offset offset) {
    committed = offset;
    for (auto& [awaited, done] : std::exchange(waits, {})) {
      done(awaited < offset ? absl::OkStatus() : absl::FailedPreconditionError("gave up"));
    }
  }

  bool leads = true;
  Offset committed{0};
  std::vector<Offset> told;
  std::vector<std::pair<Offset, std::function<void(absl::Status)>>> waits;
};

struct ManualFactory : ReplicatorFactory {
  absl::StatusOr<std::unique_ptr<Replicator>> Create(std::shared_ptr<ReplicaLog>) override {
    auto replicator = std::make_unique<ManualReplicator>();
    last = replicator.get();
    return replicator;
  }
  ManualReplicator* last = nullptr;
};

TEST(TopicAppend, IsAcknowledgedAndReadableOnlyOnceItIsCommitted) {
  ManualFactory factory;
  MemoryTide memory({.replicator_factory = &factory});
  Tidemark tide = memory.Open().value();
  Topic topic = tide.CreateTopic("orders", {.partition_count = 1}).value();
  const Record record = {.value = "a", .timestamp = Timestamp{5}};
  std::vector<absl::StatusOr<AppendAck>> acks;
  topic.AppendAsync({&record, 1}, {},
                    [&acks](absl::StatusOr<AppendAck> ack) { acks.push_back(ack); });
  EXPECT_EQ(factory.last->told, std::vector<Offset>{Offset{1}});
  EXPECT_TRUE(acks.empty());
  EXPECT_TRUE(topic.Read(kFirst, Offset{0})->empty());
  EXPECT_EQ(topic.Offsets(kFirst)->latest, Offset{0});
  EXPECT_FALSE(topic.FindByTimestamp(kFirst, Timestamp{0})->has_value());

  factory.last->Commit(Offset{1});
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_TRUE(acks[0].ok());
  EXPECT_EQ(Describe(topic.Read(kFirst, Offset{0}).value()), "0:-=a");
  EXPECT_EQ(topic.FindByTimestamp(kFirst, Timestamp{0}).value()->offset, Offset{0});
}

TEST(TopicAppend, TellsWhenCommitmentFails) {
  ManualFactory factory;
  MemoryTide memory({.replicator_factory = &factory});
  Tidemark tide = memory.Open().value();
  Topic topic = tide.CreateTopic("orders", {.partition_count = 1}).value();
  const Record record = {.value = "a"};
  absl::Status result;
  topic.AppendAsync({&record, 1}, {},
                    [&result](absl::StatusOr<AppendAck> ack) { result = ack.status(); });
  factory.last->Commit(Offset{0});
  EXPECT_TRUE(absl::IsFailedPrecondition(result)) << result;
}

TEST(TopicAppend, AppendsNothingWhereAnotherReplicaLeads) {
  ManualFactory factory;
  MemoryTide memory({.replicator_factory = &factory});
  Tidemark tide = memory.Open().value();
  Topic topic = tide.CreateTopic("orders", {.partition_count = 1}).value();
  factory.last->leads = false;
  const absl::Status status = topic.Append({.value = "a"}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(status.message(), "orders-0: another replica leads");
  factory.last->Commit(Offset{100});
  EXPECT_TRUE(topic.Read(kFirst, Offset{0})->empty());
}

}  // namespace
}  // namespace tidemark
