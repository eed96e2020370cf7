#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "storage/format/codecs.h"

namespace tidemark::codecs {
namespace {

constexpr absl::string_view kName = "zstd";
// The densest block says in 4 bytes that one byte is repeated, at most this often.
constexpr size_t kDensestBlockBytes = 4;
constexpr size_t kBlockContentBytesMax = ZSTD_BLOCKSIZE_MAX;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

class ZstdCompressor final : public Compressor {
 public:
  explicit ZstdCompressor(int level) : level_(level) {}

  absl::Status Compress(absl::string_view bytes, std::string* out) override {
    if (context_ == nullptr) return absl::InternalError("zstd: no memory to compress with");
    const size_t start = out->size();
    out->resize(start + ZSTD_compressBound(bytes.size()));
    const size_t result =
        ZSTD_compressCCtx(context_.get(), out->data() + start, out->size() - start, bytes.data(),
                          bytes.size(), level_);
    if (ZSTD_isError(result) != 0) {
      return absl::InternalError(absl::StrCat("zstd: ", ZSTD_getErrorName(result)));
    }
    out->resize(start + result);
    return absl::OkStatus();
  }

 private:
  const int level_;
  std::unique_ptr<ZSTD_CCtx, FreeContext> context_{ZSTD_createCCtx()};
};

}  // namespace

std::unique_ptr<Compressor> CreateZstdCompressor(absl::optional<int> level) {
  return std::make_unique<ZstdCompressor>(level.value_or(ZSTD_CLEVEL_DEFAULT));
}

// Decompresses into one buffer that serves as the window, too: a frame's claim of a window costs no
// memory. When the buffer proves too small, starts again with one four times as large.
absl::Status DecompressZstd(absl::string_view bytes, size_t bytes_max, std::string* out) {
  constexpr size_t kGrowth = 4;
  size_t capacity = kGrowth * bytes.size();
  const unsigned long long claim = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (claim == ZSTD_CONTENTSIZE_ERROR) return Malformed(kName, "it does not start with a frame");
  if (claim != ZSTD_CONTENTSIZE_UNKNOWN) {
    if (claim / kBlockContentBytesMax > bytes.size() / kDensestBlockBytes) {
      return Malformed(kName, absl::StrCat("a frame of at most ", bytes.size(),
                                           " bytes cannot decompress to ", claim));
    }
    if (claim > bytes_max) return LimitExceeded(kName, bytes_max);
    capacity = static_cast<size_t>(claim);
  }
  while (true) {
    capacity = std::min(capacity, bytes_max);
    out->resize(capacity);
    const size_t result = ZSTD_decompress(out->data(), capacity, bytes.data(), bytes.size());
    if (ZSTD_isError(result) == 0) {
      out->resize(result);
      return absl::OkStatus();
    }
    switch (ZSTD_getErrorCode(result)) {
      case ZSTD_error_dstSize_tooSmall:
        if (capacity == bytes_max) return LimitExceeded(kName, bytes_max);
        capacity = std::max(kGrowth * capacity, kGrowth * bytes.size());
        break;
      case ZSTD_error_srcSize_wrong:
        return CutShort(kName, bytes.size());
      case ZSTD_error_memory_allocation:
        return absl::ResourceExhaustedError("zstd: no memory to decompress with");
      default:
        return Malformed(kName, ZSTD_getErrorName(result));
    }
  }
}

}  // namespace tidemark::codecs
