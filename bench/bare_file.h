#ifndef TIDEMARK_BENCH_BARE_FILE_H_
#define TIDEMARK_BENCH_BARE_FILE_H_

// Files as the system gives them, for the loops that show what the machine itself can do.

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"

namespace tidemark {

// An open file, and its bytes mapped for reading and writing.
class BareFile {
 public:
  // Makes the file with blocks for `size_bytes`, which have never been written.
  BareFile(const std::string& path, int64_t size_bytes);
  ~BareFile();
  BareFile(const BareFile&) = delete;
  BareFile& operator=(const BareFile&) = delete;

  int descriptor() const { return descriptor_; }
  char* data() const { return data_; }
  int64_t size_bytes() const { return size_bytes_; }

  // Brings a part into memory, ready to be written.
  void Populate(int64_t position, int64_t length_bytes);
  // Writes the whole file once, durably.
  void WriteWhole(absl::string_view filling);

 private:
  int descriptor_ = -1;
  char* data_ = nullptr;
  const int64_t size_bytes_;
};

// A file whose pages are brought into memory by another thread, ahead of the writer.
class FilePreparedAhead {
 public:
  FilePreparedAhead(const std::string& path, int64_t size_bytes);
  ~FilePreparedAhead();

  // A place for the next `length_bytes`; nullptr at the end of the file.
  char* Next(int64_t length_bytes) {
    if (position_ + length_bytes > file_.size_bytes()) return nullptr;
    while (prepared_bytes_.load(std::memory_order_acquire) < position_ + length_bytes) {
      std::this_thread::yield();
    }
    char* const place = file_.data() + position_;
    position_ += length_bytes;
    written_bytes_.store(position_, std::memory_order_relaxed);
    return place;
  }

 private:
  void Prepare();

  BareFile file_;
  int64_t position_ = 0;
  std::atomic<int64_t> prepared_bytes_{0};
  std::atomic<int64_t> written_bytes_{0};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_BARE_FILE_H_
