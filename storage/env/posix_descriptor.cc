#include "storage/env/posix_descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/errno_status.h"

namespace tidemark {

// Not repeated after EINTR: Linux has released the number by then, and another thread may own it.
PosixDescriptor::~PosixDescriptor() { close(descriptor_); }

absl::Status CheckPath(absl::string_view operation, absl::string_view path) {
  if (path.find('\0') == absl::string_view::npos) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(operation, " ", path.substr(0, path.find('\0')), ": the path holds a NUL byte"));
}

absl::StatusOr<std::shared_ptr<PosixDescriptor>> OpenDescriptor(absl::string_view operation,
                                                                absl::string_view path, int flags,
                                                                mode_t mode) {
  TM_RETURN_IF_ERROR(CheckPath(operation, path));
  const std::string name(path);
  const int descriptor = RetryInterrupted([&] {
    return open(name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode);
  });
  if (descriptor < 0) return ErrnoStatus(errno, operation, path);
  return std::make_shared<PosixDescriptor>(descriptor);
}

absl::Status CheckIsFile(const PosixDescriptor& descriptor, absl::string_view operation,
                         absl::string_view path) {
  struct stat info;
  if (fstat(descriptor.get(), &info) != 0) return ErrnoStatus(errno, operation, path);
  if (S_ISREG(info.st_mode)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      operation, " ", path, ": ", S_ISDIR(info.st_mode) ? "is a directory" : "is not a file"));
}

absl::StatusOr<int64_t> DescriptorSize(const PosixDescriptor& descriptor, absl::string_view path) {
  struct stat info;
  if (fstat(descriptor.get(), &info) != 0) return ErrnoStatus(errno, "stat", path);
  return int64_t{info.st_size};
}

absl::Status WriteFully(const PosixDescriptor& descriptor, absl::string_view path, int64_t position,
                        absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = RetryInterrupted(
        [&] { return pwrite(descriptor.get(), bytes.data(), bytes.size(), position); });
    if (written < 0) {
      const int error_number = errno;
      return ErrnoStatus(error_number, absl::StrCat("write at ", position, " of"), path);
    }
    // pwrite of a file never answers 0 for a length above 0; were it to, this would not end.
    if (written == 0) {
      return absl::UnavailableError(
          absl::StrCat("write at ", position, " of ", path, ": the system wrote nothing"));
    }
    bytes.remove_prefix(static_cast<size_t>(written));
    position += written;
  }
  return absl::OkStatus();
}

}  // namespace tidemark
