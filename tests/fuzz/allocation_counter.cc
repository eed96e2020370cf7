#include "tests/fuzz/allocation_counter.h"

#include <malloc.h>

#include <atomic>
#include <cstddef>

namespace tidemark {
namespace {

std::atomic<int64_t> taken_bytes{0};
std::atomic<int64_t> peak_bytes{0};

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr bool kIsCounting = true;

void* Take(void* memory) {
  if (memory == nullptr) return nullptr;
  const int64_t now = taken_bytes += static_cast<int64_t>(malloc_usable_size(memory));
  int64_t peak = peak_bytes;
  while (now > peak && !peak_bytes.compare_exchange_weak(peak, now)) {
  }
  return memory;
}

void* Give(void* memory) {
  if (memory != nullptr) taken_bytes -= static_cast<int64_t>(malloc_usable_size(memory));
  return memory;
}
#else
constexpr bool kIsCounting = false;
#endif

}  // namespace

bool IsCountingAllocations() { return kIsCounting; }

PeakAllocation::PeakAllocation() : before_bytes_(taken_bytes) { peak_bytes = before_bytes_; }

int64_t PeakAllocation::bytes() const { return peak_bytes - before_bytes_; }

}  // namespace tidemark

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// The C library calls these wherever somebody defines them, and has its own under other names.
extern "C" {

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t size) noexcept { return tidemark::Take(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) noexcept {
  return tidemark::Take(__libc_calloc(count, size));
}
void* realloc(void* memory, size_t size) noexcept {
  // A failed one leaves the old memory uncounted, which nobody here goes on after.
  return tidemark::Take(__libc_realloc(tidemark::Give(memory), size));
}
void* memalign(size_t alignment, size_t size) noexcept {
  return tidemark::Take(__libc_memalign(alignment, size));
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return tidemark::Take(__libc_memalign(alignment, size));
}
int posix_memalign(void** out, size_t alignment, size_t size) noexcept {
  *out = tidemark::Take(__libc_memalign(alignment, size));
  return *out == nullptr ? 12 : 0;
}
void free(void* memory) noexcept { __libc_free(tidemark::Give(memory)); }

}  // extern "C"

#endif
