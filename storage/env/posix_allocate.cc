#include "storage/env/posix_allocate.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "storage/base/status_macros.h"
#include "storage/env/errno_status.h"

namespace tidemark {
namespace {

// Cutting a file at its own size gives the blocks beyond its end back to the disk.
void ReleaseBlocksBeyond(const PosixDescriptor& descriptor, int64_t size_bytes) {
  // The error to report is the one that led here.
  (void)RetryInterrupted([&] { return ftruncate(descriptor.get(), size_bytes); });
}

}  // namespace

absl::Status ExtendWithZeros(const PosixDescriptor& descriptor, absl::string_view path,
                             int64_t size_bytes) {
  static constexpr std::array<char, 65536> kZeros = {};
  TM_ASSIGN_OR_RETURN(const int64_t old_size_bytes, DescriptorSize(descriptor, path));
  for (int64_t position = old_size_bytes; position < size_bytes;) {
    const int64_t step_bytes = std::min<int64_t>(kZeros.size(), size_bytes - position);
    const absl::Status status =
        WriteFully(descriptor, path, position,
                   absl::string_view(kZeros.data(), static_cast<size_t>(step_bytes)));
    if (!status.ok()) {
      ReleaseBlocksBeyond(descriptor, old_size_bytes);
      return status;
    }
    position += step_bytes;
  }
  return absl::OkStatus();
}

absl::Status AllocateBlocks(const PosixDescriptor& descriptor, absl::string_view path,
                            int64_t size_bytes) {
  if (size_bytes == 0) return absl::OkStatus();
  const auto allocate = [&](int mode) {
    return RetryInterrupted([&] { return fallocate(descriptor.get(), mode, 0, size_bytes); });
  };
  // Blocks first and the size only when all are there: fallocate extends a file piece by piece, so
  // that a failure in the middle would leave a longer one.
  if (allocate(FALLOC_FL_KEEP_SIZE) != 0) {
    const int error_number = errno;
    if (error_number == EOPNOTSUPP || error_number == ENOSYS) {
      return ExtendWithZeros(descriptor, path, size_bytes);
    }
    // What it did get must not make a full disk fuller.
    const absl::StatusOr<int64_t> old_size_bytes = DescriptorSize(descriptor, path);
    if (old_size_bytes.ok()) ReleaseBlocksBeyond(descriptor, *old_size_bytes);
    return ErrnoStatus(error_number, "allocate", path);
  }
  if (allocate(0) != 0) return ErrnoStatus(errno, "allocate", path);
  return absl::OkStatus();
}

}  // namespace tidemark
