#ifndef TIDEMARK_STORAGE_FORMAT_CODECS_H_
#define TIDEMARK_STORAGE_FORMAT_CODECS_H_

// What compression.h is made of: the contract of Compressor and Decompress, codec by codec.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/format/compression.h"

namespace tidemark::codecs {

std::unique_ptr<Compressor> CreateGzipCompressor(absl::optional<int> level);
std::unique_ptr<Compressor> CreateSnappyCompressor();
std::unique_ptr<Compressor> CreateLz4Compressor(absl::optional<int> level);
std::unique_ptr<Compressor> CreateZstdCompressor(absl::optional<int> level);

// `bytes` is not empty, and `bytes_max` is less than SIZE_MAX.
absl::Status DecompressGzip(absl::string_view bytes, size_t bytes_max, std::string* out);
absl::Status DecompressSnappy(absl::string_view bytes, size_t bytes_max, std::string* out);
absl::Status DecompressLz4(absl::string_view bytes, size_t bytes_max, std::string* out);
absl::Status DecompressZstd(absl::string_view bytes, size_t bytes_max, std::string* out);

absl::Status LimitExceeded(absl::string_view codec, size_t bytes_max);
absl::Status CutShort(absl::string_view codec, size_t input_bytes);
absl::Status Malformed(absl::string_view codec, absl::string_view why);

// Output of unknown size: grows with what was written, not with what somebody claims, and up to one
// byte more than the limit, so that a result of exactly the limit differs from a larger one.
class GrowingOutput {
 public:
  GrowingOutput(size_t input_bytes, size_t bytes_max, std::string* out)
      : bytes_max_(bytes_max), out_(out) {
    constexpr size_t kRatioGuess = 4;
    out_->resize(std::min(bytes_max_, input_bytes * kRatioGuess) + 1);
  }

  // Where the next bytes go: at least one byte, unless exceeded().
  char* data() { return out_->data() + used_; }
  size_t room() const { return out_->size() - used_; }

  // Takes note of `written` bytes at data(), and makes room again if there is none left.
  void Advance(size_t written) {
    used_ += written;
    if (room() == 0 && !exceeded()) out_->resize(std::min(bytes_max_ + 1, 2 * out_->size()));
  }
  bool exceeded() const { return used_ > bytes_max_; }

  // Cuts off what was not written.
  void Finish() { out_->resize(used_); }

 private:
  const size_t bytes_max_;
  std::string* const out_;
  size_t used_ = 0;
};

}  // namespace tidemark::codecs

#endif  // TIDEMARK_STORAGE_FORMAT_CODECS_H_
