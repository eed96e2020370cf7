#include <snappy.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "storage/base/bytes.h"
#include "storage/base/status_macros.h"
#include "storage/format/codecs.h"

// Raw snappy has no framing. Kafka's Java client frames it as the xerial library does: a magic, two
// version numbers, then blocks, each with its compressed size before it. Other clients write one
// raw block alone.

namespace tidemark::codecs {
namespace {

constexpr absl::string_view kName = "snappy";
constexpr absl::string_view kXerialMagic("\x82SNAPPY\0", 8);
constexpr int32_t kXerialVersion = 1;
constexpr size_t kXerialBlockBytes = 32 * 1024;
constexpr size_t kSizeFieldBytes = sizeof(int32_t);
// The densest element of a snappy block says in 3 bytes that 64 are to be copied.
constexpr size_t kExpansionMax = 22;

void AppendInt32(int32_t value, std::string* out) {
  char bytes[kSizeFieldBytes];
  StoreBigEndian(value, bytes);
  out->append(bytes, sizeof(bytes));
}

class SnappyCompressor final : public Compressor {
 public:
  absl::Status Compress(absl::string_view bytes, std::string* out) override {
    out->append(kXerialMagic.data(), kXerialMagic.size());
    AppendInt32(kXerialVersion, out);
    AppendInt32(kXerialVersion, out);  // The oldest version that can read it.
    while (!bytes.empty()) {
      const absl::string_view block = bytes.substr(0, kXerialBlockBytes);
      bytes.remove_prefix(block.size());
      const size_t start = out->size();
      out->resize(start + kSizeFieldBytes + snappy::MaxCompressedLength(block.size()));
      size_t size = 0;
      snappy::RawCompress(block.data(), block.size(), out->data() + start + kSizeFieldBytes, &size);
      StoreBigEndian(static_cast<int32_t>(size), out->data() + start);
      out->resize(start + kSizeFieldBytes + size);
    }
    return absl::OkStatus();
  }
};

absl::Status AppendDecompressedBlock(absl::string_view block, size_t bytes_max, std::string* out) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &size)) {
    return Malformed(kName, "a block does not start with its size");
  }
  if (size / kExpansionMax > block.size()) {
    return Malformed(
        kName, absl::StrCat("a block of ", block.size(), " bytes cannot decompress to ", size));
  }
  if (size > bytes_max - out->size()) return LimitExceeded(kName, bytes_max);
  const size_t start = out->size();
  out->resize(start + size);
  if (!snappy::RawUncompress(block.data(), block.size(), out->data() + start)) {
    return Malformed(kName, absl::StrCat("a block of ", block.size(), " bytes is damaged"));
  }
  return absl::OkStatus();
}

// Takes the magic and the versions off the front.
absl::Status TakeXerialHeader(ByteReader* reader) {
  absl::string_view magic;
  int32_t version = 0;
  int32_t compatible_version = 0;
  if (!reader->TakeBytes(static_cast<int64_t>(kXerialMagic.size()), &magic) ||
      !reader->Take(&version) || !reader->Take(&compatible_version)) {
    return Malformed(kName, "the xerial header is cut short");
  }
  if (version < kXerialVersion) {
    return Malformed(kName, absl::StrCat("xerial version ", version, " is unknown"));
  }
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<Compressor> CreateSnappyCompressor() {
  return std::make_unique<SnappyCompressor>();
}

absl::Status DecompressSnappy(absl::string_view bytes, size_t bytes_max, std::string* out) {
  const auto starts_with_magic = [](absl::string_view rest) {
    return rest.substr(0, kXerialMagic.size()) == kXerialMagic;
  };
  if (!starts_with_magic(bytes)) return AppendDecompressedBlock(bytes, bytes_max, out);
  ByteReader reader(bytes);
  while (!reader.empty()) {
    if (starts_with_magic(reader.rest())) {
      TM_RETURN_IF_ERROR(TakeXerialHeader(&reader));
      continue;
    }
    int32_t size = 0;
    absl::string_view block;
    if (!reader.Take(&size)) return CutShort(kName, bytes.size());
    if (size <= 0) return Malformed(kName, absl::StrCat("a block has the size ", size));
    if (!reader.TakeBytes(size, &block)) return CutShort(kName, bytes.size());
    TM_RETURN_IF_ERROR(AppendDecompressedBlock(block, bytes_max, out));
  }
  return absl::OkStatus();
}

}  // namespace tidemark::codecs
