#include "storage/compaction/batch_rewriter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/bytes.h"
#include "storage/compaction/test_batches.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {
namespace {

using Texts = std::vector<std::string>;

constexpr Timestamp kHorizon{90'000};

bool KeepAll(const RecordView&) { return true; }
bool KeepNone(const RecordView&) { return false; }
bool KeepEven(const RecordView& record) { return record.offset.value() % 2 == 0; }

using KeepsOne = absl::FunctionRef<bool(const RecordView&)>;

absl::StatusOr<RewrittenBatch> TryRewrite(BatchRewriter* rewriter, const RecordBatchView& batch,
                                          KeepsOne keeps, const BatchDecision& decision) {
  return rewriter->Rewrite(batch, decision,
                           [&](absl::Span<const RecordView> records, absl::Span<bool> kept) {
                             for (size_t i = 0; i < records.size(); ++i)
                               kept[i] = keeps(records[i]);
                           });
}

RewrittenBatch Rewrite(BatchRewriter* rewriter, absl::string_view batch, KeepsOne keeps,
                       const BatchDecision& decision = {}) {
  const absl::StatusOr<RewrittenBatch> result =
      TryRewrite(rewriter, ParseTestBatch(batch), keeps, decision);
  EXPECT_TRUE(result.ok()) << result.status();
  return *result;
}

RecordBatchOptions FullOptions(Codec codec = Codec::kNone) {
  RecordBatchOptions options = TransactionalOptions(100, 5, 77);
  options.producer_epoch = ProducerEpoch(3);
  options.leader_epoch = LeaderEpoch(9);
  options.codec = codec;
  return options;
}

const std::vector<TestRecord> kFour = {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}};

TEST(BatchRewriter, AsksOfEachRecordOnceInOrder) {
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  for (const int64_t count : {1, 63, 64, 65, 128, 200}) {
    std::vector<TestRecord> records;
    for (int64_t i = 0; i < count; ++i) records.push_back({absl::StrCat(i), "v"});
    int64_t asked = 0;
    const RewrittenBatch result =
        Rewrite(&rewriter, MakeTestBatch(records, {}), [&](const RecordView& record) {
          EXPECT_EQ(record.key, absl::StrCat(asked++));
          return record.offset.value() % 2 == 0;
        });
    EXPECT_EQ(asked, count);
    EXPECT_EQ(result.record_count, (count + 1) / 2);
  }
}

TEST(BatchRewriter, CopiesABatchOfWhichEverythingStays) {
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  for (const Codec codec : {Codec::kNone, Codec::kGzip, Codec::kZstd}) {
    const std::string batch = MakeTestBatch(kFour, FullOptions(codec));
    const RewrittenBatch result = Rewrite(&rewriter, batch, KeepAll);
    EXPECT_EQ(result.bytes, batch);
    EXPECT_EQ(result.record_count, 4);
  }
}

TEST(BatchRewriter, KeepsTheHeaderAndLeavesGaps) {
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    const std::string batch = MakeTestBatch(kFour, FullOptions(codec), Timestamp(5000));
    const RewrittenBatch result = Rewrite(&rewriter, batch, KeepEven);
    EXPECT_EQ(DescribeTestBatches(result.bytes), (Texts{"100:a=1", "102:c=3"}));
    EXPECT_EQ(result.record_count, 2);
    const RecordBatchView left = ParseTestBatch(result.bytes);
    EXPECT_EQ(left.base_offset(), Offset(100));
    EXPECT_EQ(left.last_offset(), Offset(103));
    EXPECT_EQ(left.leader_epoch(), LeaderEpoch(9));
    EXPECT_EQ(left.codec(), codec);
    EXPECT_TRUE(left.is_transactional());
    EXPECT_FALSE(left.is_control());
    EXPECT_EQ(left.producer_id(), ProducerId(5));
    EXPECT_EQ(left.producer_epoch(), ProducerEpoch(3));
    EXPECT_EQ(left.base_sequence(), Sequence(77));
    EXPECT_EQ(left.base_timestamp(), Timestamp(5000));
    EXPECT_EQ(left.max_timestamp(), Timestamp(5002));
    EXPECT_EQ(left.delete_horizon(), absl::nullopt);
  }
}

TEST(BatchRewriter, KeepsHeadersAndTimestampsOfRecords) {
  RecordBatchBuilder builder;
  const RecordHeader headers[] = {{"h", absl::string_view("x")}, {"none"}};
  Record record;
  record.key = "k";
  record.headers = headers;
  record.timestamp = Timestamp(42);
  ASSERT_TRUE(builder.Add({}).ok());
  ASSERT_TRUE(builder.Add(record).ok());
  const absl::Span<char> bytes = *builder.Finish();
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  const RewrittenBatch result =
      Rewrite(&rewriter, {bytes.data(), bytes.size()},
              [](const RecordView& view) { return view.key.has_value(); });
  const RecordBatchView left = ParseTestBatch(result.bytes);
  EXPECT_EQ(left.delete_horizon(), kHorizon);
  absl::StatusOr<RecordReader> reader = RecordReader::Open(left);
  RecordView view;
  ASSERT_TRUE(*reader->Next(&view));
  EXPECT_EQ(view.offset, Offset(1));
  EXPECT_EQ(view.timestamp, Timestamp(42));
  EXPECT_EQ(view.value, absl::nullopt);
  Texts texts;
  view.headers.ForEach([&](const RecordHeader& header) {
    texts.push_back(std::string(header.key) + std::string(header.value.value_or("null")));
  });
  EXPECT_EQ(texts, (Texts{"hx", "nonenull"}));
}

TEST(BatchRewriter, KeepsTheTimeThatTheLogGave) {
  RecordBatchOptions options = FullOptions();
  options.timestamp_type = TimestampType::kLogAppendTime;
  std::string batch = MakeTestBatch(kFour, options);
  StampLogAppendTime(Timestamp(7777), absl::MakeSpan(batch));
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  const RecordBatchView left = ParseTestBatch(Rewrite(&rewriter, batch, KeepEven).bytes);
  EXPECT_EQ(left.timestamp_type(), TimestampType::kLogAppendTime);
  EXPECT_EQ(left.max_timestamp(), Timestamp(7777));
}

TEST(BatchRewriter, GivesTombstonesTheHorizonOnceAndKeepsIt) {
  const std::string batch = MakeTestBatch({{"a", absl::nullopt}, {"b", "2"}}, FullOptions());
  BatchRewriter first(kHorizon, absl::nullopt);
  const std::string cleaned(Rewrite(&first, batch, KeepAll).bytes);
  EXPECT_EQ(ParseTestBatch(cleaned).delete_horizon(), kHorizon);
  EXPECT_EQ(ParseTestBatch(cleaned).base_timestamp(), kHorizon);
  EXPECT_EQ(ParseTestBatch(cleaned).max_timestamp(), Timestamp(1001));
  EXPECT_EQ(DescribeTestBatches(cleaned), (Texts{"100:a=null", "101:b=2"}));
  BatchRewriter later(kHorizon + 5, absl::nullopt);
  EXPECT_EQ(Rewrite(&later, cleaned, KeepAll).bytes, cleaned);
  const std::string left(Rewrite(&later, cleaned, KeepEven).bytes);
  EXPECT_EQ(ParseTestBatch(left).delete_horizon(), kHorizon);
}

TEST(BatchRewriter, ASpentMarkerGetsAHorizonToo) {
  const std::string marker = MakeTestMarker(100, 5, ControlRecordType::kCommit);
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  EXPECT_EQ(Rewrite(&rewriter, marker, KeepAll).bytes, marker);
  BatchDecision decision;
  decision.is_spent_marker = true;
  const std::string cleaned(Rewrite(&rewriter, marker, KeepAll, decision).bytes);
  EXPECT_EQ(ParseTestBatch(cleaned).delete_horizon(), kHorizon);
  EXPECT_TRUE(ParseTestBatch(cleaned).is_control());
  EXPECT_EQ(DescribeTestBatches(cleaned), Texts{"100:commit"});
}

TEST(BatchRewriter, NothingStaysOfAnEmptyBatchUnlessItsHeaderIsNeeded) {
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  for (const Codec codec : {Codec::kNone, Codec::kLz4}) {
    const std::string batch = MakeTestBatch(kFour, FullOptions(codec));
    EXPECT_TRUE(Rewrite(&rewriter, batch, KeepNone).bytes.empty());
    BatchDecision decision;
    decision.keeps_empty = true;
    const std::string empty(Rewrite(&rewriter, batch, KeepNone, decision).bytes);
    EXPECT_EQ(empty.size(), record_batch_layout::kHeaderBytes);
    const RecordBatchView left = ParseTestBatch(empty);
    EXPECT_EQ(left.record_count(), 0);
    EXPECT_EQ(left.base_offset(), Offset(100));
    EXPECT_EQ(left.last_offset(), Offset(103));
    EXPECT_EQ(left.leader_epoch(), LeaderEpoch(9));
    EXPECT_EQ(left.codec(), Codec::kNone);
    EXPECT_TRUE(left.is_transactional());
    EXPECT_EQ(left.producer_id(), ProducerId(5));
    EXPECT_EQ(left.base_sequence(), Sequence(77));
    EXPECT_EQ(LoadBigEndian<int64_t>(empty.data() + record_batch_layout::kBaseTimestamp), -1);
    EXPECT_EQ(left.max_timestamp(), Timestamp(1003));
    EXPECT_EQ(Rewrite(&rewriter, empty, KeepAll, decision).bytes, empty);
    EXPECT_TRUE(Rewrite(&rewriter, empty, KeepAll).bytes.empty());
  }
}

TEST(BatchRewriter, DoesNotReadWhatIsDroppedAnyway) {
  std::string batch = MakeTestBatch(kFour, FullOptions());
  batch[61] = '\x7f';  // Its records cannot be read.
  BatchDecision decision;
  decision.drops_records = true;
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  const absl::StatusOr<RewrittenBatch> result =
      TryRewrite(&rewriter, *RecordBatchView::Parse(batch), KeepAll, decision);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->bytes.empty());
}

TEST(BatchRewriter, CompressesWhatIsNotCompressedAsAskedUnlessItGrows) {
  BatchRewriter rewriter(kHorizon, Codec::kZstd);
  const std::string large = MakeTestBatch({{"a", std::string(500, 'x')}, {"b", "2"}});
  const RewrittenBatch result = Rewrite(&rewriter, large, KeepAll);
  EXPECT_EQ(ParseTestBatch(result.bytes).codec(), Codec::kZstd);
  EXPECT_LT(result.bytes.size(), large.size());
  EXPECT_EQ(DescribeTestBatches(result.bytes), DescribeTestBatches(large));
  const std::string small = MakeTestBatch({{"a", "1"}});
  EXPECT_EQ(Rewrite(&rewriter, small, KeepAll).bytes, small);
  const std::string marker = MakeTestMarker(1, 5, ControlRecordType::kAbort);
  EXPECT_EQ(Rewrite(&rewriter, marker, KeepAll).bytes, marker);
}

TEST(BatchRewriter, CompressesAtTheLevelAskedFor) {
  std::string text;
  uint32_t draw = 1;
  for (int i = 0; i < 20'000; ++i) {
    draw = draw * 1664525 + 1013904223;
    text += std::to_string((draw >> 20) * 7919);
  }
  const std::string batch = MakeTestBatch({{"a", text}});
  BatchRewriter fast(kHorizon, Codec::kZstd, 1);
  BatchRewriter small(kHorizon, Codec::kZstd, 19);
  EXPECT_LT(Rewrite(&small, batch, KeepAll).bytes.size(),
            Rewrite(&fast, batch, KeepAll).bytes.size());
}

TEST(BatchRewriter, RecordsThatCannotBeReadAreDamage) {
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  for (const Codec codec : {Codec::kNone, Codec::kGzip}) {
    std::string batch = MakeTestBatch(kFour, FullOptions(codec));
    batch[61] = '\x7f';
    EXPECT_EQ(TryRewrite(&rewriter, *RecordBatchView::Parse(batch), KeepAll, {}).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

// The decisions, on batches like the above.

CleaningContext MakeContext(int64_t now = 1000, int64_t end = 1'000'000) {
  CleaningContext context;
  context.now = Timestamp(now);
  context.end = Offset(end);
  return context;
}

TEST(RetainDecision, RecordsOfSpentDataGoAtOnceMarkersAfterTheHorizon) {
  const std::string data = MakeTestBatch(kFour, FullOptions());
  EXPECT_TRUE(DecideBatch(ParseTestBatch(data), true, MakeContext()).drops_records);
  EXPECT_FALSE(DecideBatch(ParseTestBatch(data), false, MakeContext()).drops_records);
  EXPECT_FALSE(DecideBatch(ParseTestBatch(data), true, MakeContext()).is_spent_marker);

  const std::string marker = MakeTestMarker(100, 5, ControlRecordType::kAbort);
  BatchDecision decision = DecideBatch(ParseTestBatch(marker), true, MakeContext(1 << 30));
  EXPECT_FALSE(decision.drops_records);
  EXPECT_TRUE(decision.is_spent_marker);
  BatchRewriter rewriter(kHorizon, absl::nullopt);
  const std::string cleaned(Rewrite(&rewriter, marker, KeepAll, decision).bytes);
  const RecordBatchView batch = ParseTestBatch(cleaned);
  EXPECT_FALSE(DecideBatch(batch, true, MakeContext(kHorizon.value() - 1)).drops_records);
  EXPECT_TRUE(DecideBatch(batch, true, MakeContext(kHorizon.value())).drops_records);
  EXPECT_FALSE(DecideBatch(batch, false, MakeContext(kHorizon.value())).drops_records);
}

TEST(RetainDecision, KeepsTheLastDataOfALiveProducer) {
  const std::string data = MakeTestBatch(kFour, FullOptions());
  CleaningContext context = MakeContext();
  EXPECT_FALSE(DecideBatch(ParseTestBatch(data), true, context).keeps_empty);
  context.producers[ProducerId(5)] = {Offset(103), ProducerEpoch(3)};
  EXPECT_TRUE(DecideBatch(ParseTestBatch(data), true, context).keeps_empty);
  context.producers[ProducerId(5)] = {Offset(102), ProducerEpoch(3)};
  EXPECT_FALSE(DecideBatch(ParseTestBatch(data), true, context).keeps_empty);
  context.producers[ProducerId(5)] = {absl::nullopt, ProducerEpoch(3)};
  EXPECT_FALSE(DecideBatch(ParseTestBatch(data), true, context).keeps_empty);
}

TEST(RetainDecision, KeepsTheMarkerOfALiveProducerWithoutData) {
  const std::string marker = MakeTestMarker(100, 5, ControlRecordType::kAbort);
  CleaningContext context = MakeContext();
  context.producers[ProducerId(5)] = {absl::nullopt, ProducerEpoch(0)};
  EXPECT_TRUE(DecideBatch(ParseTestBatch(marker), true, context).keeps_empty);
  context.producers[ProducerId(5)] = {absl::nullopt, ProducerEpoch(1)};
  EXPECT_FALSE(DecideBatch(ParseTestBatch(marker), true, context).keeps_empty);
}

TEST(RetainDecision, BatchesWithoutAProducerAreNobodysLast) {
  const std::string data = MakeTestBatch(kFour);
  CleaningContext context = MakeContext();
  context.producers[kNoProducerId] = {Offset(3), kNoProducerEpoch};
  EXPECT_FALSE(DecideBatch(ParseTestBatch(data), false, context).keeps_empty);
}

TEST(RetainDecision, KeepsTheBatchAtTheEndOfTheRange) {
  const std::string data = MakeTestBatch(kFour, FullOptions());
  EXPECT_TRUE(DecideBatch(ParseTestBatch(data), true, MakeContext(0, 104)).keeps_empty);
  EXPECT_FALSE(DecideBatch(ParseTestBatch(data), true, MakeContext(0, 103)).keeps_empty);
  EXPECT_FALSE(DecideBatch(ParseTestBatch(data), true, MakeContext(0, 105)).keeps_empty);
}

bool Keeps(int64_t offset, const TestRecord& record, absl::optional<Offset> latest,
           int64_t map_end = 1'000'000, absl::optional<Timestamp> horizon = absl::nullopt,
           Timestamp now = Timestamp(0)) {
  RecordBatchOptions options;
  options.delete_horizon = horizon;
  const std::string batch = MakeTestBatch({record}, options);
  RecordView view;
  view.offset = Offset(offset);
  if (record.key.has_value()) view.key = *record.key;
  if (record.value.has_value()) view.value = *record.value;
  return KeepsRecord(ParseTestBatch(batch), view, latest, Offset(map_end), now);
}

TEST(RetainDecision, TheLatestRecordOfAKeyStays) {
  EXPECT_TRUE(Keeps(5, {"k", "v"}, Offset(5)));
  EXPECT_FALSE(Keeps(4, {"k", "v"}, Offset(5)));
  EXPECT_TRUE(Keeps(6, {"k", "v"}, Offset(5)));
  EXPECT_TRUE(Keeps(5, {"k", "v"}, absl::nullopt));
}

TEST(RetainDecision, ARecordWithoutAKeyGoes) {
  EXPECT_FALSE(Keeps(5, {absl::nullopt, "v"}, absl::nullopt));
  EXPECT_FALSE(Keeps(5, {absl::nullopt, absl::nullopt}, absl::nullopt));
}

TEST(RetainDecision, WhatTheMapHasNotSeenStays) {
  EXPECT_TRUE(Keeps(6, {absl::nullopt, "v"}, absl::nullopt, 5));
  EXPECT_TRUE(Keeps(6, {"k", absl::nullopt}, absl::nullopt, 5, Timestamp(10), Timestamp(10)));
  EXPECT_FALSE(Keeps(5, {absl::nullopt, "v"}, absl::nullopt, 5));
}

TEST(RetainDecision, ATombstoneStaysUntilItsHorizon) {
  const TestRecord tombstone = {"k", absl::nullopt};
  EXPECT_TRUE(Keeps(5, tombstone, Offset(5)));
  EXPECT_TRUE(Keeps(5, tombstone, Offset(5), 100, Timestamp(10), Timestamp(9)));
  EXPECT_FALSE(Keeps(5, tombstone, Offset(5), 100, Timestamp(10), Timestamp(10)));
  EXPECT_FALSE(Keeps(4, tombstone, Offset(5)));
  EXPECT_TRUE(Keeps(5, {"k", "v"}, Offset(5), 100, Timestamp(10), Timestamp(10)));
}

TEST(RetainDecision, AHorizonIsGivenOnceToWhatWaitsForIt) {
  const std::string plain = MakeTestBatch(kFour);
  RecordBatchOptions options;
  options.delete_horizon = Timestamp(10);
  const std::string has_horizon = MakeTestBatch(kFour, options);
  BatchDecision spent;
  spent.is_spent_marker = true;
  EXPECT_FALSE(NeedsDeleteHorizon(ParseTestBatch(plain), {}, false));
  EXPECT_TRUE(NeedsDeleteHorizon(ParseTestBatch(plain), {}, true));
  EXPECT_TRUE(NeedsDeleteHorizon(ParseTestBatch(plain), spent, false));
  EXPECT_FALSE(NeedsDeleteHorizon(ParseTestBatch(has_horizon), spent, true));
}

}  // namespace
}  // namespace tidemark
