#ifndef TIDEMARK_STORAGE_SEGMENT_LARGE_BATCH_H_
#define TIDEMARK_STORAGE_SEGMENT_LARGE_BATCH_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "storage/env.h"

namespace tidemark {

// Whether the bytes of the batch at `position`, of that size by its length field, are those that
// its CRC is of. Reads them in pieces: for batches above kUnverifiedBatchBytesMax, which no memory
// is taken for before.
absl::StatusOr<bool> LargeBatchIsRight(File* file, int64_t position, int64_t size_bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_LARGE_BATCH_H_
