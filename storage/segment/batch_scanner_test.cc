#include "storage/segment/batch_scanner.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/base/limits.h"
#include "storage/memory_env.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

std::string Batch(int64_t base_offset, size_t value_bytes) {
  RecordBatchBuilder builder;
  const std::string value(value_bytes, 'v');
  Record record;
  record.value = value;
  EXPECT_TRUE(builder.Add(record).ok());
  const absl::Span<char> bytes = *builder.Finish();
  StampBatch(Offset(base_offset), LeaderEpoch(0), bytes);
  return std::string(bytes.data(), bytes.size());
}

class BatchScannerTest : public ::testing::Test {
 protected:
  // Scans `contents` in chunks of `chunk_bytes`, reading and in a region; notes the base offsets,
  // where and why it stopped.
  void Scan(const std::string& contents, int64_t chunk_bytes) {
    ASSERT_TRUE(file_->Truncate(0).ok());
    ASSERT_TRUE(file_->Write(0, contents).ok());
    const auto end = static_cast<int64_t>(contents.size());
    ScanOnce(end, chunk_bytes, nullptr);
    if (contents.empty()) return;
    const std::vector<int64_t> offsets = offsets_;
    const BatchScanStop stop = stop_;
    const int64_t position = position_;
    const std::shared_ptr<MappedRegion> region = *file_->Map(MapMode::kRead, end);
    ScanOnce(end, chunk_bytes, region.get());
    EXPECT_EQ(offsets_, offsets);
    EXPECT_EQ(stop_, stop);
    EXPECT_EQ(position_, position);
  }

  void ScanOnce(int64_t end, int64_t chunk_bytes, MappedRegion* region) {
    offsets_.clear();
    BatchScanner scanner(file_.get(), 0, end, chunk_bytes, region);
    while (true) {
      const absl::StatusOr<bool> found = scanner.Next();
      ASSERT_TRUE(found.ok()) << found.status();
      if (!*found) break;
      EXPECT_TRUE(scanner.batch().VerifyCrc().ok());
      offsets_.push_back(scanner.batch().base_offset().value());
    }
    stop_ = scanner.stop();
    position_ = scanner.position();
  }

  MemoryFileSystem file_system_;
  std::unique_ptr<File> file_ = *file_system_.Open("/0.log", OpenMode::kCreate);
  std::vector<int64_t> offsets_;
  BatchScanStop stop_ = BatchScanStop::kEnd;
  int64_t position_ = -1;
};

TEST_F(BatchScannerTest, FindsEveryBatchWhateverTheChunk) {
  const std::string contents = Batch(0, 10) + Batch(1, 5000) + Batch(2, 1) + Batch(3, 300);
  for (const int64_t chunk : {1, 12, 61, 100, 4096, 1 << 20}) {
    Scan(contents, chunk);
    EXPECT_EQ(offsets_, (std::vector<int64_t>{0, 1, 2, 3})) << chunk;
    EXPECT_EQ(stop_, BatchScanStop::kEnd) << chunk;
    EXPECT_EQ(position_, static_cast<int64_t>(contents.size())) << chunk;
  }
}

TEST_F(BatchScannerTest, TellsPreallocatedZerosFromATornOrABadBatch) {
  const std::string good = Batch(0, 10);
  const auto good_bytes = static_cast<int64_t>(good.size());
  for (const int64_t chunk : {61, 4096}) {
    for (const size_t zeros : {size_t{1}, size_t{16}, size_t{17}, size_t{61}, size_t{300'000}}) {
      Scan(good + std::string(zeros, '\0'), chunk);
      EXPECT_EQ(stop_, BatchScanStop::kZeroTail) << zeros;
      EXPECT_EQ(position_, good_bytes);
    }
    const std::string next = Batch(1, 500);
    for (const size_t kept : {size_t{12}, size_t{17}, size_t{60}, size_t{61}, next.size() - 1}) {
      Scan(good + next.substr(0, kept), chunk);
      EXPECT_EQ(stop_, BatchScanStop::kTorn) << kept;
      EXPECT_EQ(position_, good_bytes);
    }
    Scan(good + "this is not a record batch, but text that is long enough to be one", chunk);
    EXPECT_EQ(stop_, BatchScanStop::kBad);
    EXPECT_EQ(position_, good_bytes);
    Scan(good + std::string(300'000, '\0') + "x", chunk);
    EXPECT_EQ(stop_, BatchScanStop::kBad) << "zeros with something behind them";
  }
}

TEST_F(BatchScannerTest, BelievesALengthOnlyAsFarAsTheRangeReaches) {
  std::string huge = Batch(0, 10);
  huge[8] = 0x7f;
  Scan(huge, 4096);
  EXPECT_EQ(stop_, BatchScanStop::kTorn);
  EXPECT_TRUE(offsets_.empty());
}

TEST_F(BatchScannerTest, TakesNoMemoryForALargeBatchThatIsNone) {
  std::string large = Batch(0, size_t{20} << 20) + Batch(1, 10);
  Scan(large, 4096);
  EXPECT_EQ(offsets_, (std::vector<int64_t>{0, 1}));
  int64_t largest_read = 0;
  file_system_.SetFaultHook([&](const FileOperation& operation) {
    if (operation.kind == FileOperation::Kind::kRead) {
      largest_read = std::max(largest_read, operation.length_bytes);
    }
    return FileFault();
  });
  large[10'000'000] ^= 1;
  Scan(large, 4096);
  EXPECT_EQ(stop_, BatchScanStop::kBad);
  large[8] = 0x7f;
  Scan(large, 4096);
  EXPECT_EQ(stop_, BatchScanStop::kTorn);
  EXPECT_TRUE(offsets_.empty());
  EXPECT_LE(largest_read, kScanBytes);
}

TEST_F(BatchScannerTest, ReportsTheDisksErrorsAsErrors) {
  ASSERT_TRUE(file_->Write(0, Batch(0, 10)).ok());
  file_system_.SetFaultHook([](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kRead
               ? FileFault(absl::UnavailableError("I/O error"))
               : FileFault();
  });
  BatchScanner scanner(file_.get(), 0, 70);
  EXPECT_TRUE(absl::IsUnavailable(scanner.Next().status()));
}

TEST_F(BatchScannerTest, ReportsWhatARegionCannotBringIntoMemory) {
  ASSERT_TRUE(file_->Write(0, Batch(0, 10)).ok());
  const std::shared_ptr<MappedRegion> region = *file_->Map(MapMode::kRead, 500);
  BatchScanner beyond(file_.get(), 0, 500, kScanBytes, region.get());
  EXPECT_TRUE(absl::IsDataLoss(beyond.Next().status()));
  file_system_.SetFaultHook([](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kPopulate
               ? FileFault(absl::UnavailableError("I/O error"))
               : FileFault();
  });
  BatchScanner failing(file_.get(), 0, 70, kScanBytes, region.get());
  EXPECT_TRUE(absl::IsUnavailable(failing.Next().status()));
}

TEST_F(BatchScannerTest, ReportsAFileThatBecameShorter) {
  ASSERT_TRUE(file_->Write(0, Batch(0, 10)).ok());
  BatchScanner scanner(file_.get(), 0, 500);
  ASSERT_TRUE(*scanner.Next());
  EXPECT_TRUE(absl::IsDataLoss(scanner.Next().status()));
}

}  // namespace
}  // namespace tidemark
