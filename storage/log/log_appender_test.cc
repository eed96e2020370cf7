// What a log does to a leader's batches before they are appended: timestamp bounds and codecs.

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

constexpr Codec kCodecs[] = {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

std::string LongText() {
  std::string text;
  for (int i = 0; i < 500; ++i)
    text += "line " + std::to_string(i * i * 7919 % 99991) + " of many\n";
  return text;
}

class LogAppenderTest : public ::testing::Test {
 protected:
  void Open() { ASSERT_TRUE(harness_.Open().ok()); }
  LogConfig& config() { return harness_.parameters.config; }

  absl::Status AppendAt(Timestamp timestamp) { return harness_.Append({"a"}, timestamp).status(); }
  // Relative to the clock.
  absl::Status AppendAfter(absl::Duration distance) {
    return AppendAt(Timestamp(absl::ToUnixMillis(harness_.clock.Now() + distance)));
  }
  std::string ReadBytes() {
    std::string bytes;
    EXPECT_TRUE(harness_.log->Read(Offset(0), {}, &bytes).ok());
    return bytes;
  }

  LogHarness harness_;
};

TEST_F(LogAppenderTest, TakesNoRecordFromTooFarInTheFuture) {
  Open();
  EXPECT_TRUE(AppendAfter(absl::Hours(1)).ok());
  const absl::Status refused = AppendAfter(absl::Hours(1) + absl::Milliseconds(1));
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(refused.message(), "message.timestamp.after.max.ms is 3600000"))
      << refused;
  harness_.clock.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(AppendAfter(absl::Hours(1)).ok());
  EXPECT_EQ(harness_.log->offsets().log_end, Offset(2));
}

TEST_F(LogAppenderTest, GoesByTheClockAsItIsAlsoAfterItWasSetBack) {
  Open();
  EXPECT_TRUE(AppendAfter(absl::Hours(1)).ok());
  harness_.clock.SetNow(harness_.clock.Now() - absl::Hours(2));
  EXPECT_TRUE(absl::IsInvalidArgument(AppendAfter(absl::Hours(1) + absl::Milliseconds(1))));
  EXPECT_TRUE(AppendAfter(absl::Hours(1)).ok());
}

TEST_F(LogAppenderTest, TakesNoRecordFromTooFarInThePast) {
  config().timestamp_before_max = absl::Minutes(1);
  Open();
  EXPECT_TRUE(AppendAfter(-absl::Minutes(1)).ok());
  const absl::Status refused = AppendAfter(-absl::Minutes(1) - absl::Milliseconds(1));
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(refused.message(), "message.timestamp.before.max.ms is 60000"))
      << refused;
  EXPECT_TRUE(AppendAt(kNoTimestamp).ok());
}

TEST_F(LogAppenderTest, OneRecordOutOfBoundsRefusesItsBatch) {
  config().timestamp_before_max = absl::Minutes(1);
  Open();
  const int64_t now = absl::ToUnixMillis(harness_.clock.Now());
  RecordBatchBuilder builder;
  ASSERT_TRUE(builder.Add({.value = "a", .timestamp = Timestamp(now)}).ok());
  ASSERT_TRUE(builder.Add({.value = "b", .timestamp = Timestamp(now - 60001)}).ok());
  EXPECT_EQ(harness_.log->Append(*builder.Finish(), {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(harness_.log->offsets().log_end, Offset(0));
}

TEST_F(LogAppenderTest, BoundsHoldOnlyWhereAppendersSetTimestamps) {
  config().timestamp_type = TimestampType::kLogAppendTime;
  config().timestamp_before_max = absl::ZeroDuration();
  config().timestamp_after_max = absl::ZeroDuration();
  Open();
  EXPECT_TRUE(AppendAfter(absl::Hours(9)).ok());
  EXPECT_TRUE(AppendAfter(-absl::Hours(9)).ok());
}

TEST_F(LogAppenderTest, WithoutBoundsEveryTimestampIsTaken) {
  config().timestamp_after_max = absl::InfiniteDuration();
  Open();
  EXPECT_TRUE(AppendAt(Timestamp(0)).ok());
  EXPECT_TRUE(AppendAt(Timestamp(std::numeric_limits<int64_t>::max() / 2)).ok());
}

TEST_F(LogAppenderTest, StoresBatchesWithItsOwnCodec) {
  const std::string text = LongText();
  for (const Codec own : kCodecs) {
    for (const Codec given : kCodecs) {
      LogHarness harness;
      harness.parameters.config.codec = own;
      ASSERT_TRUE(harness.Open().ok());
      RecordBatchOptions options;
      options.codec = given;
      options.producer_id = ProducerId(7);
      options.producer_epoch = ProducerEpoch(1);
      options.base_sequence = Sequence(0);
      std::string batch = MakeBatch({text, "b"}, Timestamp(1000), options);
      ASSERT_TRUE(harness.log->Append(absl::MakeSpan(batch), {}).ok());
      std::string bytes;
      ASSERT_TRUE(harness.log->Read(Offset(0), {}, &bytes).ok());
      const absl::StatusOr<RecordBatchView> stored = RecordBatchView::Parse(bytes);
      ASSERT_TRUE(stored.ok()) << stored.status();
      EXPECT_EQ(stored->codec(), own);
      EXPECT_TRUE(stored->VerifyCrc().ok());
      EXPECT_EQ(stored->producer_id(), ProducerId(7));
      EXPECT_EQ(stored->max_timestamp(), Timestamp(1001));
      EXPECT_EQ(Describe(bytes), (std::vector<std::string>{"0:" + text, "1:b"}));
      EXPECT_EQ(own == given, bytes == batch);
    }
  }
}

TEST_F(LogAppenderTest, SetsItsTimeInWhatItCompressedAnew) {
  config().codec = Codec::kGzip;
  config().timestamp_type = TimestampType::kLogAppendTime;
  Open();
  ASSERT_TRUE(AppendAt(Timestamp(5)).ok());
  const std::string bytes = ReadBytes();
  const absl::StatusOr<RecordBatchView> stored = RecordBatchView::Parse(bytes);
  ASSERT_TRUE(stored.ok());
  EXPECT_TRUE(stored->VerifyCrc().ok());
  EXPECT_EQ(stored->max_timestamp(), Timestamp(absl::ToUnixMillis(harness_.clock.Now())));
}

TEST_F(LogAppenderTest, TheLevelDecidesHowMuchIsCompressed) {
  const std::string text = LongText();
  const auto stored_bytes = [&](Codec codec, int level) {
    LogHarness harness;
    harness.parameters.config.codec = codec;
    harness.parameters.config.compression_level = level;
    EXPECT_TRUE(harness.Open().ok());
    EXPECT_TRUE(harness.Append({text}).ok());
    EXPECT_EQ(harness.ReadAll(), std::vector<std::string>{"0:" + text});
    return harness.log->stats().size_bytes;
  };
  EXPECT_GT(stored_bytes(Codec::kGzip, 1), stored_bytes(Codec::kGzip, 9));
  EXPECT_GT(stored_bytes(Codec::kZstd, -50), stored_bytes(Codec::kZstd, 19));
  EXPECT_GT(stored_bytes(Codec::kLz4, 9), stored_bytes(Codec::kLz4, 17));  // 9 is the fast mode.
}

TEST_F(LogAppenderTest, TheSizeLimitHoldsForWhatIsStored) {
  config().codec = Codec::kNone;
  config().batch_bytes_max = 200;
  Open();
  RecordBatchOptions options;
  options.codec = Codec::kGzip;
  std::string batch = MakeBatch({std::string(1000, 'x')}, Timestamp(1000), options);
  ASSERT_LT(batch.size(), 200u);
  const absl::Status refused = harness_.log->Append(absl::MakeSpan(batch), {}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(refused.message(), "max.message.bytes")) << refused;
}

TEST_F(LogAppenderTest, LeavesControlBatchesAsTheyAre) {
  config().codec = Codec::kZstd;
  Open();
  RecordBatchOptions options;
  options.is_control = true;
  std::string batch = MakeBatch({"marker"}, Timestamp(1000), options);
  AppendOptions append;
  append.origin = AppendOrigin::kCoordinator;
  ASSERT_TRUE(harness_.log->Append(absl::MakeSpan(batch), append).ok());
  EXPECT_EQ(ReadBytes(), batch);
}

}  // namespace
}  // namespace tidemark
