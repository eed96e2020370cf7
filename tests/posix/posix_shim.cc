#include "tests/posix/posix_shim.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tidemark {
namespace {

constexpr size_t kNameBytesMax = 31;

// Calls come before constructors and after destructors of other objects have run, so that all of
// this must do without either, and without memory of its own.
struct Orders {
  uint64_t seed;
  uint64_t draws;
  uint64_t short_percent;
  uint64_t interrupted_percent;
  char failing_call[kNameBytesMax + 1];
  int error_number;
  int64_t calls_before;  // Of the failing call, before it fails.
  int64_t calls_left;    // That fail then.
  PosixShimCounts counts;
};

constinit Orders orders = {};
constinit pthread_mutex_t orders_mutex = PTHREAD_MUTEX_INITIALIZER;

class OrdersLock {
 public:
  OrdersLock() { pthread_mutex_lock(&orders_mutex); }
  OrdersLock(const OrdersLock&) = delete;
  OrdersLock& operator=(const OrdersLock&) = delete;
  ~OrdersLock() { pthread_mutex_unlock(&orders_mutex); }
};

// splitmix64.
uint64_t Draw() {
  uint64_t z = orders.seed + ++orders.draws * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// True if the call must not be made; `*result` is its answer then, with errno.
bool TakesOver(const char* call, bool interruptible, int64_t* result) {
  const OrdersLock lock;
  if (orders.calls_left > 0 && std::strcmp(call, orders.failing_call) == 0 &&
      --orders.calls_before < 0) {
    --orders.calls_left;
    ++orders.counts.failures;
    errno = orders.error_number;
    *result = orders.error_number == 0 ? 0 : -1;
    return true;
  }
  if (interruptible && orders.interrupted_percent > 0 &&
      Draw() % 100 < orders.interrupted_percent) {
    ++orders.counts.interruptions;
    errno = EINTR;
    *result = -1;
    return true;
  }
  return false;
}

size_t Shortened(size_t length) {
  const OrdersLock lock;
  if (length < 2 || orders.short_percent == 0 || Draw() % 100 >= orders.short_percent) {
    return length;
  }
  ++orders.counts.short_transfers;
  return 1 + Draw() % (length - 1);
}

// Pipes and terminals belong to whoever runs the program.
bool IsFile(int descriptor) {
  struct stat info;
  return fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

int64_t NumberAfter(const char* text, const char* word, int64_t otherwise) {
  const char* const found = std::strstr(text, word);
  return found == nullptr ? otherwise : std::atoll(found + std::strlen(word));
}

__attribute__((constructor)) void ReadVariable() {
  const char* const line = std::getenv("TIDEMARK_SHIM");
  if (line == nullptr) return;
  ShimTransfers(static_cast<uint64_t>(NumberAfter(line, "seed=", 1)),
                static_cast<int>(NumberAfter(line, "short=", 0)),
                static_cast<int>(NumberAfter(line, "eintr=", 0)));
  const char* const failure = std::strstr(line, "fail=");
  char call[kNameBytesMax + 1] = {};
  int error_number = 0;
  long long first_call = 1;
  long long calls = 1;
  if (failure != nullptr && std::sscanf(failure, "fail=%31[^: ]:%d:%lld:%lld", call, &error_number,
                                        &first_call, &calls) >= 2) {
    ShimFailure(call, error_number, first_call, calls);
  }
}

__attribute__((destructor)) void Report() {
  if (std::getenv("TIDEMARK_SHIM") == nullptr) return;
  const PosixShimCounts counts = ShimCounts();
  char line[128];
  const int length = std::snprintf(
      line, sizeof(line), "shim: short=%lld interrupted=%lld failed=%lld\n",
      static_cast<long long>(counts.short_transfers), static_cast<long long>(counts.interruptions),
      static_cast<long long>(counts.failures));
  // Nobody is left to hear of an error.
  if (syscall(SYS_write, 2, line, length) < 0) return;
}

}  // namespace

void ShimTransfers(uint64_t seed, int short_percent, int interrupted_percent) {
  const OrdersLock lock;
  orders.seed = seed;
  orders.draws = 0;
  orders.short_percent = static_cast<uint64_t>(short_percent);
  orders.interrupted_percent = static_cast<uint64_t>(interrupted_percent);
}

void ShimFailure(absl::string_view call, int error_number, int64_t first_call, int64_t calls) {
  const OrdersLock lock;
  const size_t length = call.size() < kNameBytesMax ? call.size() : kNameBytesMax;
  std::memcpy(orders.failing_call, call.data(), length);
  orders.failing_call[length] = '\0';
  orders.error_number = error_number;
  orders.calls_before = first_call - 1;
  orders.calls_left = calls;
}

void ShimNothing() {
  const OrdersLock lock;
  orders = {};
}

PosixShimCounts ShimCounts() {
  const OrdersLock lock;
  return orders.counts;
}

}  // namespace tidemark

// What the program calls in place of the system's own. Each goes past the C library, whose names
// these are.

namespace {

using tidemark::IsFile;
using tidemark::Shortened;
using tidemark::TakesOver;

int OpenFile(const char* path, int flags, mode_t mode) {
  int64_t result = 0;
  if (TakesOver("open", true, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // namespace

extern "C" {

ssize_t pread(int descriptor, void* out, size_t length, off_t position) {
  int64_t result = 0;
  if (TakesOver("pread", true, &result)) return result;
  return syscall(SYS_pread64, descriptor, out, Shortened(length), position);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t length, off_t position) {
  int64_t result = 0;
  if (TakesOver("pwrite", true, &result)) return result;
  return syscall(SYS_pwrite64, descriptor, bytes, Shortened(length), position);
}

ssize_t read(int descriptor, void* out, size_t length) {
  int64_t result = 0;
  const bool is_file = IsFile(descriptor);
  if (is_file && TakesOver("read", true, &result)) return result;
  return syscall(SYS_read, descriptor, out, is_file ? Shortened(length) : length);
}

ssize_t write(int descriptor, const void* bytes, size_t length) {
  int64_t result = 0;
  const bool is_file = IsFile(descriptor);
  if (is_file && TakesOver("write", true, &result)) return result;
  return syscall(SYS_write, descriptor, bytes, is_file ? Shortened(length) : length);
}

ssize_t sendfile(int to, int from, off_t* position, size_t length) noexcept {
  int64_t result = 0;
  if (TakesOver("sendfile", true, &result)) return result;
  return syscall(SYS_sendfile, to, from, position, Shortened(length));
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return OpenFile(path, flags, mode);
}

// The same, of callers whom the compiler checked.
int __open_2(const char* path, int flags) { return OpenFile(path, flags, 0); }

int fcntl(int descriptor, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  int64_t result = 0;
  if (command == F_OFD_SETLK && TakesOver("fcntl", true, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_fcntl, descriptor, command, argument));
}

int ftruncate(int descriptor, off_t length) noexcept {
  int64_t result = 0;
  if (TakesOver("ftruncate", true, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_ftruncate, descriptor, length));
}

int fallocate(int descriptor, int mode, off_t position, off_t length) {
  int64_t result = 0;
  if (TakesOver("fallocate", true, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_fallocate, descriptor, mode, position, length));
}

int fdatasync(int descriptor) {
  int64_t result = 0;
  if (TakesOver("fdatasync", true, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_fdatasync, descriptor));
}

int fsync(int descriptor) {
  int64_t result = 0;
  if (TakesOver("fsync", true, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

int msync(void* begin, size_t length, int flags) {
  int64_t result = 0;
  if (TakesOver("msync", true, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_msync, begin, length, flags));
}

void* mmap(void* wish, size_t length, int protection, int flags, int descriptor,
           off_t position) noexcept {
  int64_t result = 0;
  if (descriptor >= 0 && TakesOver("mmap", false, &result)) return MAP_FAILED;
  return reinterpret_cast<void*>(
      syscall(SYS_mmap, wish, length, protection, flags, descriptor, position));
}

int madvise(void* begin, size_t length, int advice) noexcept {
  int64_t result = 0;
  const bool populates = advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE;
  if (populates && TakesOver("madvise", true, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_madvise, begin, length, advice));
}

int rename(const char* from, const char* to) noexcept {
  int64_t result = 0;
  if (TakesOver("rename", false, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_rename, from, to));
}

int unlink(const char* path) noexcept {
  int64_t result = 0;
  if (TakesOver("unlink", false, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_unlink, path));
}

int mkdir(const char* path, mode_t mode) noexcept {
  int64_t result = 0;
  if (TakesOver("mkdir", false, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_mkdir, path, mode));
}

int rmdir(const char* path) noexcept {
  int64_t result = 0;
  if (TakesOver("rmdir", false, &result)) return static_cast<int>(result);
  return static_cast<int>(syscall(SYS_rmdir, path));
}

}  // extern "C"
