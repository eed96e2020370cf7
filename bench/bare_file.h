#ifndef TIDEMARK_BENCH_BARE_FILE_H_
#define TIDEMARK_BENCH_BARE_FILE_H_

// Files as the system gives them, for the loops that show what the machine itself can do.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tidemark {

// An open file, and its bytes mapped for reading and writing.
class BareFile {
 public:
  // Makes the file with blocks for `size_bytes`, which have never been written.
  static absl::StatusOr<std::unique_ptr<BareFile>> Make(const std::string& path,
                                                        int64_t size_bytes);
  ~BareFile();
  BareFile(const BareFile&) = delete;
  BareFile& operator=(const BareFile&) = delete;

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  char* data() const { return data_; }
  int64_t size_bytes() const { return size_bytes_; }

  // Brings a part into memory, ready to be written.
  absl::Status Populate(int64_t position, int64_t length_bytes);
  // Writes the whole file once, durably: the blocks are then written ones.
  absl::Status WriteWhole(absl::string_view filling);
  // Takes the whole file out of the page cache. UNAVAILABLE if a part stays there.
  absl::Status Evict();

 private:
  BareFile(std::string path, int descriptor, int64_t size_bytes)
      : path_(std::move(path)), descriptor_(descriptor), size_bytes_(size_bytes) {}

  const std::string path_;
  const int descriptor_;
  char* data_ = nullptr;
  const int64_t size_bytes_;
};

// A file whose pages are brought into memory by another thread, ahead of the writer.
class FilePreparedAhead {
 public:
  explicit FilePreparedAhead(std::unique_ptr<BareFile> file);
  ~FilePreparedAhead();

  const BareFile& file() const { return *file_; }

  // A place for the next `length_bytes`; nullptr if populating failed. INVARIANT: it fits.
  char* Next(int64_t length_bytes) {
    while (prepared_bytes_.load(std::memory_order_acquire) < position_ + length_bytes) {
      if (has_failed_.load()) return nullptr;
      std::this_thread::yield();
    }
    char* const place = file_->data() + position_;
    position_ += length_bytes;
    written_bytes_.store(position_, std::memory_order_relaxed);
    return place;
  }

 private:
  void Prepare();

  const std::unique_ptr<BareFile> file_;
  int64_t position_ = 0;
  std::atomic<int64_t> prepared_bytes_{0};
  std::atomic<int64_t> written_bytes_{0};
  std::atomic<bool> is_over_{false};
  std::atomic<bool> has_failed_{false};
  std::thread thread_;
};

// Takes all files below a directory out of the page cache, having synced them. UNAVAILABLE if a
// part stays there.
absl::Status EvictDirectory(const std::string& directory);

struct CachedBytes {
  int64_t cached = 0;
  int64_t all = 0;
};
// How much of the files below a directory is in the page cache.
absl::StatusOr<CachedBytes> CountCachedBytes(const std::string& directory);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_BARE_FILE_H_
