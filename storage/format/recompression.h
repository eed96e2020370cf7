#ifndef TIDEMARK_STORAGE_FORMAT_RECOMPRESSION_H_
#define TIDEMARK_STORAGE_FORMAT_RECOMPRESSION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// The bytes of a batch that differs from `batch` only in being compressed with `codec`, which may
// be kNone. `level` is the codec's own, as for Compressor::Create. The CRC of `batch` is not
// checked here.
//
// DATA_LOSS if the payload does not decompress; RESOURCE_EXHAUSTED if it decompresses to more than
// RecordReader::kDecompressedBytesMaxDefault; INTERNAL if the codec fails.
absl::StatusOr<std::string> RecompressBatch(const RecordBatchView& batch, Codec codec,
                                            absl::optional<int> level);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_RECOMPRESSION_H_
