#include "storage/env/posix_mapped_region.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/errno_status.h"

namespace tidemark {
namespace {

// The whole pages around a range.
struct PageSpan {
  int64_t begin;
  size_t length_bytes;
};

PageSpan PagesAround(int64_t position, int64_t length_bytes) {
  const int64_t page_bytes = sysconf(_SC_PAGESIZE);
  const int64_t begin = position / page_bytes * page_bytes;
  return {begin, static_cast<size_t>(position + length_bytes - begin)};
}

// Brings the pages into memory; 0 or the error, which is never one that passes by itself.
int PopulatePages(void* begin, size_t length_bytes, int advice) {
  while (madvise(begin, length_bytes, advice) != 0) {
    if (errno != EINTR && errno != EAGAIN) return errno;
  }
  return 0;
}

}  // namespace

bool KernelCanPopulate() {
  const size_t page_bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* const page =
      mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return false;
  const bool can_populate = PopulatePages(page, page_bytes, MADV_POPULATE_READ) == 0 &&
                            PopulatePages(page, page_bytes, MADV_POPULATE_WRITE) == 0;
  munmap(page, page_bytes);
  return can_populate;
}

absl::StatusOr<std::shared_ptr<MappedRegion>> PosixMappedRegion::Map(
    const std::shared_ptr<PosixDescriptor>& descriptor, absl::string_view path, MapMode mode,
    bool syncable, int64_t size_bytes) {
  const int protection = mode == MapMode::kReadWrite ? PROT_READ | PROT_WRITE : PROT_READ;
  void* const data =
      mmap(nullptr, static_cast<size_t>(size_bytes), protection, MAP_SHARED, descriptor->get(), 0);
  if (data == MAP_FAILED) {
    const int error_number = errno;
    const absl::Status status =
        ErrnoStatus(error_number, absl::StrCat("map ", size_bytes, " bytes of"), path);
    switch (error_number) {
      case ENODEV:
        return absl::UnimplementedError(status.message());
      case ENOMEM:
      case EAGAIN:
      case EOVERFLOW:
        return absl::ResourceExhaustedError(status.message());
      default:
        return status;
    }
  }
  return std::shared_ptr<MappedRegion>(new PosixMappedRegion(descriptor, path, mode, syncable,
                                                             static_cast<char*>(data), size_bytes));
}

PosixMappedRegion::PosixMappedRegion(const std::shared_ptr<PosixDescriptor>& descriptor,
                                     absl::string_view path, MapMode mode, bool syncable,
                                     char* data, int64_t size_bytes)
    : descriptor_(descriptor),
      path_(path),
      mode_(mode),
      syncable_(syncable),
      data_(data),
      size_bytes_(size_bytes) {}

PosixMappedRegion::~PosixMappedRegion() { munmap(data_, static_cast<size_t>(size_bytes_)); }

absl::Status PosixMappedRegion::CheckInside(absl::string_view operation, int64_t position,
                                            int64_t length_bytes) const {
  TM_RETURN_IF_ERROR(CheckFileRange(operation, path_, position, length_bytes));
  if (position + length_bytes <= size_bytes_) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(operation, " ", path_, ": position ", position,
                                            " and length ", length_bytes, " are beyond the ",
                                            size_bytes_, " bytes that are mapped"));
}

absl::Status PosixMappedRegion::Populate(int64_t position, int64_t length_bytes) {
  return PopulateFor(mode_, position, length_bytes);
}

absl::Status PosixMappedRegion::PopulateForReading(int64_t position, int64_t length_bytes) {
  return PopulateFor(MapMode::kRead, position, length_bytes);
}

absl::Status PosixMappedRegion::PopulateFor(MapMode mode, int64_t position, int64_t length_bytes) {
  TM_RETURN_IF_ERROR(CheckInside("populate", position, length_bytes));
  if (length_bytes == 0) return absl::OkStatus();
  const PageSpan pages = PagesAround(position, length_bytes);
  const int advice = mode == MapMode::kReadWrite ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
  const int error_number = PopulatePages(data_ + pages.begin, pages.length_bytes, advice);
  if (error_number == 0) return absl::OkStatus();
  if (error_number == EFAULT) return ExplainFault(position, length_bytes);
  return ErrnoStatus(error_number, absl::StrCat("populate at ", position, " of"), path_);
}

// The kernel says EFAULT for every touch that would raise SIGBUS, whatever the reason.
absl::Status PosixMappedRegion::ExplainFault(int64_t position, int64_t length_bytes) const {
  const std::string range =
      absl::StrCat("populate ", path_, ": position ", position, " and length ", length_bytes);
  const std::shared_ptr<PosixDescriptor> descriptor = descriptor_.lock();
  if (descriptor != nullptr) {
    TM_ASSIGN_OR_RETURN(const int64_t file_bytes, DescriptorSize(*descriptor, path_));
    if (position + length_bytes <= file_bytes) {
      return absl::UnavailableError(absl::StrCat(
          range,
          " cannot be brought into memory: the disk failed, or is too full for a part of "
          "the file that has no blocks yet"));
    }
  }
  return absl::OutOfRangeError(absl::StrCat(range, " are beyond the end of the file"));
}

absl::Status PosixMappedRegion::Sync(int64_t position, int64_t length_bytes) {
  TM_RETURN_IF_ERROR(CheckInside("sync", position, length_bytes));
  // The kernel would skip such a mapping and answer OK.
  if (!syncable_) {
    return absl::FailedPreconditionError(
        absl::StrCat("sync ", path_, ": mapped from a file that was opened only for reading"));
  }
  const PageSpan pages = PagesAround(position, length_bytes);
  // An empty msync would not sync the size.
  const size_t sync_bytes = pages.length_bytes == 0 ? 1 : pages.length_bytes;
  const char* const begin = pages.begin == size_bytes_ ? data_ : data_ + pages.begin;
  if (RetryInterrupted([&] { return msync(const_cast<char*>(begin), sync_bytes, MS_SYNC); }) != 0) {
    const int error_number = errno;
    return ErrnoStatus(error_number,
                       absl::StrCat("sync ", length_bytes, " bytes at ", position, " of"), path_);
  }
  return absl::OkStatus();
}

}  // namespace tidemark
