// Goal: reading gives every committed record once and in order, within the asked bounds, and waits
// no longer than asked. Method: everything in memory, time moved by hand.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/testing/memory_tide.h"
#include "api/tidemark.h"
#include "gtest/gtest.h"
#include "storage/engine.h"

namespace tidemark {
namespace {

constexpr PartitionId kFirst{0};

struct OpenTide : MemoryTide {
  explicit OpenTide(const ConfigMap& config = {})
      : tide(Open().value()),
        topic(tide.CreateTopic("orders", {.partition_count = 1, .config = config}).value()) {}

  void AppendBatch(int records, Codec codec = Codec::kNone) {
    std::vector<std::string> values;
    for (int i = 0; i < records; ++i) values.push_back(absl::StrCat("v", next++));
    std::vector<Record> batch;
    for (const std::string& value : values) batch.push_back({.value = value});
    ASSERT_TRUE(topic.AppendBatch(batch, {.codec = codec}).ok());
  }

  Tidemark tide;
  Topic topic;
  int next = 0;
};

TEST(TopicRead, GoesOnWhereTheLastReadEndedWhateverItsBounds) {
  for (const Codec codec : {Codec::kNone, Codec::kLz4}) {
    OpenTide open;
    for (const int records : {1, 5, 2, 7}) open.AppendBatch(records, codec);
    for (int64_t records_max = 1; records_max <= 16; ++records_max) {
      Offset offset{0};
      while (true) {
        const FetchedRecords records =
            open.topic.Read(kFirst, offset, {.records_max = records_max}).value();
        if (records.empty()) break;
        EXPECT_LE(static_cast<int64_t>(records.size()), records_max);
        for (const RecordView& record : records) {
          EXPECT_EQ(record.offset, offset);
          EXPECT_EQ(record.value, absl::StrCat("v", offset.value()));
          ++offset;
        }
        EXPECT_EQ(records.next_offset(), offset);
      }
      EXPECT_EQ(offset, Offset{15});
    }
  }
}

TEST(TopicRead, TakesNoMoreBytesThanAskedButAlwaysOneBatch) {
  OpenTide open;
  for (int i = 0; i < 3; ++i) open.AppendBatch(4);
  EXPECT_EQ(open.topic.Read(kFirst, Offset{0}, {.bytes_max = 0})->size(), 4u);
  EXPECT_EQ(open.topic.Read(kFirst, Offset{5}, {.bytes_max = 0})->size(), 3u);
  EXPECT_EQ(open.topic.Read(kFirst, Offset{0})->size(), 12u);
}

TEST(TopicRead, ReadsAcrossSegments) {
  OpenTide open(ConfigMap{{"segment.bytes", "200"}});
  for (int i = 0; i < 10; ++i) open.AppendBatch(3);
  Offset offset{0};
  while (true) {
    const FetchedRecords records = open.topic.Read(kFirst, offset).value();
    if (records.empty()) break;
    EXPECT_EQ(records.front().offset, offset);
    offset = records.next_offset();
  }
  EXPECT_EQ(offset, Offset{30});
}

TEST(TopicRead, SaysWhereThePartitionStands) {
  OpenTide open;
  open.AppendBatch(3);
  const FetchedRecords records = open.topic.Read(kFirst, Offset{3}).value();
  EXPECT_TRUE(records.empty());
  EXPECT_EQ(records.next_offset(), Offset{3});
  EXPECT_EQ(records.log_start(), Offset{0});
  EXPECT_EQ(records.high_watermark(), Offset{3});
  const PartitionOffsets offsets = open.topic.Offsets(kFirst).value();
  EXPECT_EQ(offsets.earliest, Offset{0});
  EXPECT_EQ(offsets.latest, Offset{3});
}

TEST(TopicRead, RefusesOffsetsOutsideOfTheLogAndBoundsThatAllowNothing) {
  OpenTide open;
  open.AppendBatch(3);
  for (const Offset offset : {Offset{-1}, Offset{4}}) {
    const absl::Status status = open.topic.Read(kFirst, offset).status();
    EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
    EXPECT_TRUE(absl::StartsWith(status.message(), "orders-0")) << status;
  }
  EXPECT_TRUE(
      absl::IsInvalidArgument(open.topic.Read(kFirst, Offset{0}, {.records_max = 0}).status()));
  for (const PartitionId partition : {PartitionId{1}, PartitionId{-1}}) {
    EXPECT_TRUE(absl::IsNotFound(open.topic.Read(partition, Offset{0}).status()));
    EXPECT_TRUE(absl::IsNotFound(open.topic.Offsets(partition).status()));
    EXPECT_TRUE(absl::IsNotFound(open.topic.FindByTimestamp(partition, Timestamp{0}).status()));
    EXPECT_TRUE(
        absl::IsNotFound(open.topic.Tail(partition, Offset{0}, absl::InfiniteDuration()).status()));
  }
}

TEST(TopicRead, FindsTheFirstRecordOfATime) {
  OpenTide open;
  for (const int64_t time : {100, 200, 300}) {
    ASSERT_TRUE(open.topic.Append({.timestamp = Timestamp{time}}).ok());
  }
  EXPECT_EQ(open.topic.FindByTimestamp(kFirst, Timestamp{150}).value()->offset, Offset{1});
  EXPECT_FALSE(open.topic.FindByTimestamp(kFirst, Timestamp{301})->has_value());
}

TEST(TopicRead, TellsDamageWithItsPlace) {
  OpenTide open;
  open.AppendBatch(1);
  open.AppendBatch(1);
  const std::unique_ptr<File> file =
      open.file_system.Open("/data/orders-0/00000000000000000000.log", OpenMode::kReadWrite)
          .value();
  const int64_t size = 61 + 9;
  ASSERT_TRUE(file->Write(2 * size - 2, "X").ok());
  EXPECT_EQ(Describe(open.topic.Read(kFirst, Offset{0}, {.records_max = 1}).value()), "0:-=v0");
  const absl::Status status = open.topic.Read(kFirst, Offset{1}).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "orders-0: the batch at offset 1")) << status;
}

// Appends a transaction marker, as a broker would.
void AppendMarker(MemoryTide* memory) {
  const std::unique_ptr<StorageEngine> engine =
      StorageEngine::Open(MemoryTide::kDirectory, memory->options.environment, {}).value();
  const std::shared_ptr<ReplicaLog> log = engine->GetLog({"orders", kFirst}).value();
  const TransactionEnd end{ProducerId{1}, ProducerEpoch{0}, /*is_commit=*/true, 0};
  ASSERT_TRUE(log->EndTransaction(end, {}).ok());
  ASSERT_TRUE(engine->Close().ok());
}

TEST(TopicRead, PassesOverTransactionMarkers) {
  OpenTide open;
  open.AppendBatch(1);
  ASSERT_TRUE(open.tide.Close().ok());
  AppendMarker(&open);
  AppendMarker(&open);
  open.tide = open.Open().value();
  open.topic = open.tide.OpenTopic("orders").value();
  EXPECT_EQ(Describe(open.topic.Read(kFirst, Offset{0}).value()), "0:-=v0");
  // Nothing to read behind them yet, and nothing to read again.
  const FetchedRecords records = open.topic.Read(kFirst, Offset{1}, {.bytes_max = 0}).value();
  EXPECT_TRUE(records.empty());
  EXPECT_EQ(records.next_offset(), Offset{3});
  open.AppendBatch(1);
  EXPECT_EQ(Describe(open.topic.Read(kFirst, Offset{1}, {.bytes_max = 0}).value()), "3:-=v1");
}

struct TailResult {
  void Start(OpenTide* open, Offset offset, absl::Duration timeout) {
    open->topic.TailAsync(kFirst, offset, timeout, {},
                          [this](absl::StatusOr<FetchedRecords> records) {
                            ++calls;
                            status = records.status();
                            if (records.ok()) text = Describe(*records);
                          });
  }
  int calls = 0;
  absl::Status status;
  std::string text;
};

TEST(TopicDeleteRecords, MovesTheStartAndKeepsWhatWasFetched) {
  OpenTide open;
  for (const int records : {2, 3}) open.AppendBatch(records);
  const FetchedRecords fetched = open.topic.Read(kFirst, Offset{0}).value();
  ASSERT_TRUE(open.topic.DeleteRecordsBefore(kFirst, Offset{3}).ok());
  EXPECT_EQ(open.topic.Offsets(kFirst)->earliest, Offset{3});
  EXPECT_TRUE(absl::IsOutOfRange(open.topic.Read(kFirst, Offset{2}).status()));
  EXPECT_EQ(Describe(open.topic.Read(kFirst, Offset{3}).value()), "3:-=v3 4:-=v4");
  EXPECT_EQ(Describe(fetched), "0:-=v0 1:-=v1 2:-=v2 3:-=v3 4:-=v4");
  EXPECT_TRUE(open.topic.DeleteRecordsBefore(kFirst, Offset{1}).ok());
  EXPECT_EQ(open.topic.Offsets(kFirst)->earliest, Offset{3});
  ASSERT_TRUE(open.tide.Close().ok());
  EXPECT_EQ(open.Open()->OpenTopic("orders")->Offsets(kFirst)->earliest, Offset{3});
}

TEST(TopicDeleteRecords, RefusesWhatCannotBe) {
  OpenTide open;
  open.AppendBatch(2);
  EXPECT_TRUE(absl::IsOutOfRange(open.topic.DeleteRecordsBefore(kFirst, Offset{3})));
  EXPECT_TRUE(absl::IsNotFound(open.topic.DeleteRecordsBefore(PartitionId{1}, Offset{0})));
  EXPECT_EQ(open.topic.Offsets(kFirst)->earliest, Offset{0});
}

TEST(TopicTail, ReturnsAtOnceWhatIsThere) {
  OpenTide open;
  open.AppendBatch(2);
  EXPECT_EQ(Describe(open.topic.Tail(kFirst, Offset{1}, absl::InfiniteDuration()).value()),
            "1:-=v1");
}

TEST(TopicTail, WaitsForTheNextRecord) {
  OpenTide open;
  TailResult result;
  result.Start(&open, Offset{0}, absl::InfiniteDuration());
  open.executor.RunUntilIdle();
  EXPECT_EQ(result.calls, 0);
  open.AppendBatch(2);
  open.executor.RunUntilIdle();
  EXPECT_EQ(result.calls, 1);
  EXPECT_EQ(result.text, "0:-=v0 1:-=v1");
}

TEST(TopicTail, ReturnsNothingAfterTheTimeout) {
  OpenTide open;
  TailResult result;
  result.Start(&open, Offset{0}, absl::Seconds(5));
  open.executor.AdvanceBy(absl::Milliseconds(4999));
  EXPECT_EQ(result.calls, 0);
  open.executor.AdvanceBy(absl::Milliseconds(1));
  EXPECT_EQ(result.calls, 1);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.text, "");
}

TEST(TopicTail, WithNoTimeIsARead) {
  OpenTide open;
  EXPECT_TRUE(open.topic.Tail(kFirst, Offset{0}, absl::ZeroDuration())->empty());
}

TEST(TopicTail, EndsWhenTheTopicGoes) {
  OpenTide open;
  TailResult result;
  result.Start(&open, Offset{0}, absl::InfiniteDuration());
  ASSERT_TRUE(open.tide.DeleteTopic("orders").ok());
  open.executor.RunUntilIdle();
  EXPECT_EQ(result.calls, 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(result.status)) << result.status;
}

TEST(TopicTail, EndsWhenTheDirectoryIsClosed) {
  OpenTide open;
  TailResult result;
  result.Start(&open, Offset{0}, absl::InfiniteDuration());
  ASSERT_TRUE(open.tide.Close().ok());
  open.executor.RunUntilIdle();
  EXPECT_EQ(result.calls, 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(result.status)) << result.status;
}

}  // namespace
}  // namespace tidemark
