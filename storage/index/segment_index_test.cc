#include "storage/index/segment_index.h"

#include "gtest/gtest.h"
#include "storage/index/append_only_vector.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

constexpr Offset kBase(1000);

// Batches of 10 records and 100 bytes; batch i ends with timestamp i * 10.
SegmentIndex& AddBatches(SegmentIndex& index, int first, int end) {
  for (int i = first; i < end; ++i) {
    index.Add({kBase + (10 * i + 9), FilePosition(100 * i), 100, Timestamp(10 * i)});
  }
  return index;
}

TEST(SegmentIndex, AddsAnEntryOnceMoreThanTheIntervalWasAppendedSinceTheLastOne) {
  SegmentIndex index(kBase, 250);
  AddBatches(index, 0, 10);
  // 300 bytes stand before batches 3, 6 and 9, the batch itself not counted.
  ASSERT_EQ(index.offset_entry_count(), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(index.offset_entry(i), (OffsetIndexEntry{RelativeOffset(10 * (3 * i + 3) + 9),
                                                       FilePosition(300 * (i + 1))}));
  }
}

TEST(SegmentIndex, AnIntervalThatIsJustReachedIsNotYetPassed) {
  SegmentIndex index(kBase, 300);
  EXPECT_EQ(AddBatches(index, 0, 4).offset_entry_count(), 0);
  EXPECT_EQ(AddBatches(index, 4, 5).offset_entry_count(), 1);
}

TEST(SegmentIndex, LeadsToTheLastEntryNotAboveTheOffset) {
  SegmentIndex index(kBase, 250);
  AddBatches(index, 0, 10);
  EXPECT_EQ(index.Lookup(kBase), FilePosition(0));
  EXPECT_EQ(index.Lookup(kBase + 38), FilePosition(0)) << "inside the first batch with an entry";
  EXPECT_EQ(index.Lookup(kBase + 39), FilePosition(300));
  EXPECT_EQ(index.Lookup(kBase + 68), FilePosition(300));
  EXPECT_EQ(index.Lookup(kBase + 69), FilePosition(600));
  EXPECT_EQ(index.Lookup(kBase + 1'000'000), FilePosition(900));
  EXPECT_EQ(SegmentIndex(kBase, 250).Lookup(kBase), FilePosition(0));
}

TEST(SegmentIndex, NotesTimesOnlyWhenTheyRise) {
  SegmentIndex index(kBase, 50);
  const auto add = [&](int batch, int64_t timestamp) {
    index.Add({kBase + batch, FilePosition(100 * batch), 100, Timestamp(timestamp)});
  };
  add(0, 500);
  add(1, 400);
  add(2, 450);
  ASSERT_EQ(index.offset_entry_count(), 2);
  ASSERT_EQ(index.time_entry_count(), 1);
  EXPECT_EQ(index.time_entry(0), (TimeIndexEntry{Timestamp(500), RelativeOffset(0)}));
  add(3, 600);
  ASSERT_EQ(index.time_entry_count(), 2);
  add(4, 600);
  EXPECT_EQ(index.time_entry_count(), 2);
  EXPECT_EQ(index.LookupTimestamp(Timestamp(500)).offset, kBase);
  EXPECT_EQ(index.LookupTimestamp(Timestamp(501)).offset, kBase) << "where 500 was";
  EXPECT_EQ(index.LookupTimestamp(Timestamp(601)).offset, kBase + 3);
}

TEST(SegmentIndex, CompletingGivesTheLargestTimeAnEntryOnce) {
  SegmentIndex index(kBase, 4096);
  AddBatches(index, 0, 3);
  EXPECT_EQ(index.time_entry_count(), 0);
  index.CompleteTimeIndex();
  index.CompleteTimeIndex();
  ASSERT_EQ(index.time_entry_count(), 1);
  EXPECT_EQ(index.time_entry(0), (TimeIndexEntry{Timestamp(20), RelativeOffset(29)}));
  SegmentIndex empty(kBase, 4096);
  empty.CompleteTimeIndex();
  EXPECT_EQ(empty.time_entry_count(), 0);
}

TEST(SegmentIndex, IsFullWhenOneMoreEntryWouldPassTheLimitOfEitherFile) {
  SegmentIndex index(kBase, 50);
  EXPECT_FALSE(index.IsFull(36));
  AddBatches(index, 0, 2);
  EXPECT_FALSE(index.IsFull(36));
  AddBatches(index, 2, 3);
  EXPECT_TRUE(index.IsFull(36)) << "two time entries, and room is kept for completing";
  EXPECT_TRUE(index.IsFull(23));
}

TEST(SegmentIndex, HoldsOffsetsAndPositionsWithin31BitsOfItsBeginningOnly) {
  SegmentIndex index(kBase, 50);
  EXPECT_TRUE(index.CanHold(kBase, FilePosition(0)));
  EXPECT_TRUE(index.CanHold(kBase + 2'147'483'647, FilePosition(2'147'483'647)));
  EXPECT_FALSE(index.CanHold(kBase + 2'147'483'648, FilePosition(0)));
  EXPECT_FALSE(index.CanHold(kBase, FilePosition(2'147'483'648)));
  EXPECT_FALSE(index.CanHold(kBase - 1, FilePosition(0)));
}

TEST(AppendOnlyVector, KeepsItsElementsAcrossItsChunks) {
  AppendOnlyVector<int64_t> elements;
  for (int64_t i = 0; i < 100'000; ++i) elements.PushBack(i);
  ASSERT_EQ(elements.size(), 100'000);
  for (int64_t i = 0; i < 100'000; ++i) ASSERT_EQ(elements[i], i);
}

TEST(AppendOnlyVector, ReadersSeeWholeElementsWhileOneWriterAppends) {
  AppendOnlyVector<int64_t> elements;
  std::atomic<bool> wrong{false};
  constexpr int64_t kCount = 50'000;
  {
    const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(2);
    executor->Run([&] {
      for (int64_t seen = 0; seen < kCount;) {
        const int64_t size = elements.size();
        for (; seen < size; ++seen) {
          if (elements[seen] != seen * 3) wrong = true;
        }
      }
    });
    executor->Run([&] {
      for (int64_t i = 0; i < kCount; ++i) elements.PushBack(i * 3);
    });
  }
  EXPECT_FALSE(wrong);
  EXPECT_EQ(elements.size(), kCount);
}

}  // namespace
}  // namespace tidemark
