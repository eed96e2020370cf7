#include "storage/format/compression.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/format/codecs.h"

namespace tidemark {
namespace codecs {

absl::Status LimitExceeded(absl::string_view codec, size_t bytes_max) {
  return absl::ResourceExhaustedError(
      absl::StrCat(codec, " data decompresses to more than the limit of ", bytes_max, " bytes"));
}

absl::Status CutShort(absl::string_view codec, size_t input_bytes) {
  return absl::DataLossError(absl::StrCat(codec, " data is cut short: its ", input_bytes,
                                          " bytes hold no complete stream"));
}

absl::Status Malformed(absl::string_view codec, absl::string_view why) {
  return absl::DataLossError(absl::StrCat(codec, " data is malformed: ", why));
}

}  // namespace codecs

std::unique_ptr<Compressor> Compressor::Create(Codec codec, absl::optional<int> level) {
  switch (codec) {
    case Codec::kNone:
      break;
    case Codec::kGzip:
      return codecs::CreateGzipCompressor(level);
    case Codec::kSnappy:
      return codecs::CreateSnappyCompressor();
    case Codec::kLz4:
      return codecs::CreateLz4Compressor(level);
    case Codec::kZstd:
      return codecs::CreateZstdCompressor(level);
  }
  TM_CHECK(codec != Codec::kNone);
  return nullptr;
}

absl::Status Decompress(Codec codec, absl::string_view bytes, int64_t decompressed_bytes_max,
                        std::string* out) {
  TM_CHECK(codec != Codec::kNone && decompressed_bytes_max >= 0);
  out->clear();
  const size_t bytes_max = static_cast<size_t>(decompressed_bytes_max);
  if (bytes.empty()) return absl::DataLossError("compressed data is empty");
  switch (codec) {
    case Codec::kNone:
      break;
    case Codec::kGzip:
      return codecs::DecompressGzip(bytes, bytes_max, out);
    case Codec::kSnappy:
      return codecs::DecompressSnappy(bytes, bytes_max, out);
    case Codec::kLz4:
      return codecs::DecompressLz4(bytes, bytes_max, out);
    case Codec::kZstd:
      return codecs::DecompressZstd(bytes, bytes_max, out);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown compression codec ", static_cast<int>(codec)));
}

}  // namespace tidemark
