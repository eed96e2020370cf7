#include "storage/segment/segment_appender.h"

#include <algorithm>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "storage/base/limits.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

constexpr int64_t kCapacity = int64_t{1} << 30;

TEST(NextFileSize, DoublesTheFileInWholePagesUpToTheLargestStep) {
  EXPECT_EQ(NextFileSize(0, 1, kCapacity), kGrowthStepBytesMin);
  EXPECT_EQ(NextFileSize(100'000, 100'001, kCapacity), 102'400 + 100'000);
  EXPECT_EQ(NextFileSize(kGrowthStepBytesMax, 1, kCapacity), 2 * kGrowthStepBytesMax);
  EXPECT_EQ(NextFileSize(4 * kGrowthStepBytesMax, 1, kCapacity), 5 * kGrowthStepBytesMax);
}

TEST(NextFileSize, HoldsWhatIsAskedForAndStaysWithinTheCapacity) {
  EXPECT_EQ(NextFileSize(0, 1'000'001, kCapacity), 1'003'520);
  EXPECT_EQ(NextFileSize(0, 1, 100), 100);
  EXPECT_EQ(NextFileSize(kCapacity - 1, kCapacity, kCapacity), kCapacity);
}

TEST(NextFileSize, StaysNearWhatIsThereAndWhatIsAskedForAtAnySize) {
  const int64_t sizes[] = {0,       1,       4095,    4096,          4097,
                           16384,   100'000, 1 << 20, (8 << 20) - 1, 8 << 20,
                           9 << 20, 1 << 26, 1 << 28, (1 << 30) - 1, (int64_t{1} << 31) - 1};
  const int64_t capacities[] = {14, 1000, 4096, 10'000, 1 << 20, 1 << 30, (int64_t{1} << 31) - 1};
  for (const int64_t capacity : capacities) {
    for (const int64_t size : sizes) {
      for (const int64_t end : sizes) {
        if (end > capacity || size > capacity) continue;
        const int64_t next = NextFileSize(size, end, capacity);
        ASSERT_GE(next, std::max(end, size));
        ASSERT_LE(next, capacity);
        const int64_t step = std::clamp(size, kGrowthStepBytesMin, kGrowthStepBytesMax);
        ASSERT_LT(next, std::max(end, size + step) + 4096);
      }
    }
  }
}

class SegmentAppenderTest : public testing::Test {
 protected:
  SegmentAppenderTest() {
    EXPECT_TRUE(file_system_.Open("/00000000000000000000.log", OpenMode::kCreate).ok());
  }

  int64_t FileBytes() { return file_system_.Stat(segment_->log_path())->size_bytes; }

  // Appends `size_bytes` of anything, making room as a log does.
  void Append(int64_t size_bytes) {
    if (appender_.room_bytes() < size_bytes) {
      absl::StatusOr<SegmentAppender::Growth> growth =
          appender_.Grow(appender_.position() + size_bytes);
      ASSERT_TRUE(growth.ok()) << growth.status();
      appender_.Install(*std::move(growth));
    }
    ASSERT_GE(appender_.room_bytes(), size_bytes);
    appender_.Append(std::string(static_cast<size_t>(size_bytes), 'x'), Offset(0), Timestamp(0));
  }

  MemoryFileSystem file_system_;
  OpenFileCache open_files_{&file_system_, 10};
  IndexCache index_cache_{1 << 20};
  SegmentEnvironment environment_{&file_system_, &open_files_, &index_cache_};
  std::shared_ptr<Segment> segment_ =
      std::make_shared<Segment>(environment_, "", Offset(0), int64_t{1} << 30, 0);
  SegmentAppender appender_{
      environment_, segment_,     std::make_shared<SegmentIndex>(Offset(0), int64_t{1} << 30),
      kCapacity,    kNoTimestamp, absl::ZeroDuration()};
};

TEST_F(SegmentAppenderTest, PreparesLessAtOnceThanItAllocates) {
  constexpr int64_t kBatchBytes = int64_t{1} << 20;
  int64_t room_bytes_max = 0;
  for (int64_t end = kBatchBytes; end <= 6 * kPrepareStepBytesMax; end += kBatchBytes) {
    Append(kBatchBytes);
    ASSERT_EQ(appender_.position(), end);
    room_bytes_max = std::max(room_bytes_max, appender_.room_bytes() + kBatchBytes);
  }
  EXPECT_EQ(room_bytes_max, kPrepareStepBytesMax);
  EXPECT_GT(FileBytes(), appender_.position() + kPrepareStepBytesMax);
  EXPECT_EQ(segment_->size_bytes(), appender_.position());
}

TEST_F(SegmentAppenderTest, TrimCutsAllThatIsAllocatedBehindTheLastBatch) {
  Append(3 * kPrepareStepBytesMax);
  Append(100);
  ASSERT_GT(FileBytes(), appender_.position());
  ASSERT_TRUE(appender_.Trim().ok());
  EXPECT_EQ(FileBytes(), 3 * kPrepareStepBytesMax + 100);
  EXPECT_EQ(appender_.room_bytes(), 0);
  Append(100);
  EXPECT_GT(FileBytes(), appender_.position());
}

TEST_F(SegmentAppenderTest, TrimCutsSpaceThatGrewAndWasNotTakenIntoUse) {
  ASSERT_TRUE(appender_.Grow(100).ok());
  EXPECT_GT(FileBytes(), 0);
  ASSERT_TRUE(appender_.Trim().ok());
  EXPECT_EQ(FileBytes(), 0);
}

TEST_F(SegmentAppenderTest, ANearlyFullDiskStillTakesWhatFits) {
  file_system_.SetCapacityBytes(8192);
  Append(5000);
  EXPECT_EQ(FileBytes(), 8192);
  EXPECT_TRUE(absl::IsResourceExhausted(appender_.Grow(8193).status()));
  EXPECT_EQ(appender_.room_bytes(), 3192) << "what there was stays";
}

}  // namespace
}  // namespace tidemark
