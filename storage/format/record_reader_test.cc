#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "storage/base/bytes.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"
#include "storage/format/varint.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

std::string Varint(int32_t value) {
  char bytes[kVarintBytesMax];
  return std::string(bytes, WriteVarint(value, bytes));
}

std::string Varlong(int64_t value) {
  char bytes[kVarlongBytesMax];
  return std::string(bytes, WriteVarlong(value, bytes));
}

// The fields of a record that fits; a case changes what it is about.
struct RawRecord {
  std::string timestamp_delta = Varlong(0);
  std::string offset_delta = Varint(0);
  std::string key = Varint(1) + "k";
  std::string value = Varint(1) + "v";
  std::string headers = Varint(0);

  std::string Body() const {
    return std::string(1, '\0') + timestamp_delta + offset_delta + key + value + headers;
  }
  std::string Encode() const { return Varint(static_cast<int32_t>(Body().size())) + Body(); }
};

// A batch at offset 100 with a right CRC around bytes that need not be right.
std::string MakeBatch(int32_t record_count, absl::string_view payload, int32_t last_offset_delta,
                      int16_t attributes = 0) {
  std::string batch(layout::kHeaderBytes, '\0');
  batch.append(payload.data(), payload.size());
  char* const out = batch.data();
  StoreBigEndian(int64_t{100}, out + layout::kBaseOffset);
  StoreBigEndian(static_cast<int32_t>(batch.size() - layout::kLengthOverheadBytes),
                 out + layout::kBatchLength);
  StoreBigEndian(layout::kMagicValue, out + layout::kMagic);
  StoreBigEndian(attributes, out + layout::kAttributes);
  StoreBigEndian(last_offset_delta, out + layout::kLastOffsetDelta);
  StoreBigEndian(int64_t{1000}, out + layout::kBaseTimestamp);
  StoreBigEndian(int64_t{2000}, out + layout::kMaxTimestamp);
  StoreBigEndian(record_count, out + layout::kRecordCount);
  StoreBigEndian(Crc32c(absl::string_view(batch).substr(layout::kAttributes)), out + layout::kCrc);
  return batch;
}

struct ReadResult {
  absl::Status status;
  std::vector<RecordView> records;
};

// The records that come before the end or the error. The error must come again.
ReadResult ReadAll(RecordReader* reader) {
  ReadResult result;
  RecordView record;
  while (true) {
    const absl::StatusOr<bool> next = reader->Next(&record);
    if (!next.ok()) {
      result.status = next.status();
      EXPECT_EQ(reader->Next(&record).status(), result.status);
      return result;
    }
    if (!*next) {
      EXPECT_FALSE(*reader->Next(&record));
      return result;
    }
    result.records.push_back(record);
  }
}

absl::Status ReadStatus(absl::string_view bytes) {
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  EXPECT_TRUE(batch.ok()) << batch.status();
  EXPECT_TRUE(batch->VerifyCrc().ok());
  absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
  if (!reader.ok()) return reader.status();
  return ReadAll(&*reader).status;
}

class EveryCodecTest : public testing::TestWithParam<Codec> {};

INSTANTIATE_TEST_SUITE_P(RecordReader, EveryCodecTest,
                         testing::Values(Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4,
                                         Codec::kZstd));

TEST_P(EveryCodecTest, GivesRecordsAsTheyWereAdded) {
  RecordBatchOptions options;
  options.codec = GetParam();
  options.base_offset = Offset(1000);
  RecordBatchBuilder builder(options);
  const RecordHeader headers[] = {
      {"h1", absl::string_view("x")}, {"h1", absl::string_view("")}, {"", absl::nullopt}};
  const std::string large(70000, 'z');
  Record both;
  both.key = "key";
  both.value = absl::string_view(large);
  both.timestamp = Timestamp(50);
  Record tombstone;
  tombstone.key = "";
  tombstone.headers = headers;
  tombstone.timestamp = Timestamp(40);
  Record keyless;
  keyless.value = "";
  keyless.timestamp = Timestamp(60);
  ASSERT_TRUE(builder.Add(both).ok());
  ASSERT_TRUE(builder.AddAt(7, tombstone).ok());
  ASSERT_TRUE(builder.Add(keyless).ok());
  const absl::Span<char> bytes = *builder.Finish();

  const absl::StatusOr<RecordBatchView> batch =
      RecordBatchView::Parse(absl::string_view(bytes.data(), bytes.size()));
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_TRUE(batch->VerifyCrc().ok());
  EXPECT_EQ(batch->codec(), GetParam());
  absl::StatusOr<RecordReader> opened = RecordReader::Open(*batch);
  ASSERT_TRUE(opened.ok()) << opened.status();
  RecordReader reader = *std::move(opened);
  const ReadResult result = ReadAll(&reader);
  ASSERT_TRUE(result.status.ok()) << result.status;
  ASSERT_EQ(result.records.size(), 3u);
  const RecordReader moved = std::move(reader);  // The views stay valid.

  EXPECT_EQ(result.records[0].offset, Offset(1000));
  EXPECT_EQ(result.records[0].timestamp, Timestamp(50));
  EXPECT_EQ(result.records[0].key, absl::optional<absl::string_view>("key"));
  EXPECT_EQ(result.records[0].value, absl::optional<absl::string_view>(large));
  EXPECT_EQ(result.records[0].headers.count(), 0);
  EXPECT_EQ(result.records[1].offset, Offset(1007));
  EXPECT_EQ(result.records[1].timestamp, Timestamp(40));
  EXPECT_EQ(result.records[1].key, absl::optional<absl::string_view>(""));
  EXPECT_FALSE(result.records[1].value.has_value());
  EXPECT_EQ(result.records[1].headers.count(), 3);
  EXPECT_EQ(result.records[2].offset, Offset(1008));
  EXPECT_FALSE(result.records[2].key.has_value());
  EXPECT_EQ(result.records[2].value, absl::optional<absl::string_view>(""));
  std::vector<RecordHeader> found;
  result.records[1].headers.ForEach([&](const RecordHeader& header) { found.push_back(header); });
  ASSERT_EQ(found.size(), 3u);
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].key, headers[i].key);
    EXPECT_EQ(found[i].value, headers[i].value);
  }
}

TEST_P(EveryCodecTest, StopsAtTheDecompressionLimit) {
  RecordBatchOptions options;
  options.codec = GetParam();
  RecordBatchBuilder builder(options);
  const std::string value(100000, 'x');
  Record record;
  record.value = absl::string_view(value);
  ASSERT_TRUE(builder.Add(record).ok());
  const absl::Span<char> bytes = *builder.Finish();
  const absl::StatusOr<RecordBatchView> batch =
      RecordBatchView::Parse(absl::string_view(bytes.data(), bytes.size()));
  ASSERT_TRUE(batch.ok()) << batch.status();
  const absl::Status status = RecordReader::Open(*batch, 1000).status();
  // Nothing is allocated for a batch that is not compressed.
  EXPECT_EQ(status.code(), GetParam() == Codec::kNone ? absl::StatusCode::kOk
                                                      : absl::StatusCode::kResourceExhausted);
}

TEST_P(EveryCodecTest, WrongRecordsUnderARightCrcAreDataLoss) {
  const std::string batch =
      MakeBatch(3, "no stream of any codec, and no records", 2, static_cast<int16_t>(GetParam()));
  const absl::Status status = ReadStatus(batch);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "batch at offset 100")) << status;
}

TEST(RecordReader, AcceptsTheRecordThatTheCasesBelowChange) {
  EXPECT_TRUE(ReadStatus(MakeBatch(1, RawRecord().Encode(), 0)).ok());
}

TEST(RecordReader, RefusesMalformedRecordsAndSaysWhichAndWhy) {
  const auto with = [](std::string RawRecord::*field, const std::string& bytes) {
    RawRecord record;
    record.*field = bytes;
    return record.Encode();
  };
  const std::string good = RawRecord().Encode();
  const std::string overlong("\x80\x80\x80\x80\x80\x01");
  const struct {
    std::string payload;
    absl::string_view why;
  } kCases[] = {
      {"\xff\xff\xff\xff\xff\xff\xff", "its length is malformed"},
      {Varint(-1) + std::string(8, '\0'), "its length does not fit what remains"},
      {Varint(1000) + good, "its length does not fit what remains"},
      {Varint(INT32_MAX) + good, "its length does not fit what remains"},
      {Varint(0) + good, "its length is zero"},
      {Varint(static_cast<int32_t>(good.size())) + good.substr(1) + "x", "more than its contents"},
      {Varint(static_cast<int32_t>(good.size()) - 2) + good.substr(1), "header count is malformed"},
      {with(&RawRecord::timestamp_delta, std::string(10, '\xff')), "timestamp delta is malformed"},
      {with(&RawRecord::offset_delta, overlong), "offset delta is malformed"},
      {with(&RawRecord::key, overlong), "key does not fit"},
      {with(&RawRecord::key, Varint(-2)), "key does not fit"},
      {with(&RawRecord::key, Varint(100) + "k"), "key does not fit"},
      {with(&RawRecord::key, Varint(INT32_MAX) + "k"), "key does not fit"},
      {with(&RawRecord::value, Varint(-2)), "value does not fit"},
      {with(&RawRecord::value, Varint(INT32_MIN)), "value does not fit"},
      {with(&RawRecord::value, Varint(4) + "v"), "value does not fit"},
      {with(&RawRecord::headers, overlong), "header count is malformed"},
      {with(&RawRecord::headers, Varint(-1)), "header count does not fit"},
      {with(&RawRecord::headers, Varint(INT32_MAX) + "abcd"), "header count does not fit"},
      {with(&RawRecord::headers, Varint(1) + Varint(-1) + Varint(0)), "a header does not fit"},
      {with(&RawRecord::headers, Varint(1) + Varint(9) + "abcd"), "a header does not fit"},
      {with(&RawRecord::headers, Varint(1) + Varint(0) + Varint(-2)), "a header does not fit"},
      {with(&RawRecord::headers, Varint(1) + Varint(0) + Varint(9)), "a header does not fit"},
      {with(&RawRecord::timestamp_delta, Varlong(INT64_MAX)), "timestamp does not fit in 64 bits"},
      {with(&RawRecord::offset_delta, Varint(-1)), "offset delta is -1; more than -1"},
      {with(&RawRecord::offset_delta, Varint(INT32_MIN)), "offset delta is -2147483648"},
      {with(&RawRecord::offset_delta, Varint(10)),
       "offset delta is 10; more than -1 and at most 9"},
      {good + "x", "followed by 1 bytes too many"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = ReadStatus(MakeBatch(1, test.payload, 9));
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << test.why;
    EXPECT_TRUE(absl::StrContains(status.message(), test.why)) << status << " for " << test.why;
    EXPECT_TRUE(absl::StrContains(status.message(), "record batch at offset 100: record"))
        << status;
  }
}

TEST(RecordReader, RefusesOffsetsThatDoNotRise) {
  RawRecord second;
  second.offset_delta = Varint(1);
  const std::string payload = second.Encode() + second.Encode();
  const absl::Status status = ReadStatus(MakeBatch(2, payload, 5));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(status.message(), "record 1 of 2: its offset delta is 1"))
      << status;
}

TEST(RecordReader, RefusesFewerRecordsThanAreCounted) {
  RawRecord second;
  second.offset_delta = Varint(1);
  second.value = Varint(20) + std::string(20, 'v');
  const absl::Status status = ReadStatus(MakeBatch(3, RawRecord().Encode() + second.Encode(), 5));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(status.message(), "record 2 of 3: its length")) << status;
}

TEST(RecordReader, GivesTheRecordsBeforeADamagedOne) {
  const std::string bytes = MakeBatch(2, RawRecord().Encode() + std::string(8, '\xff'), 1);
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  ASSERT_TRUE(batch.ok()) << batch.status();
  absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
  ASSERT_TRUE(reader.ok()) << reader.status();
  const ReadResult result = ReadAll(&*reader);
  EXPECT_EQ(result.records.size(), 1u);
  EXPECT_EQ(result.status.code(), absl::StatusCode::kDataLoss);
}

TEST(RecordReader, CountsTimestampsFromTheDeleteHorizon) {
  RecordBatchOptions options;
  options.delete_horizon = Timestamp(5000);
  RecordBatchBuilder builder(options);
  Record record;
  record.timestamp = Timestamp(1234);
  ASSERT_TRUE(builder.Add(record).ok());
  const absl::Span<char> bytes = *builder.Finish();
  const absl::StatusOr<RecordBatchView> batch =
      RecordBatchView::Parse(absl::string_view(bytes.data(), bytes.size()));
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->delete_horizon(), absl::optional<Timestamp>(Timestamp(5000)));
  EXPECT_EQ(batch->max_timestamp(), Timestamp(1234));
  absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
  RecordView found;
  ASSERT_TRUE(*reader->Next(&found));
  EXPECT_EQ(found.timestamp, Timestamp(1234));
}

TEST(RecordReader, FindsNothingInAnEmptiedBatchWhateverItsCodec) {
  for (int16_t codec = 0; codec <= 4; ++codec) {
    EXPECT_TRUE(ReadStatus(MakeBatch(0, "", 5, codec)).ok()) << codec;
  }
}

}  // namespace
}  // namespace tidemark
