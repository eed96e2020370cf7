#include "storage/env/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/errno_status.h"
#include "storage/env/posix_descriptor.h"
#include "storage/env/posix_file.h"
#include "storage/env/posix_lock.h"
#include "storage/env/posix_mapped_region.h"

namespace tidemark {
namespace {

FileType TypeOf(mode_t mode) {
  if (S_ISREG(mode)) return FileType::kFile;
  return S_ISDIR(mode) ? FileType::kDirectory : FileType::kOther;
}

// Runs a call that takes one path and answers 0 or -1.
template <typename Call>
absl::Status CallWithPath(absl::string_view operation, absl::string_view path, Call call) {
  TM_RETURN_IF_ERROR(CheckPath(operation, path));
  const std::string name(path);
  if (RetryInterrupted([&] { return call(name.c_str()); }) != 0) {
    return ErrnoStatus(errno, operation, path);
  }
  return absl::OkStatus();
}

// The entry's type; kOther for one that is gone by now.
FileType TypeOfEntry(int directory, const dirent& entry) {
  switch (entry.d_type) {
    case DT_REG:
      return FileType::kFile;
    case DT_DIR:
      return FileType::kDirectory;
    case DT_UNKNOWN: {
      struct stat info;
      if (fstatat(directory, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return FileType::kOther;
      }
      return TypeOf(info.st_mode);
    }
    default:
      return FileType::kOther;
  }
}

absl::Status SyncOpenDirectory(const PosixDescriptor& descriptor, absl::string_view path) {
  if (RetryInterrupted([&] { return fsync(descriptor.get()); }) != 0) {
    return ErrnoStatus(errno, "sync directory", path);
  }
  return absl::OkStatus();
}

}  // namespace

PosixFileSystem::PosixFileSystem() : mappable_(KernelCanPopulate()) {
  MutexLock lock(&reserve_mutex_);
  TakeReserve();
}

absl::StatusOr<std::unique_ptr<File>> PosixFileSystem::Open(absl::string_view path, OpenMode mode) {
  const int flags = mode == OpenMode::kRead        ? O_RDONLY
                    : mode == OpenMode::kReadWrite ? O_RDWR
                                                   : O_RDWR | O_CREAT;
  TM_ASSIGN_OR_RETURN(std::shared_ptr<PosixDescriptor> descriptor,
                      OpenDescriptor("open", path, flags, 0600));
  TM_RETURN_IF_ERROR(CheckIsFile(*descriptor, "open", path));
  return std::unique_ptr<File>(std::make_unique<PosixFile>(
      std::move(descriptor), path, /*writable=*/mode != OpenMode::kRead, mappable_));
}

absl::Status PosixFileSystem::Rename(absl::string_view from, absl::string_view to) {
  TM_RETURN_IF_ERROR(CheckPath("rename", from));
  const std::string from_name(from);
  return CallWithPath(absl::StrCat("rename ", from, " to"), to,
                      [&](const char* to_name) { return std::rename(from_name.c_str(), to_name); });
}

absl::Status PosixFileSystem::Remove(absl::string_view path) {
  return CallWithPath("remove", path, [](const char* name) { return unlink(name); });
}

absl::Status PosixFileSystem::CreateDirectory(absl::string_view path) {
  return CallWithPath("create directory", path, [](const char* name) { return mkdir(name, 0700); });
}

absl::Status PosixFileSystem::RemoveDirectory(absl::string_view path) {
  return CallWithPath("remove directory", path, [](const char* name) { return rmdir(name); });
}

absl::StatusOr<std::vector<DirectoryEntry>> PosixFileSystem::List(absl::string_view path) {
  TM_RETURN_IF_ERROR(CheckPath("list", path));
  const std::string name(path);
  const int descriptor = RetryInterrupted(
      [&] { return open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW); });
  if (descriptor < 0) return ErrnoStatus(errno, "list", path);
  DIR* const directory = fdopendir(descriptor);
  if (directory == nullptr) {
    const int error_number = errno;
    close(descriptor);
    return ErrnoStatus(error_number, "list", path);
  }
  const absl::Cleanup close_directory = [directory] { closedir(directory); };
  std::vector<DirectoryEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* const entry = readdir(directory);
    if (entry == nullptr) break;
    const absl::string_view entry_name = entry->d_name;
    if (entry_name == "." || entry_name == "..") continue;
    entries.push_back({std::string(entry_name), TypeOfEntry(descriptor, *entry)});
  }
  if (errno != 0) return ErrnoStatus(errno, "list", path);
  std::sort(entries.begin(), entries.end(),
            [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
  return entries;
}

absl::StatusOr<FileInfo> PosixFileSystem::Stat(absl::string_view path) {
  struct stat info;
  TM_RETURN_IF_ERROR(
      CallWithPath("stat", path, [&info](const char* name) { return lstat(name, &info); }));
  const FileType type = TypeOf(info.st_mode);
  return FileInfo{type, type == FileType::kFile ? int64_t{info.st_size} : 0,
                  absl::TimeFromTimespec(info.st_mtim)};
}

absl::StatusOr<int64_t> PosixFileSystem::FreeBytes(absl::string_view path) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<PosixDescriptor> descriptor,
                      OpenDescriptor("ask for the free space of", path, O_RDONLY | O_DIRECTORY, 0));
  struct statvfs info;
  if (RetryInterrupted([&] { return fstatvfs(descriptor->get(), &info); }) != 0) {
    return ErrnoStatus(errno, "ask for the free space of", path);
  }
  return static_cast<int64_t>(info.f_bavail * info.f_frsize);
}

absl::Status PosixFileSystem::SyncDirectory(absl::string_view path) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY;
  const absl::StatusOr<std::shared_ptr<PosixDescriptor>> descriptor =
      OpenDescriptor("sync directory", path, kFlags, 0);
  if (descriptor.ok()) return SyncOpenDirectory(**descriptor, path);
  if (!absl::IsUnavailable(descriptor.status())) return descriptor.status();
  MutexLock lock(&reserve_mutex_);
  reserve_.reset();
  absl::Status status;
  {
    const absl::StatusOr<std::shared_ptr<PosixDescriptor>> reserved =
        OpenDescriptor("sync directory", path, kFlags, 0);
    status = reserved.ok() ? SyncOpenDirectory(**reserved, path) : reserved.status();
  }
  TakeReserve();
  return status;
}

void PosixFileSystem::TakeReserve() {
  absl::StatusOr<std::shared_ptr<PosixDescriptor>> reserve =
      OpenDescriptor("open", "/dev/null", O_RDONLY, 0);
  if (reserve.ok()) reserve_ = *std::move(reserve);
}

absl::StatusOr<std::unique_ptr<FileLock>> PosixFileSystem::Lock(absl::string_view path) {
  return LockPosixFile(path);
}

}  // namespace tidemark
