#include <lz4frame.h>

#include <algorithm>

#include "storage/format/codecs.h"

namespace tidemark::codecs {
namespace {

constexpr absl::string_view kName = "lz4";

// Blocks of 64 KiB, each on its own, without checksums: what Kafka's clients write.
LZ4F_preferences_t KafkaPreferences(int level) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.contentChecksumFlag = LZ4F_noContentChecksum;
  preferences.frameInfo.blockChecksumFlag = LZ4F_noBlockChecksum;
  preferences.compressionLevel = level;
  return preferences;
}

// Kafka's default level, for which its clients take the fast mode; all others are levels of the
// high compression mode.
constexpr int kKafkaFastLevel = 9;
constexpr int kFastLevel = 0;
constexpr int kHighLevelMin = 3;

class Lz4Compressor final : public Compressor {
 public:
  explicit Lz4Compressor(int level) : level_(level) {}

  absl::Status Compress(absl::string_view bytes, std::string* out) override {
    const LZ4F_preferences_t preferences = KafkaPreferences(level_);
    const size_t start = out->size();
    out->resize(start + LZ4F_compressFrameBound(bytes.size(), &preferences));
    const size_t result = LZ4F_compressFrame(out->data() + start, out->size() - start, bytes.data(),
                                             bytes.size(), &preferences);
    if (LZ4F_isError(result) != 0) {
      return absl::InternalError(absl::string_view(LZ4F_getErrorName(result)));
    }
    out->resize(start + result);
    return absl::OkStatus();
  }

 private:
  const int level_;
};

struct FreeContext {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

}  // namespace

std::unique_ptr<Compressor> CreateLz4Compressor(absl::optional<int> level) {
  const int kafka_level = level.value_or(kKafkaFastLevel);
  return std::make_unique<Lz4Compressor>(
      kafka_level == kKafkaFastLevel ? kFastLevel : std::max(kafka_level, kHighLevelMin));
}

absl::Status DecompressLz4(absl::string_view bytes, size_t bytes_max, std::string* out) {
  LZ4F_dctx* raw_context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&raw_context, LZ4F_VERSION)) != 0) {
    return absl::ResourceExhaustedError("lz4: no memory to decompress with");
  }
  const std::unique_ptr<LZ4F_dctx, FreeContext> context(raw_context);
  GrowingOutput output(bytes.size(), bytes_max, out);
  absl::string_view rest = bytes;
  while (true) {
    size_t produced = output.room();
    size_t consumed = rest.size();
    const size_t result =
        LZ4F_decompress(context.get(), output.data(), &produced, rest.data(), &consumed, nullptr);
    if (LZ4F_isError(result) != 0) return Malformed(kName, LZ4F_getErrorName(result));
    rest.remove_prefix(consumed);
    output.Advance(produced);
    if (output.exceeded()) return LimitExceeded(kName, bytes_max);
    constexpr size_t kFrameEnded = 0;
    if (result == kFrameEnded) {
      if (rest.empty()) break;
    } else if (consumed == 0 && produced == 0) {
      return CutShort(kName, bytes.size());
    }
  }
  output.Finish();
  return absl::OkStatus();
}

}  // namespace tidemark::codecs
