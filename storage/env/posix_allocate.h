#ifndef TIDEMARK_STORAGE_ENV_POSIX_ALLOCATE_H_
#define TIDEMARK_STORAGE_ENV_POSIX_ALLOCATE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/env/posix_descriptor.h"

namespace tidemark {

// File::Allocate by fallocate(2), or by writing zeros where the file system does not know it.
absl::Status AllocateBlocks(const PosixDescriptor& descriptor, absl::string_view path,
                            int64_t size_bytes);

// Extends the file with written zeros. On an error the old size is back.
absl::Status ExtendWithZeros(const PosixDescriptor& descriptor, absl::string_view path,
                             int64_t size_bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_POSIX_ALLOCATE_H_
