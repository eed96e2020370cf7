#ifndef TIDEMARK_STORAGE_ENV_ERRNO_STATUS_H_
#define TIDEMARK_STORAGE_ENV_ERRNO_STATUS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace tidemark {

// What the operating system said, as one of the codes that storage/env.h promises. The message
// names the operation, the path, the system's own words, and what to do where there is something to
// do.
absl::Status ErrnoStatus(int error_number, absl::string_view operation, absl::string_view path);

// INVALID_ARGUMENT unless [position, position + length_bytes) is a range that a file can have.
absl::Status CheckFileRange(absl::string_view operation, absl::string_view path, int64_t position,
                            int64_t length_bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_ERRNO_STATUS_H_
