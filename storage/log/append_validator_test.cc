#include "storage/log/append_validator.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/base/bytes.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

std::string Batch(int records, const RecordBatchOptions& options = {}) {
  RecordBatchBuilder builder(options);
  for (int i = 0; i < records; ++i) {
    Record record;
    record.value = "value";
    record.timestamp = Timestamp(1000 + i);
    EXPECT_TRUE(builder.Add(record).ok());
  }
  const absl::Span<char> bytes = *builder.Finish();
  return std::string(bytes.data(), bytes.size());
}

std::string BatchAt(int64_t base_offset, int32_t epoch, int records = 1) {
  std::string batch = Batch(records);
  StampBatch(Offset(base_offset), LeaderEpoch(epoch), absl::MakeSpan(batch));
  return batch;
}

// Puts a field in and sums anew.
template <typename T>
std::string With(std::string batch, size_t position, T value) {
  StoreBigEndian(value, batch.data() + position);
  StoreBigEndian(Crc32c(absl::string_view(batch).substr(layout::kAttributes)),
                 batch.data() + layout::kCrc);
  return batch;
}

void ExpectRefused(const std::string& bytes, bool is_trusted, const std::string& why,
                   const LogConfig& config = {}) {
  const absl::Status status = ValidateLeaderBatch(bytes, config, is_trusted).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status << ", expected: " << why;
  EXPECT_NE(status.message().find(why), std::string::npos) << status;
}

TEST(AppendValidator, ALeaderTakesOneWholeBatch) {
  for (const Codec codec : {Codec::kNone, Codec::kZstd}) {
    RecordBatchOptions options;
    options.codec = codec;
    const std::string batch = Batch(3, options);
    for (const bool is_trusted : {true, false}) {
      const auto view = ValidateLeaderBatch(batch, LogConfig(), is_trusted);
      ASSERT_TRUE(view.ok()) << view.status();
      EXPECT_EQ(view->record_count(), 3);
      ExpectRefused(batch + batch, is_trusted, "one batch of");
      ExpectRefused(batch + std::string(1, '\0'), is_trusted, "one batch of");
      ExpectRefused(batch.substr(0, batch.size() - 1), is_trusted, "are needed");
      ExpectRefused("", is_trusted, "are needed");
    }
  }
}

TEST(AppendValidator, ALeaderTakesBatchesUpToBothSizeLimitsAndNoLarger) {
  const std::string batch = Batch(3);
  LogConfig config;
  config.batch_bytes_max = static_cast<int64_t>(batch.size());
  EXPECT_TRUE(ValidateLeaderBatch(batch, config, true).ok());
  --config.batch_bytes_max;
  ExpectRefused(batch, true, "max.message.bytes", config);
  ++config.batch_bytes_max;
  config.segment_bytes_max = config.batch_bytes_max;
  EXPECT_TRUE(ValidateLeaderBatch(batch, config, true).ok());
  --config.segment_bytes_max;
  ExpectRefused(batch, true, "segment.bytes", config);
}

TEST(AppendValidator, ALeaderTakesNoGapsEvenFromATrustedCaller) {
  RecordBatchBuilder builder;
  Record record;
  ASSERT_TRUE(builder.AddAt(0, record).ok());
  ASSERT_TRUE(builder.AddAt(2, record).ok());
  const absl::Span<char> bytes = *builder.Finish();
  ExpectRefused(std::string(bytes.data(), bytes.size()), true, "gaps");
  ExpectRefused(With(Batch(3), layout::kLastOffsetDelta, std::numeric_limits<int32_t>::max()), true,
                "gaps");
}

TEST(AppendValidator, WhatIsNotTrustedIsSummedAndEveryRecordRead) {
  std::string batch = Batch(3);
  batch.back() ^= 1;
  ExpectRefused(batch, false, "CRC");
  EXPECT_TRUE(ValidateLeaderBatch(batch, LogConfig(), true).ok()) << "the caller answers for it";
  // The first record's length, and a codec that the records are not in.
  ExpectRefused(With<int8_t>(Batch(3), layout::kHeaderBytes, 0x7f), false, "record");
  ExpectRefused(With<int16_t>(Batch(3), layout::kAttributes, 4), false, "");
}

TEST(AppendValidator, TheLargestTimestampOfABatchIsThatOfARecord) {
  ExpectRefused(With<int64_t>(Batch(3), layout::kMaxTimestamp, 1001), false, "timestamp");
  ExpectRefused(With<int64_t>(Batch(3), layout::kMaxTimestamp, 1003), false, "timestamp");
  LogConfig config;
  config.timestamp_type = TimestampType::kLogAppendTime;
  const std::string to_be_stamped = With<int64_t>(Batch(3), layout::kMaxTimestamp, 1003);
  EXPECT_TRUE(ValidateLeaderBatch(to_be_stamped, config, false).ok()) << "it is not kept";
}

Continuity From(int64_t next_offset, int32_t epoch, bool gaps_allowed = false) {
  return {Offset(next_offset), LeaderEpoch(epoch), gaps_allowed};
}

TEST(AppendValidator, AFollowerTakesBatchesThatContinueOneAnother) {
  const std::string batches = BatchAt(7, 1, 3) + BatchAt(10, 1) + BatchAt(11, 4);
  const auto views = ValidateFollowerBatches(batches, LogConfig(), From(7, 1));
  ASSERT_TRUE(views.ok()) << views.status();
  ASSERT_EQ(views->size(), 3u);
  EXPECT_EQ((*views)[2].base_offset(), Offset(11));
  EXPECT_EQ((*views)[1].bytes().data(), batches.data() + BatchAt(7, 1, 3).size()) << "in place";
}

TEST(AppendValidator, AFollowerTakesNothingIfOneBatchDoesNotFit) {
  const std::string good = BatchAt(7, 3);
  std::string rotten = BatchAt(8, 3);
  rotten.back() ^= 1;
  for (const std::string& bad : {BatchAt(9, 3), BatchAt(7, 3), BatchAt(8, 2), rotten,
                                 BatchAt(8, 3).substr(0, 70), std::string(20, '\0')}) {
    const absl::Status status =
        ValidateFollowerBatches(good + bad, LogConfig(), From(7, 3)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_NE(status.message().find("batch 1 of those"), std::string::npos) << status;
  }
  EXPECT_TRUE(ValidateFollowerBatches(good + BatchAt(9, 3), LogConfig(), From(7, 3, true)).ok())
      << "a gap, where they are allowed";
  EXPECT_TRUE(absl::IsInvalidArgument(
      ValidateFollowerBatches(good + BatchAt(7, 3), LogConfig(), From(7, 3, true)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateFollowerBatches("", LogConfig(), {}).status()));
  LogConfig config;
  config.segment_bytes_max = static_cast<int64_t>(good.size()) - 1;
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateFollowerBatches(good, config, From(7, 3)).status()));
  config.segment_bytes_max = static_cast<int64_t>(good.size());
  config.batch_bytes_max = 1;
  EXPECT_TRUE(ValidateFollowerBatches(good, config, From(7, 3)).ok()) << "the leader has taken it";
}

}  // namespace
}  // namespace tidemark
