#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "storage/format/codecs.h"

namespace tidemark::codecs {
namespace {

constexpr absl::string_view kName = "gzip";
// The largest window, plus 16: a gzip header and trailer around the deflate stream.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;
// zlib counts in 32 bits.
constexpr size_t kChunkBytesMax = size_t{1} << 30;

// zlib takes input by a pointer to non-const, which it does not write to.
Bytef* InputPointer(absl::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

class GzipCompressor final : public Compressor {
 public:
  explicit GzipCompressor(int level) : level_(level) {}
  ~GzipCompressor() override {
    if (is_ready_) deflateEnd(&stream_);
  }

  absl::Status Compress(absl::string_view bytes, std::string* out) override {
    if (!is_ready_) {
      if (deflateInit2(&stream_, level_, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
        return absl::InternalError("gzip: no memory to compress with");
      }
      is_ready_ = true;
    } else if (deflateReset(&stream_) != Z_OK) {
      return absl::InternalError("gzip: the compressor cannot be reset");
    }
    if (bytes.size() > kChunkBytesMax) return absl::InternalError("gzip: input is too large");
    const size_t start = out->size();
    out->resize(start + deflateBound(&stream_, bytes.size()));
    stream_.next_in = InputPointer(bytes);
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out->data() + start);
    stream_.avail_out = static_cast<uInt>(out->size() - start);
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) {
      return absl::InternalError("gzip: compression did not finish");
    }
    out->resize(out->size() - stream_.avail_out);
    return absl::OkStatus();
  }

 private:
  const int level_;
  z_stream stream_{};
  bool is_ready_ = false;
};

// A z_stream that is set up to decompress for as long as this lives.
class InflateStream {
 public:
  InflateStream() : is_ready_(inflateInit2(&stream_, kGzipWindowBits) == Z_OK) {}
  ~InflateStream() {
    if (is_ready_) inflateEnd(&stream_);
  }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;

  bool is_ready() const { return is_ready_; }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
  bool is_ready_;
};

}  // namespace

std::unique_ptr<Compressor> CreateGzipCompressor(absl::optional<int> level) {
  return std::make_unique<GzipCompressor>(level.value_or(Z_DEFAULT_COMPRESSION));
}

absl::Status DecompressGzip(absl::string_view bytes, size_t bytes_max, std::string* out) {
  InflateStream inflate_stream;
  if (!inflate_stream.is_ready()) {
    return absl::ResourceExhaustedError("gzip: no memory to decompress with");
  }
  z_stream* stream = inflate_stream.get();
  GrowingOutput output(bytes.size(), bytes_max, out);
  absl::string_view rest = bytes;
  while (true) {
    const size_t input_bytes = std::min(rest.size(), kChunkBytesMax);
    const size_t output_bytes = std::min(output.room(), kChunkBytesMax);
    stream->next_in = InputPointer(rest);
    stream->avail_in = static_cast<uInt>(input_bytes);
    stream->next_out = reinterpret_cast<Bytef*>(output.data());
    stream->avail_out = static_cast<uInt>(output_bytes);
    const int result = inflate(stream, Z_NO_FLUSH);
    const size_t consumed = input_bytes - stream->avail_in;
    const size_t produced = output_bytes - stream->avail_out;
    rest.remove_prefix(consumed);
    output.Advance(produced);
    if (output.exceeded()) return LimitExceeded(kName, bytes_max);
    if (result == Z_STREAM_END) {
      if (rest.empty()) break;
      inflateReset(stream);  // Another gzip member follows.
    } else if (result == Z_MEM_ERROR) {
      return absl::ResourceExhaustedError("gzip: no memory to decompress with");
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return Malformed(kName, stream->msg != nullptr ? stream->msg : "unknown error");
    } else if (consumed == 0 && produced == 0) {
      return CutShort(kName, bytes.size());
    }
  }
  output.Finish();
  return absl::OkStatus();
}

}  // namespace tidemark::codecs
