#include "storage/record_batch_builder.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

absl::string_view Finish(RecordBatchBuilder* builder) {
  const absl::StatusOr<absl::Span<char>> batch = builder->Finish();
  EXPECT_TRUE(batch.ok()) << batch.status();
  return absl::string_view(batch->data(), batch->size());
}

Record MakeRecord(absl::string_view key, absl::string_view value, int64_t timestamp) {
  Record record;
  record.key = key;
  record.value = value;
  record.timestamp = Timestamp(timestamp);
  return record;
}

TEST(RecordBatchBuilder, WritesTheBytesThatTheFormatDefines) {
  RecordBatchOptions options;
  options.base_offset = Offset(1);
  options.leader_epoch = LeaderEpoch(2);
  RecordBatchBuilder builder(options);
  const RecordHeader header = {"h", absl::string_view("x")};
  Record record = MakeRecord("k", "vv", 0x0102);
  record.headers = absl::MakeConstSpan(&header, 1);
  ASSERT_TRUE(builder.Add(record).ok());
  std::string batch(Finish(&builder));
  batch.replace(17, 4, "CRC!");
  EXPECT_EQ(batch, std::string("\0\0\0\0\0\0\0\1"                  // Base offset.
                               "\0\0\0\x3f"                        // Length.
                               "\0\0\0\2"                          // Leader epoch.
                               "\2"                                // Magic.
                               "CRC!"                              //
                               "\0\0"                              // Attributes.
                               "\0\0\0\0"                          // Last offset delta.
                               "\0\0\0\0\0\0\1\2"                  // Base timestamp.
                               "\0\0\0\0\0\0\1\2"                  // Max timestamp.
                               "\xff\xff\xff\xff\xff\xff\xff\xff"  // Producer id.
                               "\xff\xff"                          // Producer epoch.
                               "\xff\xff\xff\xff"                  // Base sequence.
                               "\0\0\0\1"                          // Record count.
                               "\x1a"                              // Record length: 13.
                               "\0\0\0"    // Attributes, timestamp delta, offset delta.
                               "\2k\4vv"   // Key, value.
                               "\2\2h\2x"  // Headers.
                               ,
                               75));
}

TEST(RecordBatchBuilder, WritesTheExampleOfTheFormatDocument) {
  RecordBatchBuilder builder;
  Record record;
  record.value = "1";
  record.timestamp = Timestamp(0);
  ASSERT_TRUE(builder.Add(record).ok());
  EXPECT_EQ(absl::BytesToHexString(Finish(&builder)),
            "0000000000000000"
            "00000039"
            "ffffffff"
            "02"
            "1b3bfff3"
            "0000"
            "00000000"
            "0000000000000000"
            "0000000000000000"
            "ffffffffffffffff"
            "ffff"
            "ffffffff"
            "00000001"
            "0e"
            "00"
            "00"
            "00"
            "01"
            "0231"
            "00");
}

TEST(RecordBatchBuilder, SizeIsExactAndTheBoundHolds) {
  RecordBatchBuilder builder;
  EXPECT_EQ(builder.size_bytes(), 61);
  // Across every width of the length field: 63 and 64, 8191 and 8192, 2^20.
  for (size_t size : {0, 1, 50, 55, 56, 57, 58, 60, 63, 64, 8170, 8180, 8183, 8184, 8185, 8190,
                      1048560, 1048570, 1048580}) {
    const std::string value(size, 'v');
    const Record record = MakeRecord("", value, 1700000000000 + static_cast<int64_t>(size));
    const int64_t before = builder.size_bytes();
    ASSERT_TRUE(builder.Add(record).ok());
    EXPECT_LE(builder.size_bytes() - before, RecordBatchBuilder::SizeBoundBytes(record));
    EXPECT_EQ(static_cast<int64_t>(Finish(&builder).size()), builder.size_bytes());
  }
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(Finish(&builder));
  ASSERT_TRUE(batch.ok()) << batch.status();
  absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
  RecordView record;
  int count = 0;
  for (absl::StatusOr<bool> next = reader->Next(&record); next.ok() && *next;
       next = reader->Next(&record)) {
    EXPECT_EQ(record.timestamp.value() - 1700000000000, static_cast<int64_t>(record.value->size()));
    ++count;
  }
  EXPECT_EQ(count, 19);
}

TEST(RecordBatchBuilder, CountsTimestampsFromTheFirstAndKeepsTheGreatest) {
  RecordBatchBuilder builder;
  for (int64_t timestamp : {500, 900, 100}) {
    ASSERT_TRUE(builder.Add(MakeRecord("k", "v", timestamp)).ok());
  }
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(Finish(&builder));
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->base_timestamp(), Timestamp(500));
  EXPECT_EQ(batch->max_timestamp(), Timestamp(900));
}

TEST(RecordBatchBuilder, AddAtLeavesGapsAndOnlyGoesUp) {
  RecordBatchBuilder builder;
  ASSERT_TRUE(builder.AddAt(5, Record()).ok());
  EXPECT_EQ(builder.AddAt(5, Record()).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(builder.AddAt(-1, Record()).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(builder.Add(Record()).ok());
  ASSERT_TRUE(builder.AddAt(INT32_MAX, Record()).ok());
  EXPECT_EQ(builder.Add(Record()).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(builder.record_count(), 3);
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(Finish(&builder));
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->last_offset_delta(), INT32_MAX);
  EXPECT_EQ(batch->record_count(), 3);
}

TEST(RecordBatchBuilder, RefusesTimestampsThatCannotBeAndStaysAsItWas) {
  RecordBatchBuilder builder;
  ASSERT_TRUE(builder.Add(MakeRecord("k", "v", -1)).ok());
  const std::string before(Finish(&builder));
  EXPECT_EQ(builder.Add(MakeRecord("k", "v", -2)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(builder.Add(MakeRecord("k", "v", INT64_MAX)).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Finish(&builder), before);
}

TEST(RecordBatchBuilder, RefusesABatchThatDoesNotFitIn31BitsAndStaysAsItWas) {
  RecordBatchBuilder builder;
  ASSERT_TRUE(builder.Add(MakeRecord("k", "v", 1)).ok());
  const std::string before(Finish(&builder));
  // Never read: the size alone is refused.
  const absl::string_view huge("", size_t{1} << 31);
  Record with_value;
  with_value.value = huge;
  Record with_key;
  with_key.key = huge;
  const RecordHeader header = {"h", huge};
  Record with_header;
  with_header.headers = absl::MakeConstSpan(&header, 1);
  for (const Record& record : {with_value, with_key, with_header}) {
    EXPECT_EQ(builder.Add(record).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(Finish(&builder), before);
}

TEST(RecordBatchBuilder, HasNothingToFinishWithoutRecords) {
  RecordBatchBuilder builder;
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(builder.Finish().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(RecordBatchBuilder, ResetStartsOverWithTheSameOrOtherOptions) {
  RecordBatchOptions options;
  options.codec = Codec::kLz4;
  RecordBatchBuilder builder(options);
  ASSERT_TRUE(builder.Add(MakeRecord("k", "v", 1)).ok());
  const std::string first(Finish(&builder));
  ASSERT_TRUE(builder.Add(MakeRecord("k", "v", 2)).ok());
  builder.Reset();
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(builder.size_bytes(), 61);
  ASSERT_TRUE(builder.Add(MakeRecord("k", "v", 1)).ok());
  EXPECT_EQ(Finish(&builder), first);

  options.codec = Codec::kZstd;
  options.is_control = true;
  options.base_offset = Offset(9);
  builder.Reset(options);
  ASSERT_TRUE(builder.Add(MakeRecord("k", "v", 1)).ok());
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(Finish(&builder));
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->codec(), Codec::kZstd);
  EXPECT_TRUE(batch->is_control());
  EXPECT_EQ(batch->base_offset(), Offset(9));
}

TEST(RecordBatchBuilder, GoesOnAfterFinishAndAfterAMove) {
  RecordBatchBuilder builder;
  ASSERT_TRUE(builder.Add(MakeRecord("a", "1", 1)).ok());
  EXPECT_EQ(RecordBatchView::Parse(Finish(&builder))->record_count(), 1);
  RecordBatchBuilder moved = std::move(builder);
  ASSERT_TRUE(moved.Add(MakeRecord("b", "2", 2)).ok());
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(Finish(&moved));
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->record_count(), 2);
  EXPECT_TRUE(batch->VerifyCrc().ok());
}

}  // namespace
}  // namespace tidemark
