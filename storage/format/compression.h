#ifndef TIDEMARK_STORAGE_FORMAT_COMPRESSION_H_
#define TIDEMARK_STORAGE_FORMAT_COMPRESSION_H_

// The codecs of record batches, in the framing that Kafka gives them:
// docs/format/record_batch.md.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// Compresses with one codec, keeping the codec's memory from call to call. Not thread-safe.
class Compressor {
 public:
  virtual ~Compressor() = default;

  // Appends a complete stream that decompresses to `bytes`. INTERNAL if the codec fails; `out` then
  // holds what it held, and maybe more behind it.
  virtual absl::Status Compress(absl::string_view bytes, std::string* out) = 0;

  // `codec` is not kNone. `level` is Kafka's compression.gzip.level, compression.lz4.level (where
  // the default, 9, means the fast mode, as it does to Kafka's clients) or compression.zstd.level;
  // absent, and for snappy, the codec's default.
  static std::unique_ptr<Compressor> Create(Codec codec, absl::optional<int> level = absl::nullopt);
};

// Replaces `out` by what `bytes`, all of them, decompress to; several streams in a row are accepted
// where the codec's own tools accept them. `codec` is not kNone. Memory stays within three times
// the limit and 16 MiB whatever the bytes claim. Snappy is read with and without framing.
//
// DATA_LOSS if they are not such a stream, or are cut short; RESOURCE_EXHAUSTED if the result would
// be larger than `decompressed_bytes_max`.
absl::Status Decompress(Codec codec, absl::string_view bytes, int64_t decompressed_bytes_max,
                        std::string* out);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_COMPRESSION_H_
