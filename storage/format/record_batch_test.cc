#include "storage/record_batch.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "storage/base/bytes.h"
#include "storage/format/record_batch_layout.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

// Three records at 100, 101 and 102.
std::string ExampleBatch(RecordBatchOptions options = {}) {
  options.base_offset = Offset(100);
  RecordBatchBuilder builder(options);
  for (int i = 0; i < 3; ++i) {
    Record record;
    record.key = "key";
    record.value = "value";
    record.timestamp = Timestamp(1700000000000 + i);
    EXPECT_TRUE(builder.Add(record).ok());
  }
  const absl::StatusOr<absl::Span<char>> batch = builder.Finish();
  EXPECT_TRUE(batch.ok());
  return std::string(batch->data(), batch->size());
}

template <typename T>
std::string WithField(std::string batch, size_t position, T value) {
  char bytes[sizeof(value)];
  StoreBigEndian(value, bytes);
  return batch.replace(position, sizeof(bytes), bytes, sizeof(bytes));
}

TEST(RecordBatchView, ShowsEveryFieldOfItsHeader) {
  RecordBatchOptions options;
  options.leader_epoch = LeaderEpoch(7);
  options.producer_id = ProducerId(4294967301);
  options.producer_epoch = ProducerEpoch(3);
  options.base_sequence = Sequence(41);
  options.is_transactional = true;
  const std::string bytes = ExampleBatch(options);
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->bytes(), bytes);
  EXPECT_EQ(batch->size_bytes(), static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(batch->base_offset(), Offset(100));
  EXPECT_EQ(batch->last_offset(), Offset(102));
  EXPECT_EQ(batch->next_offset(), Offset(103));
  EXPECT_EQ(batch->last_offset_delta(), 2);
  EXPECT_EQ(batch->leader_epoch(), LeaderEpoch(7));
  EXPECT_EQ(batch->attributes(), layout::kTransactionalBit);
  EXPECT_EQ(batch->codec(), Codec::kNone);
  EXPECT_EQ(batch->timestamp_type(), TimestampType::kCreateTime);
  EXPECT_TRUE(batch->is_transactional());
  EXPECT_FALSE(batch->is_control());
  EXPECT_FALSE(batch->delete_horizon().has_value());
  EXPECT_EQ(batch->base_timestamp(), Timestamp(1700000000000));
  EXPECT_EQ(batch->max_timestamp(), Timestamp(1700000000002));
  EXPECT_EQ(batch->producer_id(), ProducerId(4294967301));
  EXPECT_EQ(batch->producer_epoch(), ProducerEpoch(3));
  EXPECT_EQ(batch->base_sequence(), Sequence(41));
  EXPECT_EQ(batch->record_count(), 3);
  EXPECT_EQ(batch->payload(), absl::string_view(bytes).substr(61));
  EXPECT_TRUE(batch->VerifyCrc().ok());
}

TEST(RecordBatchView, ShowsEveryAttribute) {
  const struct {
    int16_t attributes;
    Codec codec;
    TimestampType timestamp_type;
    bool is_transactional;
    bool is_control;
    bool has_delete_horizon;
  } kCases[] = {
      {0x00, Codec::kNone, TimestampType::kCreateTime, false, false, false},
      {0x01, Codec::kGzip, TimestampType::kCreateTime, false, false, false},
      {0x02, Codec::kSnappy, TimestampType::kCreateTime, false, false, false},
      {0x03, Codec::kLz4, TimestampType::kCreateTime, false, false, false},
      {0x04, Codec::kZstd, TimestampType::kCreateTime, false, false, false},
      {0x08, Codec::kNone, TimestampType::kLogAppendTime, false, false, false},
      {0x10, Codec::kNone, TimestampType::kCreateTime, true, false, false},
      {0x30, Codec::kNone, TimestampType::kCreateTime, true, true, false},
      {0x40, Codec::kNone, TimestampType::kCreateTime, false, false, true},
      {0x7c, Codec::kZstd, TimestampType::kLogAppendTime, true, true, true},
  };
  for (const auto& test : kCases) {
    const std::string bytes = WithField(ExampleBatch(), layout::kAttributes, test.attributes);
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ(batch->codec(), test.codec);
    EXPECT_EQ(batch->timestamp_type(), test.timestamp_type);
    EXPECT_EQ(batch->is_transactional(), test.is_transactional);
    EXPECT_EQ(batch->is_control(), test.is_control);
    EXPECT_EQ(batch->delete_horizon().has_value(), test.has_delete_horizon);
  }
}

TEST(RecordBatchView, EndsWhereItsLengthSays) {
  const std::string bytes = ExampleBatch();
  const std::string followed = bytes + ExampleBatch();
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(followed);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->bytes(), bytes);
  EXPECT_TRUE(batch->VerifyCrc().ok());
}

TEST(RecordBatchView, EveryCutAsksForMoreBytes) {
  const std::string bytes = ExampleBatch();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const absl::Status status =
        RecordBatchView::Parse(absl::string_view(bytes).substr(0, size)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << size;
    EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat(size, " bytes are there")))
        << status;
  }
}

TEST(RecordBatchView, RefusesOlderAndNewerVersionsAndSaysWhatToDo) {
  for (int magic : {0, 1}) {
    const std::string bytes = WithField(ExampleBatch(), layout::kMagic, static_cast<int8_t>(magic));
    // The magic counts before the length: an old message may be shorter than a header.
    for (absl::string_view part :
         {absl::string_view(bytes), absl::string_view(bytes).substr(0, 17)}) {
      const absl::Status status = RecordBatchView::Parse(part).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat("(magic) ", magic))) << status;
      EXPECT_TRUE(absl::StrContains(status.message(), "mirror the topic")) << status;
    }
  }
  for (int magic : {3, 127, -1}) {
    const absl::Status status = RecordBatchView::Parse(WithField(ExampleBatch(), layout::kMagic,
                                                                 static_cast<int8_t>(magic)))
                                    .status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat("magic ", magic, " is unknown")));
  }
}

TEST(RecordBatchView, SpaceThatWasNeverWrittenIsDataLossOnceItsLengthIsThere) {
  for (size_t size = 0; size < 200; ++size) {
    const absl::Status status = RecordBatchView::Parse(std::string(size, '\0')).status();
    if (size < 12) {
      EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << size;
    } else {
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << size;
      EXPECT_TRUE(absl::StrContains(status.message(), "length is zero")) << status;
    }
  }
}

TEST(RecordBatchView, RefusesFieldsThatCannotBe) {
  const std::string batch = ExampleBatch();
  const struct {
    std::string bytes;
    absl::string_view why;
  } kCases[] = {
      {WithField(batch, layout::kBatchLength, int32_t{-1}), "length -1"},
      {WithField(batch, layout::kBatchLength, INT32_MIN), "length -2147483648"},
      {WithField(batch, layout::kBatchLength, int32_t{13}), "length 13"},
      {WithField(batch, layout::kBatchLength, int32_t{48}), "length 48 is less than 49"},
      {WithField(batch, layout::kBaseOffset, int64_t{-1}), "base offset -1"},
      {WithField(batch, layout::kBaseOffset, INT64_MAX - 2), "last offset delta 2 cannot be"},
      {WithField(batch, layout::kPartitionLeaderEpoch, int32_t{-2}), "leader epoch -2"},
      {WithField(batch, layout::kAttributes, int16_t{5}), "codec 5"},
      {WithField(batch, layout::kAttributes, int16_t{7}), "codec 7"},
      {WithField(batch, layout::kLastOffsetDelta, int32_t{-1}), "last offset delta -1"},
      {WithField(batch, layout::kLastOffsetDelta, int32_t{1}), "3 records do not fit"},
      {WithField(batch, layout::kRecordCount, int32_t{-1}), "-1 records"},
      {WithField(batch, layout::kRecordCount, int32_t{4}), "4 records do not fit"},
      {WithField(batch, layout::kRecordCount, int32_t{0}), "0 records cannot be in"},
      {WithField(WithField(batch, layout::kRecordCount, int32_t{1000}), layout::kLastOffsetDelta,
                 int32_t{5000}),
       "1000 records cannot be in"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = RecordBatchView::Parse(test.bytes).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << test.why;
    EXPECT_TRUE(absl::StrContains(status.message(), test.why)) << status;
  }
}

TEST(RecordBatchView, AcceptsTheGreatestOffset) {
  const std::string bytes = WithField(ExampleBatch(), layout::kBaseOffset, INT64_MAX - 3);
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->next_offset(), Offset(INT64_MAX));
}

TEST(RecordBatchView, AcceptsABatchThatCompactionHasEmptied) {
  std::string bytes = ExampleBatch().substr(0, layout::kHeaderBytes);
  bytes = WithField(bytes, layout::kBatchLength, layout::kBatchLengthMin);
  bytes = WithField(bytes, layout::kRecordCount, int32_t{0});
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->next_offset(), Offset(103));
  EXPECT_TRUE(batch->payload().empty());
}

TEST(RecordBatchView, VerifyCrcNamesBothSums) {
  std::string bytes = ExampleBatch();
  const uint32_t right = RecordBatchView::Parse(bytes)->crc();
  bytes = WithField(bytes, layout::kCrc, uint32_t{0xdeadbeef});
  const absl::Status status = RecordBatchView::Parse(bytes)->VerifyCrc();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(status.message(), "offset 100")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "deadbeef")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat(absl::Hex(right, absl::kZeroPad8))))
      << status;
}

TEST(StampBatch, ChangesPlaceAndEpochAndKeepsTheCrcRight) {
  std::string bytes = ExampleBatch();
  StampBatch(Offset(5000), LeaderEpoch(9), absl::MakeSpan(bytes));
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->base_offset(), Offset(5000));
  EXPECT_EQ(batch->last_offset(), Offset(5002));
  EXPECT_EQ(batch->leader_epoch(), LeaderEpoch(9));
  EXPECT_TRUE(batch->VerifyCrc().ok());
}

TEST(StampLogAppendTime, GivesEveryRecordTheTimeAndSumsAnew) {
  std::string bytes = ExampleBatch();
  StampLogAppendTime(Timestamp(1800000000000), absl::MakeSpan(bytes));
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->timestamp_type(), TimestampType::kLogAppendTime);
  EXPECT_EQ(batch->max_timestamp(), Timestamp(1800000000000));
  EXPECT_EQ(batch->base_timestamp(), Timestamp(1700000000000));
  EXPECT_TRUE(batch->VerifyCrc().ok());
  absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
  RecordView record;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(*reader->Next(&record));
    EXPECT_EQ(record.timestamp, Timestamp(1800000000000));
  }
}

}  // namespace
}  // namespace tidemark
