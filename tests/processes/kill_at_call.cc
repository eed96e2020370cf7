// Loaded in front of the C library (LD_PRELOAD), ends its process by SIGKILL right after the n-th
// call that changes files, or the n-th of one kind on paths that have a text in them: an unchanged
// binary dies at a chosen moment, and no timing is involved.
//
// TIDEMARK_KILL_AT=KIND:TEXT:N. KIND is create, rename, remove, size, write, sync, or any for all
// of them; TEXT may be empty. "sync" takes msync, fdatasync and fsync, also of directories. For a
// rename, TEXT may be in either name. The process that gets to its end all the same writes how many
// such calls there were to the file that TIDEMARK_KILL_COUNT names.

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

struct Aim {
  std::string kind;
  std::string text;
  int64_t number = 0;
};

Aim ReadAim() {
  const char* const words = std::getenv("TIDEMARK_KILL_AT");
  if (words == nullptr) return {};
  const std::string all(words);
  const size_t first = all.find(':');
  const size_t last = all.rfind(':');
  if (first == std::string::npos || first == last) return {};
  return {all.substr(0, first), all.substr(first + 1, last - first - 1),
          std::atoll(all.c_str() + last + 1)};
}

const Aim& GetAim() {
  static const Aim aim = ReadAim();
  return aim;
}

std::atomic<int64_t> matching_calls{0};

void DieIfAimed(const char* kind, const std::string& path) {
  const Aim& aim = GetAim();
  if (aim.number == 0 || (aim.kind != "any" && aim.kind != kind)) return;
  if (path.find(aim.text) == std::string::npos) return;
  if (++matching_calls == aim.number) kill(getpid(), SIGKILL);
}

bool NeedsPath() { return !GetAim().text.empty(); }

std::string DescriptorPath(int descriptor) {
  if (!NeedsPath()) return {};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  char path[4096];
  const ssize_t length = readlink(link.c_str(), path, sizeof(path));
  return length < 0 ? std::string() : std::string(path, static_cast<size_t>(length));
}

// The line of the mapping that has the address, which ends with its file's path.
std::string MappingPath(const void* address) {
  if (!NeedsPath()) return {};
  std::FILE* const maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return {};
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  std::string found;
  char line[4352];
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    char* rest = nullptr;
    const uintptr_t begin = std::strtoull(line, &rest, 16);
    const uintptr_t end = std::strtoull(rest + 1, nullptr, 16);
    if (begin <= wanted && wanted < end) found = line;
  }
  std::fclose(maps);
  return found;
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// What the process would have gone on with, had it not been ended.
template <typename Result>
Result After(Result result, const char* kind, const std::string& path) {
  if (result != -1) DieIfAimed(kind, path);
  return result;
}

int Create(const char* name, const char* path, int flags, mode_t mode) {
  const int descriptor = Next<int(const char*, int, mode_t)>(name)(path, flags, mode);
  if ((flags & O_CREAT) == 0) return descriptor;
  return After(descriptor, "create", path);
}

__attribute__((destructor)) void WriteCount() {
  const char* const path = std::getenv("TIDEMARK_KILL_COUNT");
  if (path == nullptr) return;
  std::FILE* const file = std::fopen(path, "we");
  if (file == nullptr) return;
  std::fprintf(file, "%lld\n", static_cast<long long>(matching_calls));
  std::fclose(file);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  return Create("open", path, flags, mode);
}

int __open_2(const char* path, int flags) {
  return Next<int(const char*, int)>("open")(path, flags);
}

int mkdir(const char* path, mode_t mode) noexcept {
  return After(Next<int(const char*, mode_t)>("mkdir")(path, mode), "create", path);
}

int rename(const char* from, const char* to) noexcept {
  const int result = Next<int(const char*, const char*)>("rename")(from, to);
  return After(result, "rename", std::string(from) + " " + to);
}

int unlink(const char* path) noexcept {
  return After(Next<int(const char*)>("unlink")(path), "remove", path);
}

int rmdir(const char* path) noexcept {
  return After(Next<int(const char*)>("rmdir")(path), "remove", path);
}

int ftruncate(int descriptor, off_t size) noexcept {
  const int result = Next<int(int, off_t)>("ftruncate")(descriptor, size);
  return After(result, "size", DescriptorPath(descriptor));
}

int fallocate(int descriptor, int mode, off_t begin, off_t length) {
  const int result =
      Next<int(int, int, off_t, off_t)>("fallocate")(descriptor, mode, begin, length);
  return After(result, "size", DescriptorPath(descriptor));
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t position) {
  const ssize_t result =
      Next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(descriptor, bytes, count, position);
  return After(result, "write", DescriptorPath(descriptor));
}

int fsync(int descriptor) {
  return After(Next<int(int)>("fsync")(descriptor), "sync", DescriptorPath(descriptor));
}

int fdatasync(int descriptor) {
  return After(Next<int(int)>("fdatasync")(descriptor), "sync", DescriptorPath(descriptor));
}

int msync(void* address, size_t length, int flags) {
  return After(Next<int(void*, size_t, int)>("msync")(address, length, flags), "sync",
               MappingPath(address));
}

}  // extern "C"
