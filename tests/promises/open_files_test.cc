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
#include "storage/env/forwarding_file_system.h"
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
class UnsyncedFile : public NeverSyncedFile {
 public:
  using NeverSyncedFile::NeverSyncedFile;

  absl::Status Allocate(int64_t size_bytes) override {
    const auto size = Size();
    if (!size.ok()) return size.status();
    return *size < size_bytes ? Truncate(size_bytes) : absl::OkStatus();
  }
};

class UnsyncedFileSystem : public ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;

  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override {
    auto file = ForwardingFileSystem::Open(path, mode);
    if (!file.ok()) return file.status();
    return std::make_unique<UnsyncedFile>(*std::move(file));
  }
  absl::Status SyncDirectory(absl::string_view) override { return absl::OkStatus(); }
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

  const std::unique_ptr<FileSystem> posix = NewPosixFileSystem();
  UnsyncedFileSystem file_system(posix.get());
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
