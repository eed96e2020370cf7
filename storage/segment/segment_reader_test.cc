#include "storage/segment/segment_reader.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/base/limits.h"
#include "storage/memory_env.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

std::string Batch(int64_t base_offset, int64_t timestamp, size_t value_bytes = 20,
                  int records = 2) {
  RecordBatchBuilder builder;
  const std::string value(value_bytes, 'v');
  for (int i = 0; i < records; ++i) {
    Record record;
    record.value = value;
    record.timestamp = Timestamp(timestamp + i);
    EXPECT_TRUE(builder.Add(record).ok());
  }
  const absl::Span<char> bytes = *builder.Finish();
  StampBatch(Offset(base_offset), LeaderEpoch(0), bytes);
  return std::string(bytes.data(), bytes.size());
}

constexpr Offset kEndOfAll(std::numeric_limits<int64_t>::max());

// A sealed segment that begins at offset 100: batches of two records, timestamps 10 apart.
class SegmentReaderTest : public ::testing::Test {
 protected:
  void Write(const std::vector<std::string>& batches) {
    std::string bytes;
    for (const std::string& batch : batches) {
      positions_.push_back(static_cast<int64_t>(bytes.size()));
      bytes += batch;
    }
    positions_.push_back(static_cast<int64_t>(bytes.size()));
    segment_ = std::make_unique<Segment>(environment_, "/", Offset(100), 100, positions_.back());
    const std::unique_ptr<File> file = *file_system_.Open(segment_->log_path(), OpenMode::kCreate);
    ASSERT_TRUE(file->Write(0, bytes).ok());
    SegmentIndex index(Offset(100), 100);
    ASSERT_TRUE(IndexWholeLog(file.get(), segment_->log_path(), positions_.back(), &index).ok());
    ASSERT_TRUE(StoreIndexFiles(&file_system_, segment_->index_paths(), index).ok());
  }
  void WriteTenBatches() {
    std::vector<std::string> batches;
    for (int i = 0; i < 10; ++i) batches.push_back(Batch(100 + 2 * i, 1000 + 10 * i));
    Write(batches);
  }
  // Puts an index of these entries in place of the segment's.
  void StoreIndex(const std::vector<OffsetIndexEntry>& offsets,
                  const std::vector<TimeIndexEntry>& times) {
    SegmentIndex index(Offset(100), 100);
    for (const OffsetIndexEntry& entry : offsets) index.RestoreOffsetEntry(entry);
    for (const TimeIndexEntry& entry : times) index.RestoreTimeEntry(entry);
    ASSERT_TRUE(StoreIndexFiles(&file_system_, segment_->index_paths(), index).ok());
  }
  void Damage(int64_t position, const std::string& bytes) {
    ASSERT_TRUE((*file_system_.Open(segment_->log_path(), OpenMode::kReadWrite))
                    ->Write(position, bytes)
                    .ok());
  }
  absl::StatusOr<BatchRange> Read(int64_t offset, int64_t bytes_max = 1 << 20,
                                  Offset end = kEndOfAll, bool gaps_allowed = false) {
    const ReadRequest read{Offset(offset), end, bytes_max, gaps_allowed};
    const absl::StatusOr<BatchRange> range = ReadSegment(segment_.get(), read, &out_);
    std::shared_ptr<MappedRegion> region;
    const absl::StatusOr<BatchRange> view = ViewSegment(segment_.get(), read, &region);
    EXPECT_EQ(range.status().code(), view.status().code()) << range.status() << view.status();
    if (range.ok() && view.ok()) {
      EXPECT_EQ(range->position, view->position);
      EXPECT_EQ(range->length_bytes, view->length_bytes);
      EXPECT_EQ(range->length_bytes, static_cast<int64_t>(out_.size()));
      EXPECT_EQ(range->base_offset, view->base_offset);
      EXPECT_EQ(range->next_offset, view->next_offset);
    }
    return range;
  }
  absl::StatusOr<absl::optional<TimestampedOffset>> Find(int64_t timestamp, int64_t start = 100) {
    return FindTimestampInSegment(segment_.get(), Timestamp(timestamp), Offset(start), kEndOfAll);
  }

  MemoryFileSystem file_system_;
  OpenFileCache open_files_{&file_system_, 10};
  IndexCache index_cache_{1 << 20};
  const SegmentEnvironment environment_{&file_system_, &open_files_, &index_cache_};
  std::unique_ptr<Segment> segment_;
  std::vector<int64_t> positions_;  // Of the batches, and the end.
  std::string out_;
};

TEST_F(SegmentReaderTest, TakesNoMemoryForALengthThatIsDamaged) {
  const std::string large = Batch(102, 1010, size_t{20} << 20, 1);
  ASSERT_NO_FATAL_FAILURE(Write({Batch(100, 1000), large}));
  const auto large_bytes = static_cast<int64_t>(large.size());
  EXPECT_EQ(Read(102, 4096)->length_bytes, large_bytes) << "a large one comes back whole";
  int64_t largest_read = 0;
  file_system_.SetFaultHook([&](const FileOperation& operation) {
    if (operation.kind == FileOperation::Kind::kRead) {
      largest_read = std::max(largest_read, operation.length_bytes);
    }
    return FileFault();
  });
  const ReadRequest request{Offset(100), kEndOfAll, 4096, false};
  // What a search for the next good batch finds large is not good either.
  ASSERT_NO_FATAL_FAILURE(Damage(large_bytes / 2, "damaged"));
  // Into the large one, and behind the end of the file.
  for (const std::string& length : {std::string("\1\0\0\0", 4), std::string("\177\0\0\0", 4)}) {
    ASSERT_NO_FATAL_FAILURE(Damage(8, length));
    EXPECT_TRUE(absl::IsDataLoss(ReadSegment(segment_.get(), request, &out_).status()));
    EXPECT_TRUE(out_.empty());
  }
  EXPECT_LE(largest_read, kScanBytes);
}

TEST_F(SegmentReaderTest, BeginsWithTheBatchThatHoldsTheOffset) {
  ASSERT_NO_FATAL_FAILURE(WriteTenBatches());
  for (int i = 0; i < 20; ++i) {
    const absl::StatusOr<BatchRange> range = Read(100 + i);
    ASSERT_TRUE(range.ok()) << range.status();
    EXPECT_EQ(range->position, positions_[static_cast<size_t>(i / 2)]) << i;
    EXPECT_EQ(range->base_offset, Offset(100 + i / 2 * 2));
    EXPECT_EQ(range->next_offset, Offset(120));
  }
  EXPECT_EQ(Read(120)->length_bytes, 0) << "behind the last";
  EXPECT_EQ(Read(120)->next_offset, Offset(120));
}

TEST_F(SegmentReaderTest, KeepsToItsLimitsAndReturnsTheFirstBatchWhole) {
  ASSERT_NO_FATAL_FAILURE(WriteTenBatches());
  const int64_t size = positions_[1];
  EXPECT_EQ(Read(104, 2 * size)->length_bytes, 2 * size);
  EXPECT_EQ(Read(104, 2 * size - 1)->length_bytes, size);
  EXPECT_EQ(Read(104, 0)->length_bytes, size);
  EXPECT_EQ(Read(104, std::numeric_limits<int64_t>::min())->length_bytes, size);
  EXPECT_EQ(Read(104, 1 << 20, Offset(108))->next_offset, Offset(108));
  EXPECT_EQ(Read(104, 1 << 20, Offset(107))->next_offset, Offset(106)) << "whole batches below it";
  EXPECT_EQ(Read(104, 1 << 20, Offset(105))->length_bytes, 0);
}

TEST_F(SegmentReaderTest, ReturnsALargeFirstBatchWhateverIsReadAtOnce) {
  ASSERT_NO_FATAL_FAILURE(
      Write({Batch(100, 1000), Batch(102, 1010, 400'000), Batch(104, 1020, 3'000'000)}));
  EXPECT_EQ(Read(103, 1)->length_bytes, positions_[2] - positions_[1]);
  EXPECT_EQ(Read(105, 1)->length_bytes, positions_[3] - positions_[2]);
  EXPECT_EQ(Read(100)->next_offset, Offset(104)) << "the third one is above the limit";
  EXPECT_EQ((*Find(1021))->offset, Offset(105));
}

TEST_F(SegmentReaderTest, AnIndexThatLeadsAstrayIsBuiltAnew) {
  ASSERT_NO_FATAL_FAILURE(WriteTenBatches());
  const std::vector<std::vector<OffsetIndexEntry>> wrong = {
      {{RelativeOffset(1), FilePosition(positions_[5])}},      // Past the offset.
      {{RelativeOffset(1), FilePosition(positions_[2] + 3)}},  // Into a batch.
      {{RelativeOffset(0), FilePosition(positions_[10] - 1)}},
      {{RelativeOffset(15), FilePosition(positions_[1])}},  // Just not far enough.
  };
  for (const auto& entries : wrong) {
    ASSERT_NO_FATAL_FAILURE(StoreIndex(entries, {}));
    for (int i = 0; i < 20; ++i) {
      index_cache_.Erase(1);
      EXPECT_EQ(Read(100 + i)->base_offset, Offset(100 + i / 2 * 2)) << i;
    }
  }
}

TEST_F(SegmentReaderTest, ATimeIndexOfOtherTimesIsBuiltAnew) {
  ASSERT_NO_FATAL_FAILURE(WriteTenBatches());
  const std::vector<std::vector<TimeIndexEntry>> wrong = {
      {{Timestamp(900), RelativeOffset(15)}},   // Earlier than all here.
      {{Timestamp(1000), RelativeOffset(11)}},  // Another batch's.
      {{Timestamp(5), RelativeOffset(1'000'000)}},
      {{Timestamp(5), RelativeOffset(19)}, {Timestamp(2000), RelativeOffset(20)}},
  };
  for (const auto& entries : wrong) {
    ASSERT_NO_FATAL_FAILURE(StoreIndex({}, entries));
    for (int i = 0; i < 10; ++i) {
      index_cache_.Erase(1);
      const auto found = Find(1000 + 10 * i);
      ASSERT_TRUE(found.ok()) << found.status();
      ASSERT_TRUE(found->has_value());
      EXPECT_EQ((*found)->offset, Offset(100 + 2 * i));
    }
  }
}

TEST_F(SegmentReaderTest, FindsTheFirstRecordAtOrAfterATimeFromAStartOn) {
  ASSERT_NO_FATAL_FAILURE(WriteTenBatches());
  EXPECT_EQ((*Find(1021))->offset, Offset(105));
  EXPECT_EQ((*Find(1022))->offset, Offset(106));
  EXPECT_EQ((*Find(std::numeric_limits<int64_t>::min()))->offset, Offset(100));
  EXPECT_EQ((*Find(0, 103))->offset, Offset(103));
  EXPECT_EQ((*Find(1091))->offset, Offset(119));
  EXPECT_FALSE(Find(1092)->has_value());
  EXPECT_FALSE(FindTimestampInSegment(segment_.get(), Timestamp(1050), Offset(100), Offset(110))
                   ->has_value())
      << "not from the end on";
}

TEST_F(SegmentReaderTest, DamageIsReportedWithItsPlaceAndNeverSteppedOver) {
  ASSERT_NO_FATAL_FAILURE(WriteTenBatches());
  Damage(positions_[4], std::string(static_cast<size_t>(positions_[5] - positions_[4]), '\x5a'));
  EXPECT_EQ(Read(100)->next_offset, Offset(108)) << "what is before it is good";
  for (const int64_t offset : {108, 109, 110, 119}) {
    for (int again = 0; again < 2; ++again) {
      const absl::Status status = Read(offset).status();
      if (offset > 111 && status.ok()) continue;  // The index may lead behind it.
      EXPECT_TRUE(absl::IsDataLoss(status)) << status << offset;
      EXPECT_NE(status.message().find(".log at position "), std::string::npos) << status;
    }
  }
  const auto found = Find(1043);
  EXPECT_TRUE(absl::IsDataLoss(found.status()) || (*found)->offset == Offset(110));
  Damage(positions_[4], std::string(static_cast<size_t>(positions_[10] - positions_[4]), '\0'));
  EXPECT_TRUE(absl::IsDataLoss(Read(108).status())) << "zeros are not the end";
  EXPECT_TRUE(absl::IsDataLoss(Read(119).status()));
  EXPECT_TRUE(absl::IsDataLoss(Find(1095).status()));
}

TEST_F(SegmentReaderTest, ABatchWithAnotherOffsetThanIsDueIsDamage) {
  for (const int64_t wrong : {0, 102, 105, 107, 1'000'000}) {
    positions_.clear();
    ASSERT_NO_FATAL_FAILURE(Write({Batch(100, 1000), Batch(102, 1010), Batch(104, 1020),
                                   Batch(106, 1030), Batch(108, 1040)}));
    ASSERT_NO_FATAL_FAILURE(StoreIndex({}, {}));
    Damage(positions_[2], Batch(wrong, 1020));
    EXPECT_EQ(Read(100)->next_offset, Offset(104)) << wrong;
    for (const int64_t offset : {104, 105}) {
      const absl::Status status = Read(offset).status();
      EXPECT_TRUE(absl::IsDataLoss(status)) << status << " " << wrong << " at " << offset;
    }
    index_cache_.Erase(1);
  }
}

TEST_F(SegmentReaderTest, GapsAreSteppedOverWhereTheyAreAllowedOnly) {
  ASSERT_NO_FATAL_FAILURE(Write({Batch(102, 1000), Batch(110, 1010), Batch(112, 1020)}));
  EXPECT_EQ(Read(104, 1 << 20, kEndOfAll, true)->base_offset, Offset(110));
  EXPECT_EQ(Read(100, 1 << 20, kEndOfAll, true)->next_offset, Offset(114));
  EXPECT_TRUE(absl::IsDataLoss(Read(104).status()));
  EXPECT_TRUE(absl::IsDataLoss(Read(100).status()));
  EXPECT_TRUE(absl::IsDataLoss(Read(102).status())) << "a flipped base offset makes other records";
  EXPECT_EQ(Read(102, 1 << 20, kEndOfAll, true)->base_offset, Offset(102));
}

}  // namespace
}  // namespace tidemark
