#include "storage/format/recompression.h"

#include <cstdint>
#include <limits>

#include "storage/base/bytes.h"
#include "storage/base/status_macros.h"
#include "storage/format/compression.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

// The fields that say how many bytes there are, how they are compressed, and what they sum to.
void CompleteHeader(const RecordBatchView& batch, Codec codec, std::string* bytes) {
  char* const header = bytes->data();
  const int attributes = (batch.attributes() & ~layout::kCodecMask) | static_cast<int>(codec);
  StoreBigEndian(static_cast<int32_t>(bytes->size() - layout::kLengthOverheadBytes),
                 header + layout::kBatchLength);
  StoreBigEndian(static_cast<int16_t>(attributes), header + layout::kAttributes);
  StoreBigEndian(Crc32c(absl::string_view(*bytes).substr(layout::kAttributes)),
                 header + layout::kCrc);
}

}  // namespace

absl::StatusOr<std::string> RecompressBatch(const RecordBatchView& batch, Codec codec,
                                            absl::optional<int> level) {
  std::string decompressed;
  absl::string_view records = batch.payload();
  // Compaction leaves batches without records, and without a payload whatever their codec.
  const bool has_payload = !records.empty() || batch.record_count() > 0;
  if (batch.codec() != Codec::kNone && has_payload) {
    TM_RETURN_IF_ERROR(Decompress(batch.codec(), records,
                                  RecordReader::kDecompressedBytesMaxDefault, &decompressed));
    records = decompressed;
  }
  std::string bytes(batch.bytes().substr(0, layout::kHeaderBytes));
  if (codec == Codec::kNone || !has_payload) {
    bytes.append(records.data(), records.size());
  } else {
    TM_RETURN_IF_ERROR(Compressor::Create(codec, level)->Compress(records, &bytes));
  }
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return absl::InternalError("record batch: its size does not fit in 31 bits");
  }
  CompleteHeader(batch, codec, &bytes);
  return bytes;
}

}  // namespace tidemark
