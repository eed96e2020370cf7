#ifndef TIDEMARK_STORAGE_ENV_POSIX_LOCK_H_
#define TIDEMARK_STORAGE_ENV_POSIX_LOCK_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"

namespace tidemark {

// FileSystem::Lock by an open-file-description lock on the whole file: it excludes other opens of
// this process too, ends with the descriptor, and excludes programs that use record locks of
// fcntl(2), as the JVM does; flock(2) would not see those.
absl::StatusOr<std::unique_ptr<FileLock>> LockPosixFile(absl::string_view path);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_POSIX_LOCK_H_
