#include "storage/env/memory_arena.h"

#include <sys/mman.h>

#include <cstring>

#include "absl/base/dynamic_annotations.h"
#include "storage/base/check.h"

namespace tidemark {

std::shared_ptr<MemoryArena> MemoryArena::Reserve(int64_t size_bytes) {
  const int64_t whole_pages = PagesFor(size_bytes) * kPageBytes;
  void* const data = mmap(nullptr, static_cast<size_t>(whole_pages), PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return nullptr;
  return std::shared_ptr<MemoryArena>(new MemoryArena(static_cast<char*>(data), whole_pages));
}

MemoryArena::~MemoryArena() { munmap(data_, static_cast<size_t>(size_bytes_)); }

bool MemoryArena::Open(int64_t page, const Page& bytes) {
  TM_CHECK((page + 1) * kPageBytes <= size_bytes_);
  if (mprotect(page_data(page), kPageBytes, PROT_READ | PROT_WRITE) != 0) return false;
  std::memcpy(page_data(page), bytes.data(), kPageBytes);
  if (page >= open_end()) open_.resize(static_cast<size_t>(page) + 1);
  open_[static_cast<size_t>(page)] = true;
  return true;
}

void MemoryArena::CloseFrom(int64_t page) {
  if (page >= open_end()) return;
  const size_t length_bytes = static_cast<size_t>((open_end() - page) * kPageBytes);
  TM_CHECK(mprotect(page_data(page), length_bytes, PROT_NONE) == 0);
  TM_CHECK(madvise(page_data(page), length_bytes, MADV_DONTNEED) == 0);
  open_.resize(static_cast<size_t>(page));
}

bool MemoryArena::Equals(int64_t page, const Page& bytes) const {
  ABSL_ANNOTATE_IGNORE_READS_BEGIN();
  const bool equal = std::memcmp(page_data(page), bytes.data(), kPageBytes) == 0;
  ABSL_ANNOTATE_IGNORE_READS_END();
  return equal;
}

void MemoryArena::CopyOut(int64_t position, char* out, int64_t length_bytes) const {
  ABSL_ANNOTATE_IGNORE_READS_BEGIN();
  std::memcpy(out, data_ + position, static_cast<size_t>(length_bytes));
  ABSL_ANNOTATE_IGNORE_READS_END();
}

}  // namespace tidemark
