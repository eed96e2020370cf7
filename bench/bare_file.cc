#include "bench/bare_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "bench/batches.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kStepBytes = int64_t{8} << 20;
// As far as the library prepares ahead at most.
constexpr int64_t kAheadBytes = 2 * kStepBytes;

constexpr int64_t kPageBytes = 4096;

// How many of the file's pages are in the page cache.
absl::StatusOr<int64_t> CountCachedPages(int descriptor, int64_t size_bytes) {
  const auto size = static_cast<size_t>(size_bytes);
  void* const place = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (place == MAP_FAILED) return CallStatus("map", -1);
  const absl::Cleanup unmap = [&] { munmap(place, size); };
  std::vector<unsigned char> states((size + kPageBytes - 1) / kPageBytes);
  TM_RETURN_IF_ERROR(CallStatus("mincore", mincore(place, size, states.data())));
  return std::count_if(states.begin(), states.end(), [](unsigned char state) { return state & 1; });
}

absl::Status Evict(const std::string& path, int descriptor) {
  TM_RETURN_IF_ERROR(CallStatus("sync", fsync(descriptor)));
  const int64_t size_bytes = lseek(descriptor, 0, SEEK_END);
  TM_RETURN_IF_ERROR(CallStatus("size", size_bytes));
  if (size_bytes == 0) return absl::OkStatus();
  const int error = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  if (error != 0) return absl::UnavailableError(absl::StrCat("fadvise ", path, ": ", error));
  TM_ASSIGN_OR_RETURN(const int64_t cached, CountCachedPages(descriptor, size_bytes));
  if (cached == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path, ": ", cached, " pages stay in the cache"));
}

template <typename Visit>
absl::Status ForEachFile(const std::string& directory, Visit visit) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (!file.is_regular_file()) continue;
    const std::string path = file.path().string();
    const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
    TM_RETURN_IF_ERROR(CallStatus(absl::StrCat("open ", path), descriptor));
    const absl::Cleanup closing = [&] { close(descriptor); };
    TM_RETURN_IF_ERROR(visit(path, descriptor));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<BareFile>> BareFile::Make(const std::string& path,
                                                         int64_t size_bytes) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  TM_RETURN_IF_ERROR(CallStatus(absl::StrCat("open ", path), descriptor));
  std::unique_ptr<BareFile> file(new BareFile(path, descriptor, size_bytes));
  TM_RETURN_IF_ERROR(CallStatus("allocate", fallocate(descriptor, 0, 0, size_bytes)));
  void* const data = mmap(nullptr, static_cast<size_t>(size_bytes), PROT_READ | PROT_WRITE,
                          MAP_SHARED, descriptor, 0);
  if (data == MAP_FAILED) return CallStatus("map", -1);
  file->data_ = static_cast<char*>(data);
  return file;
}

BareFile::~BareFile() {
  if (data_ != nullptr) munmap(data_, static_cast<size_t>(size_bytes_));
  close(descriptor_);
}

absl::Status BareFile::Populate(int64_t position, int64_t length_bytes) {
  return CallStatus("populate", madvise(data_ + position, static_cast<size_t>(length_bytes),
                                        MADV_POPULATE_WRITE));
}

absl::Status BareFile::WriteWhole(absl::string_view filling) {
  for (int64_t position = 0; position < size_bytes_;) {
    const int64_t step =
        std::min<int64_t>(static_cast<int64_t>(filling.size()), size_bytes_ - position);
    const ssize_t written =
        pwrite(descriptor_, filling.data(), static_cast<size_t>(step), position);
    TM_RETURN_IF_ERROR(CallStatus("write", written));
    position += written;
  }
  return CallStatus("sync", fsync(descriptor_));
}

absl::Status BareFile::Evict() {
  // Mapped pages stay: they are let go first, and come back when they are touched.
  TM_RETURN_IF_ERROR(
      CallStatus("let go", madvise(data_, static_cast<size_t>(size_bytes_), MADV_DONTNEED)));
  return tidemark::Evict(path_, descriptor_);
}

FilePreparedAhead::FilePreparedAhead(std::unique_ptr<BareFile> file)
    : file_(std::move(file)), thread_([this] { Prepare(); }) {}

FilePreparedAhead::~FilePreparedAhead() {
  is_over_.store(true);
  thread_.join();
}

void FilePreparedAhead::Prepare() {
  int64_t prepared = 0;
  while (prepared < file_->size_bytes() && !is_over_.load()) {
    if (prepared - written_bytes_.load(std::memory_order_relaxed) >= kAheadBytes) {
      std::this_thread::yield();
      continue;
    }
    const int64_t step = std::min(kStepBytes, file_->size_bytes() - prepared);
    if (!file_->Populate(prepared, step).ok()) {
      has_failed_.store(true);
      return;
    }
    prepared += step;
    prepared_bytes_.store(prepared, std::memory_order_release);
  }
}

absl::Status EvictDirectory(const std::string& directory) { return ForEachFile(directory, &Evict); }

absl::StatusOr<CachedBytes> CountCachedBytes(const std::string& directory) {
  CachedBytes bytes;
  const absl::Status status =
      ForEachFile(directory, [&](const std::string& /*path*/, int descriptor) -> absl::Status {
        const int64_t size_bytes = lseek(descriptor, 0, SEEK_END);
        TM_RETURN_IF_ERROR(CallStatus("size", size_bytes));
        if (size_bytes == 0) return absl::OkStatus();
        TM_ASSIGN_OR_RETURN(const int64_t pages, CountCachedPages(descriptor, size_bytes));
        bytes.cached += pages * kPageBytes;
        bytes.all += size_bytes;
        return absl::OkStatus();
      });
  TM_RETURN_IF_ERROR(status);
  return bytes;
}

}  // namespace tidemark
