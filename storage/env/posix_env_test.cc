// Goal: what only the POSIX file system can get wrong: links, pipes, descriptors, modes, locks of
// other processes, a full disk, an old kernel's ways. Method: the real system, in a directory of
// the test. What every file system must do is in the conformance suite.

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/env/errno_status.h"
#include "storage/env/posix_allocate.h"
#include "storage/env/posix_descriptor.h"
#include "storage/env/posix_file.h"
#include "storage/env/posix_mapped_region.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

class PosixFileSystemTest : public testing::Test {
 protected:
  PosixFileSystemTest() : root_(testing::TempDir() + "/posix_XXXXXX") {
    EXPECT_NE(mkdtemp(root_.data()), nullptr);
  }
  std::string Path(absl::string_view name) const { return absl::StrCat(root_, "/", name); }
  void MakeFile(absl::string_view name, absl::string_view contents) {
    const auto file = files_->Open(Path(name), OpenMode::kCreate);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE((*file)->Write(0, contents).ok());
  }

  std::string root_;
  const std::unique_ptr<FileSystem> files_ = NewPosixFileSystem();
};

TEST_F(PosixFileSystemTest, SymbolicLinksAreRefusedListedAsOtherAndRemovedThemselves) {
  MakeFile("target", "x");
  ASSERT_TRUE(files_->CreateDirectory(Path("directory")).ok());
  ASSERT_EQ(symlink(Path("target").c_str(), Path("link").c_str()), 0);
  ASSERT_EQ(symlink(Path("directory").c_str(), Path("link_to_directory").c_str()), 0);
  const auto refused = absl::StatusCode::kFailedPrecondition;
  for (const OpenMode mode : {OpenMode::kRead, OpenMode::kReadWrite, OpenMode::kCreate}) {
    EXPECT_EQ(files_->Open(Path("link"), mode).status().code(), refused);
  }
  EXPECT_EQ(files_->Lock(Path("link")).status().code(), refused);
  EXPECT_EQ(files_->List(Path("link_to_directory")).status().code(), refused);
  EXPECT_EQ(files_->SyncDirectory(Path("link_to_directory")).code(), refused);
  EXPECT_EQ(files_->Stat(Path("link")).value().type, FileType::kOther);
  EXPECT_EQ(files_->List(root_).value()[1].type, FileType::kOther);
  EXPECT_TRUE(files_->Remove(Path("link")).ok());
  EXPECT_EQ(files_->Stat(Path("target")).value().size_bytes, 1);
}

TEST_F(PosixFileSystemTest, APipeInAFilesPlaceIsRefusedWithoutWaiting) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  for (const OpenMode mode : {OpenMode::kRead, OpenMode::kReadWrite, OpenMode::kCreate}) {
    EXPECT_EQ(files_->Open(Path("pipe"), mode).status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(files_->Stat(Path("pipe")).value().type, FileType::kOther);
}

TEST_F(PosixFileSystemTest, WhatItMakesIsForItsOwnerOnly) {
  MakeFile("f", "");
  ASSERT_TRUE(files_->CreateDirectory(Path("d")).ok());
  ASSERT_TRUE(files_->Lock(Path("l")).ok());
  struct stat info;
  ASSERT_EQ(stat(Path("f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
  ASSERT_EQ(stat(Path("l").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
  ASSERT_EQ(stat(Path("d").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700);
}

// The lowest free descriptor: what the next open gets.
int NextDescriptor() {
  const int descriptor = dup(0);
  close(descriptor);
  return descriptor;
}

TEST_F(PosixFileSystemTest, DescriptorsAreClosedOnExecAndGivenBackAndRegionsHoldNone) {
  const int before = NextDescriptor();
  MakeFile("f", "x");
  std::unique_ptr<File> file = files_->Open(Path("f"), OpenMode::kReadWrite).value();
  EXPECT_NE(fcntl(before, F_GETFD) & FD_CLOEXEC, 0);
  std::unique_ptr<FileLock> lock = files_->Lock(Path("l")).value();
  EXPECT_NE(fcntl(before + 1, F_GETFD) & FD_CLOEXEC, 0);
  const std::shared_ptr<MappedRegion> region = file->Map(MapMode::kReadWrite, 1).value();
  file.reset();
  lock.reset();
  EXPECT_TRUE(files_->List(root_).ok());
  EXPECT_TRUE(files_->SyncDirectory(root_).ok());
  EXPECT_FALSE(files_->Lock(root_).ok());
  EXPECT_EQ(NextDescriptor(), before);
}

TEST_F(PosixFileSystemTest, TooManyOpenFilesIsUnavailableAndPasses) {
  struct rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old_limit), 0);
  MakeFile("f", "x");
  const rlimit low = {static_cast<rlim_t>(NextDescriptor()), old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const absl::Status opened = files_->Open(Path("f"), OpenMode::kRead).status();
  const absl::Status listed = files_->List(root_).status();
  const absl::Status synced = files_->SyncDirectory(root_);
  const absl::Status synced_again = files_->SyncDirectory(root_);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old_limit), 0);
  EXPECT_EQ(opened.code(), absl::StatusCode::kUnavailable) << opened;
  EXPECT_NE(opened.message().find("limit of open files"), absl::string_view::npos) << opened;
  EXPECT_EQ(listed.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(synced.ok() && synced_again.ok()) << "it would be final: " << synced;
  EXPECT_TRUE(files_->Open(Path("f"), OpenMode::kRead).ok());
}

// Runs `child` in a forked process; its exit code.
template <typename Child>
int RunInChild(Child child) {
  const pid_t pid = fork();
  if (pid == 0) _exit(child());
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(PosixFileSystemTest, ALockExcludesOtherProcessesAndEndsWithItsHolder) {
  const auto locks = [&] { return files_->Lock(Path("l")).ok() ? 1 : 0; };
  {
    const std::unique_ptr<FileLock> lock = files_->Lock(Path("l")).value();
    EXPECT_EQ(RunInChild(locks), 0);
  }
  // The child never gives it back.
  EXPECT_EQ(RunInChild([&] { return files_->Lock(Path("l")).value().release() != nullptr; }), 1);
  EXPECT_EQ(RunInChild(locks), 1);
}

TEST_F(PosixFileSystemTest, ALockExcludesTheRecordLocksThatTheJvmTakes) {
  const auto takes_record_lock = [&] {
    const int descriptor = open(Path("l").c_str(), O_RDWR | O_CREAT, 0600);
    struct flock record = {};
    record.l_type = F_WRLCK;
    record.l_whence = SEEK_SET;
    return fcntl(descriptor, F_SETLK, &record) == 0 ? 1 : 0;
  };
  {
    const std::unique_ptr<FileLock> lock = files_->Lock(Path("l")).value();
    EXPECT_EQ(RunInChild(takes_record_lock), 0);
  }
  EXPECT_EQ(RunInChild(takes_record_lock), 1);
}

TEST_F(PosixFileSystemTest, SendToABrokenConnectionIsAborted) {
  MakeFile("f", "x");
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  close(ends[1]);
  const absl::Cleanup close_end = [&] { close(ends[0]); };
  // The owner of a socket decides about SIGPIPE; here it is ignored.
  const auto old_action = std::signal(SIGPIPE, SIG_IGN);
  const absl::Status status =
      files_->Open(Path("f"), OpenMode::kRead).value()->SendTo(ends[0], 0, 1).status();
  std::signal(SIGPIPE, old_action);
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted) << status;
}

TEST_F(PosixFileSystemTest, AllocateGivesBlocksToHolesAndToNewBytes) {
  const std::unique_ptr<File> file = files_->Open(Path("f"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->Truncate(1 << 20).ok());
  ASSERT_TRUE(file->Allocate(2 << 20).ok());
  struct stat info;
  ASSERT_EQ(stat(Path("f").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 2 << 20);
  EXPECT_GE(info.st_blocks * 512, 2 << 20);
}

TEST_F(PosixFileSystemTest, WhereBlocksCannotBeAllocatedZerosAreWritten) {
  MakeFile("f", "abc");
  const auto descriptor = OpenDescriptor("open", Path("f"), O_RDWR, 0).value();
  EXPECT_TRUE(ExtendWithZeros(*descriptor, Path("f"), 200000).ok());
  EXPECT_TRUE(ExtendWithZeros(*descriptor, Path("f"), 10).ok());
  struct stat info;
  ASSERT_EQ(fstat(descriptor->get(), &info), 0);
  EXPECT_EQ(info.st_size, 200000);
  EXPECT_GE(info.st_blocks * 512, 196608);
  std::string bytes(200000, '?');
  const auto file = files_->Open(Path("f"), OpenMode::kRead).value();
  EXPECT_EQ(file->Read(0, absl::MakeSpan(bytes)).value(), 200000);
  EXPECT_EQ(bytes, "abc" + std::string(199997, '\0'));
}

TEST_F(PosixFileSystemTest, ExtendingWithZerosThatFailsRestoresTheSize) {
  MakeFile("f", "abc");
  const auto descriptor = OpenDescriptor("open", Path("f"), O_RDWR, 0).value();
  struct rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit low = {150000, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  const absl::Status status = ExtendWithZeros(*descriptor, Path("f"), 200000);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_action);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(DescriptorSize(*descriptor, Path("f")).value(), 3);
}

// A signal handler without SA_RESTART interrupts calls; none of them may fail for that.
TEST_F(PosixFileSystemTest, SignalsDoNotDisturbCalls) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  struct sigaction old_action;
  ASSERT_EQ(sigaction(SIGALRM, &action, &old_action), 0);
  const itimerval often = {{0, 200}, {0, 200}};
  ASSERT_EQ(setitimer(ITIMER_REAL, &often, nullptr), 0);
  const std::unique_ptr<File> file = files_->Open(Path("f"), OpenMode::kCreate).value();
  const std::string bytes(1 << 20, 'x');
  std::string out(1 << 20, '\0');
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(file->Allocate(1 << 20).ok());
    EXPECT_TRUE(file->Write(0, bytes).ok());
    EXPECT_TRUE(file->Sync().ok());
    EXPECT_EQ(file->Read(0, absl::MakeSpan(out)).value(), 1 << 20);
    const auto region = file->Map(MapMode::kReadWrite, 1 << 20);
    EXPECT_TRUE((*region)->Populate(0, 1 << 20).ok());
    EXPECT_TRUE((*region)->Sync(0, 1 << 20).ok());
    EXPECT_TRUE(files_->Lock(Path("l")).ok());
    EXPECT_TRUE(file->Truncate(0).ok());
  }
  const itimerval off = {};
  setitimer(ITIMER_REAL, &off, nullptr);
  sigaction(SIGALRM, &old_action, nullptr);
}

// Blocks show it: a page that is made ready for writing gets some.
TEST_F(PosixFileSystemTest, PopulatingForReadingMakesNothingReadyToBeWritten) {
  struct statfs information;
  ASSERT_EQ(statfs(root_.c_str(), &information), 0);
  if (information.f_type == TMPFS_MAGIC) GTEST_SKIP() << "reading allocates blocks, too";
  const std::unique_ptr<File> file = files_->Open(Path("f"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->Truncate(1 << 20).ok());
  const auto region = file->Map(MapMode::kReadWrite, 1 << 20).value();
  EXPECT_TRUE(region->PopulateForReading(0, 1 << 20).ok());
  EXPECT_EQ(region->data()[12345], 0);
  struct stat status;
  EXPECT_TRUE(region->Sync(0, 1 << 20).ok());
  ASSERT_EQ(stat(Path("f").c_str(), &status), 0);
  EXPECT_EQ(status.st_blocks, 0);
  EXPECT_TRUE(region->Populate(0, 1 << 20).ok());
  EXPECT_TRUE(region->Sync(0, 1 << 20).ok());
  ASSERT_EQ(stat(Path("f").c_str(), &status), 0);
  EXPECT_GT(status.st_blocks, 0);
}

// Of the mapping that begins at `data`, as the kernel says.
int64_t DirtyBytes(const char* data) {
  std::ifstream maps("/proc/self/smaps");
  const std::string begin = absl::StrCat(absl::Hex(reinterpret_cast<uintptr_t>(data)), "-");
  int64_t dirty_kib = 0;
  std::string line;
  while (std::getline(maps, line) && !absl::StartsWith(line, begin)) {
  }
  while (std::getline(maps, line) && !absl::StartsWith(line, "VmFlags")) {
    for (const std::string name : {"Shared_Dirty:", "Private_Dirty:"}) {
      if (absl::StartsWith(line, name)) dirty_kib += std::stoll(line.substr(name.size()));
    }
  }
  return dirty_kib * 1024;
}

// Recovery lives on this: what it populates, the next sync writes.
TEST_F(PosixFileSystemTest, PopulatingForWritingMakesCleanPagesDirty) {
  struct statfs information;
  ASSERT_EQ(statfs(root_.c_str(), &information), 0);
  if (information.f_type == TMPFS_MAGIC) GTEST_SKIP() << "nothing is ever clean";
  const std::unique_ptr<File> file = files_->Open(Path("f"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->Write(0, std::string(1 << 20, 'x')).ok());
  ASSERT_TRUE(file->Sync().ok());
  const auto region = file->Map(MapMode::kReadWrite, 1 << 20).value();
  EXPECT_TRUE(region->PopulateForReading(0, 1 << 20).ok());
  EXPECT_EQ(DirtyBytes(region->data()), 0);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(region->Populate(0, 1 << 20).ok());
    EXPECT_EQ(DirtyBytes(region->data()), 1 << 20);
    EXPECT_TRUE(region->Sync(0, 1 << 20).ok());
    EXPECT_EQ(DirtyBytes(region->data()), 0);
  }
}

TEST(RetryInterrupted, CallsAgainOnlyAfterAnInterruption) {
  int calls = 0;
  EXPECT_EQ(RetryInterrupted([&] {
              errno = EINTR;
              return ++calls < 3 ? -1 : 7;
            }),
            7);
  EXPECT_EQ(calls, 3);
  calls = 0;
  EXPECT_EQ(RetryInterrupted([&] {
              errno = EIO;
              return ++calls < 3 ? -1 : 7;
            }),
            -1);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(errno, EIO);
}

// A file system of 1 MiB, if this process may mount one.
class FullDiskTest : public PosixFileSystemTest {
 protected:
  FullDiskTest() : mounted_(mount("none", root_.c_str(), "tmpfs", 0, "size=1m") == 0) {}
  ~FullDiskTest() override {
    if (mounted_) umount2(root_.c_str(), MNT_DETACH);
  }
  void SetUp() override {
    if (!mounted_) GTEST_SKIP() << "may not mount";
  }

  const bool mounted_;
};

TEST_F(FullDiskTest, WritesAndAllocationsAreResourceExhaustedUntilThereIsRoom) {
  MakeFile("other", std::string(512 << 10, 'x'));
  const std::unique_ptr<File> file = files_->Open(Path("f"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->Write(0, "abc").ok());
  const absl::Status allocated = file->Allocate(2 << 20);
  EXPECT_EQ(allocated.code(), absl::StatusCode::kResourceExhausted) << allocated;
  EXPECT_EQ(file->Size().value(), 3);
  // The failed attempt left the room to others.
  EXPECT_TRUE(file->Allocate(400 << 10).ok());
  const absl::Status written = file->Write(400 << 10, std::string(1 << 20, 'y'));
  EXPECT_EQ(written.code(), absl::StatusCode::kResourceExhausted) << written;
  EXPECT_NE(written.message().find("free space"), absl::string_view::npos) << written;
  EXPECT_EQ(files_->Open(Path("g"), OpenMode::kCreate).value()->Write(0, "z").code(),
            absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(files_->Remove(Path("other")).ok());
  EXPECT_TRUE(files_->Open(Path("g"), OpenMode::kCreate).value()->Write(0, "z").ok());
}

TEST_F(FullDiskTest, PopulatingAHoleOfAFullDiskIsAnErrorAndNoSignal) {
  const std::unique_ptr<File> file = files_->Open(Path("f"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->Truncate(4 << 20).ok());
  const auto region = file->Map(MapMode::kReadWrite, 4 << 20).value();
  const absl::Status status = region->Populate(0, 4 << 20);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST(ErrnoStatus, EachErrorHasThePromisedCodeAndNamesOperationPathAndAdvice) {
  const std::pair<int, absl::StatusCode> kCodes[] = {
      {ENOENT, absl::StatusCode::kNotFound},
      {EEXIST, absl::StatusCode::kAlreadyExists},
      {EACCES, absl::StatusCode::kPermissionDenied},
      {EPERM, absl::StatusCode::kPermissionDenied},
      {EROFS, absl::StatusCode::kPermissionDenied},
      {ENOSPC, absl::StatusCode::kResourceExhausted},
      {EDQUOT, absl::StatusCode::kResourceExhausted},
      {EFBIG, absl::StatusCode::kResourceExhausted},
      {EMFILE, absl::StatusCode::kUnavailable},
      {ENFILE, absl::StatusCode::kUnavailable},
      {EIO, absl::StatusCode::kUnavailable},
      {ENOMEM, absl::StatusCode::kUnavailable},
      {EAGAIN, absl::StatusCode::kUnavailable},
      {ENOTDIR, absl::StatusCode::kFailedPrecondition},
      {EISDIR, absl::StatusCode::kFailedPrecondition},
      {ENOTEMPTY, absl::StatusCode::kFailedPrecondition},
      {ELOOP, absl::StatusCode::kFailedPrecondition},
      {EXDEV, absl::StatusCode::kFailedPrecondition},
      {EPIPE, absl::StatusCode::kAborted},
      {ECONNRESET, absl::StatusCode::kAborted},
      {ENAMETOOLONG, absl::StatusCode::kInvalidArgument},
      {EOPNOTSUPP, absl::StatusCode::kUnimplemented},
      {ENOTTY, absl::StatusCode::kUnknown},
      {99999, absl::StatusCode::kUnknown},
  };
  for (const auto& [error_number, code] : kCodes) {
    const absl::Status status = ErrnoStatus(error_number, "open", "/a/b");
    EXPECT_EQ(status.code(), code) << error_number;
    EXPECT_EQ(status.message().find("open /a/b: "), 0) << status;
  }
  EXPECT_EQ(ErrnoStatus(ENOSPC, "write", "/f").message(),
            "write /f: No space left on device (errno 28); free space on the disk");
}

TEST(PosixMappedRegion, ThisKernelCanPopulate) { EXPECT_TRUE(KernelCanPopulate()); }

TEST_F(PosixFileSystemTest, WithoutPopulateNothingIsMapped) {
  MakeFile("f", "x");
  PosixFile file(OpenDescriptor("open", Path("f"), O_RDWR, 0).value(), Path("f"),
                 /*writable=*/true, /*mappable=*/false);
  EXPECT_EQ(file.Map(MapMode::kRead, 1).status().code(), absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace tidemark
