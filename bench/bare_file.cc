#include "bench/bare_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "bench/support.h"

namespace tidemark {
namespace {

constexpr int64_t kStepBytes = int64_t{8} << 20;
// As far as the library prepares ahead at most.
constexpr int64_t kAheadBytes = 2 * kStepBytes;

}  // namespace

BareFile::BareFile(const std::string& path, int64_t size_bytes)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
      size_bytes_(size_bytes) {
  RequireCall(absl::StrCat("open ", path), descriptor_);
  RequireCall(absl::StrCat("allocate ", path), fallocate(descriptor_, 0, 0, size_bytes));
  void* const data = mmap(nullptr, static_cast<size_t>(size_bytes), PROT_READ | PROT_WRITE,
                          MAP_SHARED, descriptor_, 0);
  if (data == MAP_FAILED) RequireCall(absl::StrCat("map ", path), -1);
  data_ = static_cast<char*>(data);
  unlink(path.c_str());
}

BareFile::~BareFile() {
  munmap(data_, static_cast<size_t>(size_bytes_));
  close(descriptor_);
}

void BareFile::Populate(int64_t position, int64_t length_bytes) {
  RequireCall("populate",
              madvise(data_ + position, static_cast<size_t>(length_bytes), MADV_POPULATE_WRITE));
}

void BareFile::WriteWhole(absl::string_view filling) {
  for (int64_t position = 0; position < size_bytes_;) {
    const int64_t step =
        std::min<int64_t>(static_cast<int64_t>(filling.size()), size_bytes_ - position);
    RequireCall("write", pwrite(descriptor_, filling.data(), static_cast<size_t>(step), position));
    position += step;
  }
  RequireCall("sync", fsync(descriptor_));
}

FilePreparedAhead::FilePreparedAhead(const std::string& path, int64_t size_bytes)
    : file_(path, size_bytes), thread_([this] { Prepare(); }) {}

FilePreparedAhead::~FilePreparedAhead() {
  is_over_.store(true);
  thread_.join();
}

void FilePreparedAhead::Prepare() {
  int64_t prepared = 0;
  while (prepared < file_.size_bytes() && !is_over_.load()) {
    if (prepared - written_bytes_.load(std::memory_order_relaxed) >= kAheadBytes) {
      std::this_thread::yield();
      continue;
    }
    const int64_t step = std::min(kStepBytes, file_.size_bytes() - prepared);
    file_.Populate(prepared, step);
    prepared += step;
    prepared_bytes_.store(prepared, std::memory_order_release);
  }
}

}  // namespace tidemark
