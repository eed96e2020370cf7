#include "storage/env/posix_lock.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/errno_status.h"
#include "storage/env/posix_descriptor.h"

namespace tidemark {
namespace {

class PosixLock : public FileLock {
 public:
  explicit PosixLock(std::shared_ptr<PosixDescriptor> descriptor)
      : descriptor_(std::move(descriptor)) {}

 private:
  // Closing it ends the lock.
  const std::shared_ptr<PosixDescriptor> descriptor_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FileLock>> LockPosixFile(absl::string_view path) {
  TM_ASSIGN_OR_RETURN(std::shared_ptr<PosixDescriptor> descriptor,
                      OpenDescriptor("lock", path, O_RDWR | O_CREAT, 0600));
  TM_RETURN_IF_ERROR(CheckIsFile(*descriptor, "lock", path));
  struct flock whole_file = {};
  whole_file.l_type = F_WRLCK;
  whole_file.l_whence = SEEK_SET;
  if (RetryInterrupted([&] { return fcntl(descriptor->get(), F_OFD_SETLK, &whole_file); }) != 0) {
    if (errno == EAGAIN || errno == EACCES) {
      return absl::FailedPreconditionError(
          absl::StrCat("lock ", path, ": held by another opener; close that one first"));
    }
    return ErrnoStatus(errno, "lock", path);
  }
  return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(descriptor)));
}

}  // namespace tidemark
