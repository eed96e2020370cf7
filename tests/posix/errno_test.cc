// Goal: what the system says reaches the caller as the status that storage/env.h promises, from the
// very code that ships, and what it does only by halves is done whole. Method: calls that the shim
// shortens, interrupts and fails, in a directory of the test.

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/posix_env.h"
#include "tests/posix/posix_shim.h"

namespace tidemark {
namespace {

class PosixShimTest : public testing::Test {
 protected:
  PosixShimTest() : root_(testing::TempDir() + "/shim_XXXXXX") {
    EXPECT_NE(mkdtemp(root_.data()), nullptr);
  }
  ~PosixShimTest() override { ShimNothing(); }

  std::string Path(absl::string_view name) const { return absl::StrCat(root_, "/", name); }
  std::string Contents(absl::string_view name) {
    const auto file = files_->Open(Path(name), OpenMode::kRead).value();
    std::string contents(static_cast<size_t>(file->Size().value()), '?');
    EXPECT_EQ(file->Read(0, absl::MakeSpan(contents)).value(), contents.size());
    return contents;
  }

  std::string root_;
  const std::unique_ptr<FileSystem> files_ = NewPosixFileSystem();
};

// Bytes of which no two places look alike.
std::string Numbers(int64_t count) {
  std::string bytes;
  for (int64_t i = 0; i < count; ++i) absl::StrAppend(&bytes, i, ";");
  return bytes;
}

TEST_F(PosixShimTest, A04_AShortWriteGoesOnUntilAllIsWritten) {
  const std::string bytes = Numbers(20000);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string name = absl::StrCat("f", seed);
    ShimTransfers(seed, /*short_percent=*/100, /*interrupted_percent=*/50);
    ASSERT_TRUE(files_->Open(Path(name), OpenMode::kCreate).value()->Write(0, bytes).ok());
    EXPECT_GT(ShimCounts().short_transfers, 3);
    EXPECT_GT(ShimCounts().interruptions, 0);
    ShimNothing();
    EXPECT_EQ(Contents(name), bytes) << seed;
  }
}

TEST_F(PosixShimTest, A04_AWriteThatStopsHalfWayFailsAndLeavesOnlyItsOwnBytes) {
  const std::string bytes = Numbers(20000);
  const auto file = files_->Open(Path("f"), OpenMode::kCreate).value();
  for (const int error_number : {ENOSPC, EDQUOT, EIO}) {
    ShimTransfers(1, /*short_percent=*/100, /*interrupted_percent=*/0);
    ShimFailure("pwrite", error_number, /*first_call=*/3);
    EXPECT_FALSE(file->Write(0, bytes).ok());
    EXPECT_EQ(ShimCounts().failures, 1);
    ShimNothing();
    const std::string left = Contents("f");
    EXPECT_GT(left.size(), 0);
    EXPECT_LT(left.size(), bytes.size());
    EXPECT_EQ(left, bytes.substr(0, left.size()));
    ASSERT_TRUE(file->Truncate(0).ok());
  }
}

TEST_F(PosixShimTest, A04_AWriteThatWritesNothingEndsWithAnError) {
  const auto file = files_->Open(Path("f"), OpenMode::kCreate).value();
  ShimFailure("pwrite", 0);
  EXPECT_EQ(file->Write(0, "abc").code(), absl::StatusCode::kUnavailable);
}

TEST_F(PosixShimTest, A05_AShortReadIsNotTheEndOfTheFile) {
  const std::string bytes = Numbers(20000);
  ASSERT_TRUE(files_->Open(Path("f"), OpenMode::kCreate).value()->Write(0, bytes).ok());
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    ShimTransfers(seed, /*short_percent=*/100, /*interrupted_percent=*/50);
    EXPECT_EQ(Contents("f"), bytes) << seed;
    EXPECT_GT(ShimCounts().short_transfers, 3);
    EXPECT_GT(ShimCounts().interruptions, 0);
    ShimNothing();
  }
}

TEST_F(PosixShimTest, A05_AReadThatFailsHalfWayIsAnErrorAndNotAShortRead) {
  ASSERT_TRUE(files_->Open(Path("f"), OpenMode::kCreate).value()->Write(0, Numbers(20000)).ok());
  const auto file = files_->Open(Path("f"), OpenMode::kRead).value();
  std::string out(10000, '?');
  ShimTransfers(1, /*short_percent=*/100, /*interrupted_percent=*/0);
  ShimFailure("pread", EIO, /*first_call=*/3);
  EXPECT_EQ(file->Read(0, absl::MakeSpan(out)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ShimCounts().failures, 1);
}

constexpr auto kFull = absl::StatusCode::kResourceExhausted;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;

// A file of ten bytes, and its region.
class ErrnoTest : public PosixShimTest {
 protected:
  ErrnoTest() {
    EXPECT_TRUE(file_->Write(0, "0123456789").ok());
    region_ = file_->Map(MapMode::kReadWrite, 10).value();
  }

  // The call that fails so makes `run` fail so, naming what it was about; the next is fine.
  void Expect(absl::string_view call, int error_number, absl::StatusCode code,
              const std::function<absl::Status()>& run) {
    SCOPED_TRACE(absl::StrCat(call, " ", error_number));
    ShimFailure(call, error_number);
    const absl::Status status = run();
    EXPECT_EQ(ShimCounts().failures, 1);
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_NE(status.message().find(root_), absl::string_view::npos) << status;
    ShimNothing();
    EXPECT_TRUE(run().ok());
    EXPECT_EQ(Contents("f"), "0123456789");
  }

  const std::unique_ptr<File> file_ = files_->Open(Path("f"), OpenMode::kCreate).value();
  std::shared_ptr<MappedRegion> region_;
};

TEST_F(ErrnoTest, OfOpening) {
  const auto open = [&] { return files_->Open(Path("f"), OpenMode::kRead).status(); };
  const auto create = [&] { return files_->Open(Path("f"), OpenMode::kCreate).status(); };
  const auto list = [&] { return files_->List(root_).status(); };
  const auto lock = [&] { return files_->Lock(Path("f")).status(); };
  for (const int error_number : {EMFILE, ENFILE, EIO}) {
    Expect("open", error_number, kUnavailable, open);
    Expect("open", error_number, kUnavailable, create);
    Expect("open", error_number, kUnavailable, list);
    Expect("open", error_number, kUnavailable, lock);
  }
  Expect("open", EROFS, kDenied, create);
  Expect("open", ENOSPC, kFull, create);
  Expect("open", EDQUOT, kFull, create);
  Expect("fcntl", ENOLCK, kUnavailable, lock);
}

TEST_F(ErrnoTest, C11_TheSyncOfADirectoryHasADescriptorInReserve) {
  for (const int error_number : {EMFILE, ENFILE, EIO}) {
    ShimFailure("open", error_number);
    EXPECT_TRUE(files_->SyncDirectory(root_).ok());
    EXPECT_EQ(ShimCounts().failures, 1);
    ShimFailure("open", error_number, /*first_call=*/1, /*calls=*/2);
    EXPECT_EQ(files_->SyncDirectory(root_).code(), kUnavailable);
    EXPECT_EQ(ShimCounts().failures, 3);
    ShimNothing();
    EXPECT_TRUE(files_->SyncDirectory(root_).ok());
  }
}

TEST_F(ErrnoTest, OfBytesAndSizes) {
  std::string out(10, '?');
  const auto write = [&] { return file_->Write(0, "0123456789"); };
  const auto truncate = [&] { return file_->Truncate(10); };
  const auto allocate = [&] { return file_->Allocate(10); };
  Expect("pread", EIO, kUnavailable, [&] { return file_->Read(0, absl::MakeSpan(out)).status(); });
  Expect("pwrite", EIO, kUnavailable, write);
  Expect("pwrite", ENOSPC, kFull, write);
  Expect("pwrite", EDQUOT, kFull, write);
  Expect("pwrite", EFBIG, kFull, write);
  Expect("pwrite", EROFS, kDenied, write);
  Expect("ftruncate", EIO, kUnavailable, truncate);
  Expect("ftruncate", EROFS, kDenied, truncate);
  Expect("fallocate", ENOSPC, kFull, allocate);
  Expect("fallocate", EDQUOT, kFull, allocate);
  Expect("fallocate", EIO, kUnavailable, allocate);
}

TEST_F(ErrnoTest, OfSyncs) {
  const auto sync = [&] { return file_->Sync(); };
  const auto sync_region = [&] { return region_->Sync(0, 10); };
  const auto sync_directory = [&] { return files_->SyncDirectory(root_); };
  for (const auto& [error_number, code] : {std::pair(EIO, kUnavailable), std::pair(ENOSPC, kFull),
                                           std::pair(EDQUOT, kFull), std::pair(EROFS, kDenied)}) {
    Expect("fdatasync", error_number, code, sync);
    Expect("msync", error_number, code, sync_region);
    Expect("fsync", error_number, code, sync_directory);
  }
}

TEST_F(ErrnoTest, OfRegions) {
  const auto map = [&] { return file_->Map(MapMode::kRead, 10).status(); };
  const auto populate = [&] { return region_->Populate(0, 10); };
  Expect("mmap", ENOMEM, kFull, map);
  Expect("mmap", ENODEV, absl::StatusCode::kUnimplemented, map);
  Expect("madvise", EFAULT, kUnavailable, populate);
  Expect("madvise", ENOMEM, kUnavailable, populate);
  Expect("madvise", EHWPOISON, kUnavailable, populate);
}

TEST_F(ErrnoTest, OfNames) {
  const auto rename = [&] { return files_->Rename(Path("f"), Path("f")); };
  Expect("rename", ENOSPC, kFull, rename);
  Expect("rename", EDQUOT, kFull, rename);
  Expect("rename", EROFS, kDenied, rename);
  Expect("rename", EIO, kUnavailable, rename);
  Expect("mkdir", EDQUOT, kFull, [&] { return files_->CreateDirectory(Path("d")); });
  Expect("rmdir", EROFS, kDenied, [&] { return files_->RemoveDirectory(Path("d")); });
  for (const auto& [error_number, code] :
       {std::pair(EROFS, kDenied), std::pair(EIO, kUnavailable)}) {
    ASSERT_TRUE(files_->Open(Path("g"), OpenMode::kCreate).ok());
    Expect("unlink", error_number, code, [&] { return files_->Remove(Path("g")); });
  }
}

TEST_F(PosixShimTest, AnAllocationThatFailsLeavesTheSize) {
  const auto file = files_->Open(Path("f"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->Write(0, "abc").ok());
  // Of the two steps, blocks and size, either may fail.
  for (const int64_t step : {1, 2}) {
    ShimFailure("fallocate", ENOSPC, step);
    EXPECT_EQ(file->Allocate(1 << 20).code(), kFull);
    EXPECT_EQ(ShimCounts().failures, 1);
    ShimNothing();
    EXPECT_EQ(file->Size().value(), 3);
  }
  EXPECT_EQ(Contents("f"), "abc");
}

TEST_F(PosixShimTest, WithoutFallocateZerosAreWrittenToTheEnd) {
  const auto file = files_->Open(Path("f"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->Write(0, "abc").ok());
  ShimTransfers(1, /*short_percent=*/90, /*interrupted_percent=*/30);
  ShimFailure("fallocate", EOPNOTSUPP);
  EXPECT_TRUE(file->Allocate(200000).ok());
  EXPECT_EQ(ShimCounts().failures, 1);
  EXPECT_GT(ShimCounts().short_transfers, 3);
  ShimNothing();
  EXPECT_EQ(Contents("f"), "abc" + std::string(199997, '\0'));
}

TEST_F(PosixShimTest, AnInterruptionIsNotTakenForAKernelThatCannotPopulate) {
  ShimTransfers(1, /*short_percent=*/0, /*interrupted_percent=*/95);
  const std::unique_ptr<FileSystem> files = NewPosixFileSystem();
  EXPECT_GT(ShimCounts().interruptions, 0);
  const auto file = files->Open(Path("f"), OpenMode::kCreate).value();
  EXPECT_TRUE(file->Map(MapMode::kReadWrite, 1).ok());
}

TEST_F(PosixShimTest, AFailedSyncIsReportedByEachCallThatTheSystemFailsAndByNoOther) {
  const auto file = files_->Open(Path("f"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->Write(0, "abc").ok());
  ShimFailure("fdatasync", EIO, /*first_call=*/2, /*calls=*/2);
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_TRUE(file->Sync().ok());
}

}  // namespace
}  // namespace tidemark
