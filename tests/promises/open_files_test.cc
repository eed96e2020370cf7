// 10,000 partitions are open and appended to within 1,024 descriptors, on the real file system.
// With another number in TIDEMARK_TEST_PARTITIONS, that many; then it prints what they take.

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/engine.h"
#include "storage/env.h"
#include "storage/memory_env.h"
#include "storage/posix_env.h"
#include "storage/record.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

constexpr int32_t kPartitions = 10000;
constexpr char kPartitionsVariable[] = "TIDEMARK_TEST_PARTITIONS";
constexpr rlim_t kDescriptors = 1024;

// The system's files, but that nothing waits for the disk: what the disk does takes nearly all the
// time, and no descriptor.
class UnsyncedRegion : public MappedRegion {
 public:
  explicit UnsyncedRegion(std::shared_ptr<MappedRegion> region) : region_(std::move(region)) {}

  char* data() const override { return region_->data(); }
  int64_t size_bytes() const override { return region_->size_bytes(); }
  absl::Status Populate(int64_t position, int64_t length_bytes) override {
    return region_->Populate(position, length_bytes);
  }
  absl::Status PopulateForReading(int64_t position, int64_t length_bytes) override {
    return region_->PopulateForReading(position, length_bytes);
  }
  absl::Status Sync(int64_t, int64_t) override { return absl::OkStatus(); }

 private:
  const std::shared_ptr<MappedRegion> region_;
};

class UnsyncedFile : public File {
 public:
  explicit UnsyncedFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  absl::StatusOr<int64_t> Read(int64_t position, absl::Span<char> out) override {
    return file_->Read(position, out);
  }
  absl::Status Write(int64_t position, absl::string_view bytes) override {
    return file_->Write(position, bytes);
  }
  absl::StatusOr<int64_t> Size() override { return file_->Size(); }
  absl::Status Truncate(int64_t size_bytes) override { return file_->Truncate(size_bytes); }
  absl::Status Allocate(int64_t size_bytes) override {
    const auto size = file_->Size();
    if (!size.ok()) return size.status();
    return *size < size_bytes ? file_->Truncate(size_bytes) : absl::OkStatus();
  }
  absl::Status Sync() override { return absl::OkStatus(); }
  absl::StatusOr<std::shared_ptr<MappedRegion>> Map(MapMode mode, int64_t size_bytes) override {
    auto region = file_->Map(mode, size_bytes);
    if (!region.ok()) return region.status();
    return std::make_shared<UnsyncedRegion>(*std::move(region));
  }
  absl::StatusOr<int64_t> SendTo(int socket_descriptor, int64_t position,
                                 int64_t length_bytes) override {
    return file_->SendTo(socket_descriptor, position, length_bytes);
  }

 private:
  const std::unique_ptr<File> file_;
};

class UnsyncedFileSystem : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override {
    auto file = posix_->Open(path, mode);
    if (!file.ok()) return file.status();
    return std::make_unique<UnsyncedFile>(*std::move(file));
  }
  absl::Status Rename(absl::string_view from, absl::string_view to) override {
    return posix_->Rename(from, to);
  }
  absl::Status Remove(absl::string_view path) override { return posix_->Remove(path); }
  absl::Status CreateDirectory(absl::string_view path) override {
    return posix_->CreateDirectory(path);
  }
  absl::Status RemoveDirectory(absl::string_view path) override {
    return posix_->RemoveDirectory(path);
  }
  absl::StatusOr<std::vector<DirectoryEntry>> List(absl::string_view path) override {
    return posix_->List(path);
  }
  absl::StatusOr<FileInfo> Stat(absl::string_view path) override { return posix_->Stat(path); }
  absl::StatusOr<int64_t> FreeBytes(absl::string_view path) override {
    return posix_->FreeBytes(path);
  }
  absl::Status SyncDirectory(absl::string_view) override { return absl::OkStatus(); }
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(absl::string_view path) override {
    return posix_->Lock(path);
  }

 private:
  const std::unique_ptr<FileSystem> posix_ = NewPosixFileSystem();
};

absl::Status AppendTo(const StorageEngine& engine, int32_t partition, absl::string_view value) {
  auto log = engine.GetLog({"t", PartitionId(partition)});
  if (!log.ok()) return log.status();
  RecordBatchBuilder builder;
  Record record;
  record.value = value;
  record.timestamp = Timestamp(1000);
  if (absl::Status added = builder.Add(record); !added.ok()) return added;
  auto batch = builder.Finish();
  if (!batch.ok()) return batch.status();
  return (*log)->Append(*batch, AppendOptions()).status();
}

int32_t PartitionCount() {
  const char* const text = std::getenv(kPartitionsVariable);
  int32_t count = kPartitions;
  if (text != nullptr && !absl::SimpleAtoi(text, &count)) count = kPartitions;
  return count;
}

int64_t Entries(FileSystem* file_system, absl::string_view directory) {
  const auto entries = file_system->List(directory);
  return entries.ok() ? static_cast<int64_t>(entries->size()) : -1;
}

// What the process holds now, if that is asked for.
void PrintFigures(FileSystem* file_system, absl::string_view moment, absl::Duration took) {
  if (std::getenv(kPartitionsVariable) == nullptr) return;
  std::ifstream status("/proc/self/status");
  std::ifstream maps("/proc/self/maps");
  std::string line;
  int64_t map_count = 0;
  while (std::getline(maps, line)) ++map_count;
  std::string memory;
  while (std::getline(status, line)) {
    if (line.rfind("VmRSS", 0) == 0 || line.rfind("RssAnon", 0) == 0)
      absl::StrAppend(&memory, " ", line);
  }
  std::cout << moment << ": " << absl::ToDoubleSeconds(took) << " s," << memory << ", "
            << Entries(file_system, "/proc/self/fd") << " descriptors, " << map_count << " mappings"
            << std::endl;
}

// In memory where there is room: a disk takes many times as long for so many files.
std::string Place(int32_t partitions) {
  constexpr char kInMemory[] = "/dev/shm";
  constexpr uint64_t kRoomBytes = uint64_t{1} << 30;
  struct statvfs info {};
  const bool has_room = statvfs(kInMemory, &info) == 0 &&
                        uint64_t{info.f_bavail} * info.f_frsize >= kRoomBytes &&
                        info.f_favail >= uint64_t{10} * static_cast<uint64_t>(partitions);
  return absl::StrCat(has_room ? kInMemory : ::testing::TempDir(), "/tidemark_open_files_",
                      getpid());
}

TEST(OpenFiles, TenThousandPartitionsTakeNoMoreThanAThousandDescriptors) {
  struct rlimit limit {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = kDescriptors;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);

  UnsyncedFileSystem file_system;
  ManualClock clock;
  ManualExecutor executor(&clock);
  SeededRandom random(1);
  const Environment environment = {&file_system, &clock, &executor, &random};
  const int32_t partitions = PartitionCount();
  const std::string directory = Place(partitions);
  const std::unique_ptr<Clock> system_clock = NewSystemClock();

  for (int opening = 1; opening <= 2; ++opening) {
    const absl::Duration begin = system_clock->MonotonicNow();
    auto engine = StorageEngine::Open(directory, environment, EngineOptions());
    ASSERT_TRUE(engine.ok()) << engine.status();
    if (opening == 1) {
      const auto made = (*engine)->CreateTopic("t", partitions, {});
      ASSERT_TRUE(made.ok()) << made.status();
    }
    PrintFigures(&file_system, "open", system_clock->MonotonicNow() - begin);
    for (int32_t partition = 0; partition < partitions; ++partition) {
      const absl::Status appended = AppendTo(**engine, partition, absl::StrCat(partition));
      ASSERT_TRUE(appended.ok()) << partition << ": " << appended;
    }
    executor.RunUntilIdle();
    PrintFigures(&file_system, "appended to", system_clock->MonotonicNow() - begin);
    for (int32_t partition = 0; partition < partitions; partition += 97) {
      const auto log = (*engine)->GetLog({"t", PartitionId(partition)});
      ASSERT_TRUE(log.ok());
      EXPECT_EQ((*log)->offsets().log_end, Offset(opening));
      std::string bytes;
      const auto read = (*log)->Read(Offset(0), ReadOptions(), &bytes);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(read->next_offset, Offset(opening));
    }
    if (opening == 2) {
      ASSERT_TRUE((*engine)->DeleteTopic("t").ok());
    }
    const absl::Status closed = (*engine)->Close();
    ASSERT_TRUE(closed.ok()) << closed;
  }
  const auto left = file_system.List(directory);
  ASSERT_TRUE(left.ok());
  for (const DirectoryEntry& entry : *left) {
    EXPECT_TRUE(file_system.Remove(absl::StrCat(directory, "/", entry.name)).ok()) << entry.name;
  }
  EXPECT_TRUE(file_system.RemoveDirectory(directory).ok());
}

}  // namespace
}  // namespace tidemark
