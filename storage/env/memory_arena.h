#ifndef TIDEMARK_STORAGE_ENV_MEMORY_ARENA_H_
#define TIDEMARK_STORAGE_ENV_MEMORY_ARENA_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "storage/env/paged_bytes.h"

namespace tidemark {

// Address space for the regions of one file. Each page is closed, so that touching it faults, or
// open; an open page's bytes are here and nowhere else.
class MemoryArena {
 public:
  // nullptr if there is no such amount of address space.
  static std::shared_ptr<MemoryArena> Reserve(int64_t size_bytes);

  MemoryArena(const MemoryArena&) = delete;
  MemoryArena& operator=(const MemoryArena&) = delete;
  ~MemoryArena();

  char* data() const { return data_; }
  int64_t size_bytes() const { return size_bytes_; }

  bool is_open(int64_t page) const {
    return page < static_cast<int64_t>(open_.size()) && open_[static_cast<size_t>(page)];
  }
  // One past the last page that is open.
  int64_t open_end() const { return static_cast<int64_t>(open_.size()); }

  // Opens the page and copies `bytes` into it. False if the system has no memory for it.
  bool Open(int64_t page, const Page& bytes);
  // Closes all pages from there on; their bytes are gone.
  void CloseFrom(int64_t page);

  // The bytes of an open page.
  char* page_data(int64_t page) const { return data_ + page * kPageBytes; }

  // Looks at an open page while others may be storing into it: whatever mix it sees is right.
  bool Equals(int64_t page, const Page& bytes) const;
  void CopyOut(int64_t position, char* out, int64_t length_bytes) const;

 private:
  MemoryArena(char* data, int64_t size_bytes) : data_(data), size_bytes_(size_bytes) {}

  char* const data_;
  const int64_t size_bytes_;
  std::vector<bool> open_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_MEMORY_ARENA_H_
