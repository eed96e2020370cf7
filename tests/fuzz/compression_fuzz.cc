// Of every codec: bytes that may be its stream, and bytes to be made one.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/base/check.h"
#include "storage/format/compression.h"
#include "storage/types.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

// `bytes`, compressed and decompressed, are themselves; within one byte less they do not fit.
void CheckRoundTrip(Codec codec, absl::string_view bytes) {
  std::string stream;
  TM_CHECK(Compressor::Create(codec)->Compress(bytes, &stream).ok());
  std::string again;
  const auto size_bytes = static_cast<int64_t>(bytes.size());
  TM_CHECK(Decompress(codec, stream, size_bytes, &again).ok());
  TM_CHECK(again == bytes);
  if (!bytes.empty()) {
    TM_CHECK(absl::IsResourceExhausted(Decompress(codec, stream, size_bytes - 1, &again)));
  }
}

void FuzzCodec(Codec codec, absl::string_view input) {
  std::string out;
  const absl::Status status = Decompress(codec, input, kFuzzDecompressedBytesMax, &out);
  if (status.ok()) {
    TM_CHECK(static_cast<int64_t>(out.size()) <= kFuzzDecompressedBytesMax);
    CheckRoundTrip(codec, out);
  } else {
    TM_CHECK(absl::IsDataLoss(status) || absl::IsResourceExhausted(status));
  }
  CheckRoundTrip(codec, input);
}

}  // namespace

void FuzzGzip(absl::string_view input) { FuzzCodec(Codec::kGzip, input); }
void FuzzSnappy(absl::string_view input) { FuzzCodec(Codec::kSnappy, input); }
void FuzzLz4(absl::string_view input) { FuzzCodec(Codec::kLz4, input); }
void FuzzZstd(absl::string_view input) { FuzzCodec(Codec::kZstd, input); }

}  // namespace tidemark
