#include "storage/env/posix_file.h"

#include <limits.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/errno_status.h"
#include "storage/env/posix_allocate.h"
#include "storage/env/posix_mapped_region.h"

namespace tidemark {
namespace {

// What one transfer moves at most on Linux, whatever was asked.
constexpr int64_t kTransferBytesMax = 0x7ffff000;

// Takes what was written off the front.
void Advance(int64_t written_bytes, absl::Span<iovec>* rest) {
  auto left = static_cast<size_t>(written_bytes);
  while (!rest->empty() && left >= rest->front().iov_len) {
    left -= rest->front().iov_len;
    rest->remove_prefix(1);
  }
  if (left == 0) return;
  rest->front().iov_base = static_cast<char*>(rest->front().iov_base) + left;
  rest->front().iov_len -= left;
}

std::vector<absl::string_view> PartsOf(absl::Span<const iovec> vectors) {
  std::vector<absl::string_view> parts;
  for (const iovec& vector : vectors) {
    parts.emplace_back(static_cast<const char*>(vector.iov_base), vector.iov_len);
  }
  return parts;
}

}  // namespace

PosixFile::PosixFile(std::shared_ptr<PosixDescriptor> descriptor, absl::string_view path,
                     bool writable, bool mappable)
    : descriptor_(std::move(descriptor)), path_(path), writable_(writable), mappable_(mappable) {}

absl::Status PosixFile::CheckWritable(absl::string_view operation) const {
  if (writable_) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(operation, " ", path_, ": opened only for reading"));
}

absl::StatusOr<int64_t> PosixFile::Read(int64_t position, absl::Span<char> out) {
  TM_RETURN_IF_ERROR(CheckFileRange("read", path_, position, static_cast<int64_t>(out.size())));
  int64_t read_bytes = 0;
  while (!out.empty()) {
    const ssize_t step = RetryInterrupted(
        [&] { return pread(descriptor_->get(), out.data(), out.size(), position + read_bytes); });
    if (step < 0) {
      const int error_number = errno;
      return ErrnoStatus(error_number, absl::StrCat("read at ", position + read_bytes, " of"),
                         path_);
    }
    if (step == 0) break;
    out.remove_prefix(static_cast<size_t>(step));
    read_bytes += step;
  }
  return read_bytes;
}

absl::Status PosixFile::Write(int64_t position, absl::string_view bytes) {
  TM_RETURN_IF_ERROR(CheckFileRange("write", path_, position, static_cast<int64_t>(bytes.size())));
  TM_RETURN_IF_ERROR(CheckWritable("write"));
  return WriteFully(*descriptor_, path_, position, bytes);
}

absl::StatusOr<int64_t> PosixFile::Size() { return DescriptorSize(*descriptor_, path_); }

absl::Status PosixFile::Truncate(int64_t size_bytes) {
  TM_RETURN_IF_ERROR(CheckFileRange("truncate", path_, 0, size_bytes));
  TM_RETURN_IF_ERROR(CheckWritable("truncate"));
  if (RetryInterrupted([&] { return ftruncate(descriptor_->get(), size_bytes); }) != 0) {
    const int error_number = errno;
    return ErrnoStatus(error_number, absl::StrCat("truncate to ", size_bytes, " bytes"), path_);
  }
  return absl::OkStatus();
}

absl::Status PosixFile::Allocate(int64_t size_bytes) {
  TM_RETURN_IF_ERROR(CheckFileRange("allocate", path_, 0, size_bytes));
  TM_RETURN_IF_ERROR(CheckWritable("allocate"));
  return AllocateBlocks(*descriptor_, path_, size_bytes);
}

absl::Status PosixFile::Sync() {
  if (RetryInterrupted([&] { return fdatasync(descriptor_->get()); }) != 0) {
    return ErrnoStatus(errno, "sync", path_);
  }
  return absl::OkStatus();
}

absl::Status PosixFile::WriteDurably(int64_t position, absl::Span<const absl::string_view> parts) {
  std::vector<iovec> vectors;
  vectors.reserve(parts.size());
  int64_t length_bytes = 0;
  for (const absl::string_view part : parts) {
    vectors.push_back({const_cast<char*>(part.data()), part.size()});
    length_bytes += static_cast<int64_t>(part.size());
  }
  TM_RETURN_IF_ERROR(CheckFileRange("write", path_, position, length_bytes));
  TM_RETURN_IF_ERROR(CheckWritable("write"));
  absl::Span<iovec> rest = absl::MakeSpan(vectors);
  Advance(0, &rest);
  while (!rest.empty()) {
    const ssize_t step = RetryInterrupted([&] {
      return pwritev2(descriptor_->get(), rest.data(),
                      static_cast<int>(std::min(rest.size(), size_t{IOV_MAX})), position,
                      RWF_DSYNC);
    });
    if (step < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) {
      return File::WriteDurably(position, PartsOf(rest));
    }
    if (step < 0) return ErrnoStatus(errno, absl::StrCat("write durably at ", position), path_);
    position += step;
    Advance(step, &rest);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<MappedRegion>> PosixFile::Map(MapMode mode, int64_t size_bytes) {
  TM_RETURN_IF_ERROR(CheckFileRange("map", path_, 0, size_bytes));
  if (size_bytes == 0) {
    return absl::InvalidArgumentError(absl::StrCat("map ", path_, ": no bytes asked for"));
  }
  if (mode == MapMode::kReadWrite) TM_RETURN_IF_ERROR(CheckWritable("map for writing"));
  if (!mappable_) {
    return absl::UnimplementedError(
        absl::StrCat("map ", path_, ": this kernel cannot populate mappings; read and write"));
  }
  return PosixMappedRegion::Map(descriptor_, path_, mode, writable_, size_bytes);
}

absl::StatusOr<int64_t> PosixFile::SendTo(int socket_descriptor, int64_t position,
                                          int64_t length_bytes) {
  TM_RETURN_IF_ERROR(CheckFileRange("send", path_, position, length_bytes));
  off_t offset = position;
  const ssize_t sent = RetryInterrupted([&] {
    return sendfile(socket_descriptor, descriptor_->get(), &offset,
                    static_cast<size_t>(std::min(length_bytes, kTransferBytesMax)));
  });
  if (sent < 0) {
    const int error_number = errno;
    return ErrnoStatus(error_number, absl::StrCat("send from ", position, " of"), path_);
  }
  return int64_t{sent};
}

}  // namespace tidemark
