#ifndef TIDEMARK_STORAGE_ENV_POSIX_DESCRIPTOR_H_
#define TIDEMARK_STORAGE_ENV_POSIX_DESCRIPTOR_H_

#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tidemark {

// Owns one descriptor.
class PosixDescriptor {
 public:
  explicit PosixDescriptor(int descriptor) : descriptor_(descriptor) {}
  PosixDescriptor(const PosixDescriptor&) = delete;
  PosixDescriptor& operator=(const PosixDescriptor&) = delete;
  ~PosixDescriptor();

  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

// Calls until it is not interrupted by a signal; -1 with errno set as the call left them.
template <typename Call>
auto RetryInterrupted(Call call) {
  for (;;) {
    auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

// INVALID_ARGUMENT for a path that the system would read as a shorter one.
absl::Status CheckPath(absl::string_view operation, absl::string_view path);

// open(2) with O_CLOEXEC and O_NOFOLLOW added. O_NONBLOCK is added too: a pipe that stands in a
// file's place must not stop the caller; it means nothing to files.
absl::StatusOr<std::shared_ptr<PosixDescriptor>> OpenDescriptor(absl::string_view operation,
                                                                absl::string_view path, int flags,
                                                                mode_t mode);

// FAILED_PRECONDITION unless it is a regular file.
absl::Status CheckIsFile(const PosixDescriptor& descriptor, absl::string_view operation,
                         absl::string_view path);

absl::StatusOr<int64_t> DescriptorSize(const PosixDescriptor& descriptor, absl::string_view path);

// pwrite(2) until all of it is written.
absl::Status WriteFully(const PosixDescriptor& descriptor, absl::string_view path, int64_t position,
                        absl::string_view bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_POSIX_DESCRIPTOR_H_
