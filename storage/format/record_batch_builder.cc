#include "storage/record_batch_builder.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

#include "absl/base/attributes.h"
#include "absl/strings/str_cat.h"
#include "storage/base/bytes.h"
#include "storage/base/status_macros.h"
#include "storage/format/compression.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"
#include "storage/format/varint.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();
// The largest batch whose length field does not overflow.
constexpr int64_t kBatchBytesMax = kInt32Max + static_cast<int64_t>(layout::kLengthOverheadBytes);
constexpr size_t kBufferBytesMin = 4096;

using NullableBytes = absl::optional<absl::string_view>;

// What a record has besides its keys' and values' bytes: at most, without headers, and for each
// header. Its own length is counted apart.
constexpr int64_t kOverheadBytesMax =
    1 + kVarlongBytesMax + kVarintBytesMax + kVarintBytesMax + kVarintBytesMax + kVarintBytesMax;
constexpr int64_t kHeaderOverheadBytesMax = kVarintBytesMax + kVarintBytesMax;
constexpr int64_t kOverheadBytesMin = layout::kRecordBytesMin - 1;

int64_t SizeOf(absl::string_view bytes) { return static_cast<int64_t>(bytes.size()); }
int64_t SizeOf(const NullableBytes& bytes) { return bytes.has_value() ? SizeOf(*bytes) : 0; }

ABSL_ATTRIBUTE_ALWAYS_INLINE inline int64_t BodySizeBound(const Record& record) {
  int64_t size = kOverheadBytesMax + SizeOf(record.key) + SizeOf(record.value);
  for (const RecordHeader& header : record.headers) {
    size += kHeaderOverheadBytesMax + SizeOf(header.key) + SizeOf(header.value);
  }
  return size;
}

// std::memcpy without the call for 8 to 16 bytes, which many keys have.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void CopyBytes(absl::string_view from, char* to) {
  if (from.size() >= 8 && from.size() <= 16) {
    char first[8];
    char last[8];  // May overlap the first.
    std::memcpy(first, from.data(), 8);
    std::memcpy(last, from.data() + from.size() - 8, 8);
    std::memcpy(to, first, 8);
    std::memcpy(to + from.size() - 8, last, 8);
  } else if (!from.empty()) {
    std::memcpy(to, from.data(), from.size());
  }
}

// The sizes have been checked to fit.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline char* WriteBytes(absl::string_view bytes, char* out) {
  out = WriteVarint(static_cast<int32_t>(bytes.size()), out);
  CopyBytes(bytes, out);
  return out + bytes.size();
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline char* WriteNullable(const NullableBytes& bytes, char* out) {
  return bytes.has_value() ? WriteBytes(*bytes, out) : WriteVarint(-1, out);
}

// Writes all of a record but its length.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline char* WriteBody(int64_t timestamp_delta, int32_t offset_delta,
                                                    const Record& record, char* out) {
  *out++ = 0;  // Attributes.
  out = WriteVarlong(timestamp_delta, out);
  out = WriteVarint(offset_delta, out);
  out = WriteNullable(record.key, out);
  out = WriteNullable(record.value, out);
  out = WriteVarint(static_cast<int32_t>(record.headers.size()), out);
  for (const RecordHeader& header : record.headers) {
    out = WriteNullable(header.value, WriteBytes(header.key, out));
  }
  return out;
}

int16_t MakeAttributes(const RecordBatchOptions& options) {
  int attributes = static_cast<int>(options.codec);
  if (options.timestamp_type == TimestampType::kLogAppendTime) {
    attributes |= layout::kLogAppendTimeBit;
  }
  if (options.is_transactional) attributes |= layout::kTransactionalBit;
  if (options.is_control) attributes |= layout::kControlBit;
  if (options.delete_horizon.has_value()) attributes |= layout::kDeleteHorizonBit;
  return static_cast<int16_t>(attributes);
}

}  // namespace

RecordBatchBuilder::RecordBatchBuilder(const RecordBatchOptions& options) { Reset(options); }
RecordBatchBuilder::~RecordBatchBuilder() = default;
RecordBatchBuilder::RecordBatchBuilder(RecordBatchBuilder&&) noexcept = default;
RecordBatchBuilder& RecordBatchBuilder::operator=(RecordBatchBuilder&&) noexcept = default;

void RecordBatchBuilder::Reset(const RecordBatchOptions& options) {
  if (options.codec != options_.codec || options.compression_level != options_.compression_level) {
    compressor_.reset();
  }
  options_ = options;
  Reset();
}

void RecordBatchBuilder::Reset() {
  size_bytes_ = layout::kHeaderBytes;
  base_timestamp_ = options_.delete_horizon.value_or(kNoTimestamp);
  max_timestamp_ = kNoTimestamp;
  record_count_ = 0;
  last_offset_delta_ = -1;
}

int64_t RecordBatchBuilder::SizeBoundBytes(const Record& record) {
  return kVarintBytesMax + BodySizeBound(record);
}

absl::Status RecordBatchBuilder::Add(const Record& record) {
  if (last_offset_delta_ == kInt32Max) {
    return absl::InvalidArgumentError("record batch: its offsets do not fit in 31 bits");
  }
  return AddAt(last_offset_delta_ + 1, record);
}

absl::Status RecordBatchBuilder::AddAt(int32_t offset_delta, const Record& record) {
  if (offset_delta <= last_offset_delta_) [[unlikely]] {
    return absl::InvalidArgumentError(absl::StrCat("record batch: offset delta ", offset_delta,
                                                   " is not above the last, ", last_offset_delta_));
  }
  const bool sets_base = record_count_ == 0 && !options_.delete_horizon.has_value();
  const Timestamp base_timestamp = sets_base ? record.timestamp : base_timestamp_;
  int64_t timestamp_delta = 0;
  if (record.timestamp < kNoTimestamp ||
      __builtin_sub_overflow(record.timestamp.value(), base_timestamp.value(), &timestamp_delta))
      [[unlikely]] {
    return absl::InvalidArgumentError(absl::StrCat("record batch: the timestamp ",
                                                   record.timestamp.value(),
                                                   " is neither -1 nor a time from 1970 on"));
  }
  const int64_t size_bound = static_cast<int64_t>(size_bytes_) + SizeBoundBytes(record);
  if (size_bound > kBatchBytesMax) [[unlikely]] {
    return absl::InvalidArgumentError(absl::StrCat("record batch: one more record might make it ",
                                                   size_bound, " bytes; at most ", kBatchBytesMax,
                                                   " can be"));
  }
  if (static_cast<size_t>(size_bound) > buffer_.size()) [[unlikely]] {
    buffer_.resize(
        std::max({static_cast<size_t>(size_bound), 2 * buffer_.size(), kBufferBytesMin}));
  }
  // The length stands first but is known last. Its width is nearly always that of the least length.
  char* const start = buffer_.data() + size_bytes_;
  const int64_t body_bytes_min = kOverheadBytesMin + SizeOf(record.key) + SizeOf(record.value);
  char* const body = start + VarintSize(static_cast<int32_t>(body_bytes_min));
  char* const end = WriteBody(timestamp_delta, offset_delta, record, body);
  const int32_t body_bytes = static_cast<int32_t>(end - body);
  char* const moved_body = start + VarintSize(body_bytes);
  if (moved_body != body) [[unlikely]] {
    std::memmove(moved_body, body, static_cast<size_t>(body_bytes));
  }
  WriteVarint(body_bytes, start);
  size_bytes_ += static_cast<size_t>(moved_body - start + body_bytes);
  base_timestamp_ = base_timestamp;
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  last_offset_delta_ = offset_delta;
  ++record_count_;
  return absl::OkStatus();
}

absl::StatusOr<absl::Span<char>> RecordBatchBuilder::Finish() {
  if (empty()) {
    return absl::FailedPreconditionError("record batch: it has no records to finish");
  }
  absl::Span<char> batch(buffer_.data(), size_bytes_);
  if (options_.codec != Codec::kNone) {
    if (compressor_ == nullptr)
      compressor_ = Compressor::Create(options_.codec, options_.compression_level);
    compressed_.resize(layout::kHeaderBytes);
    const absl::string_view records(buffer_.data() + layout::kHeaderBytes,
                                    size_bytes_ - layout::kHeaderBytes);
    TM_RETURN_IF_ERROR(compressor_->Compress(records, &compressed_));
    if (compressed_.size() > static_cast<size_t>(kBatchBytesMax)) {
      return absl::InternalError("record batch: its compressed size does not fit in 31 bits");
    }
    batch = absl::MakeSpan(compressed_);
  }
  WriteHeader(batch);
  return batch;
}

void RecordBatchBuilder::WriteHeader(absl::Span<char> batch) const {
  char* const out = batch.data();
  StoreBigEndian(options_.base_offset.value(), out + layout::kBaseOffset);
  StoreBigEndian(static_cast<int32_t>(batch.size() - layout::kLengthOverheadBytes),
                 out + layout::kBatchLength);
  StoreBigEndian(options_.leader_epoch.value(), out + layout::kPartitionLeaderEpoch);
  StoreBigEndian(layout::kMagicValue, out + layout::kMagic);
  StoreBigEndian(MakeAttributes(options_), out + layout::kAttributes);
  StoreBigEndian(last_offset_delta_, out + layout::kLastOffsetDelta);
  StoreBigEndian(base_timestamp_.value(), out + layout::kBaseTimestamp);
  StoreBigEndian(max_timestamp_.value(), out + layout::kMaxTimestamp);
  StoreBigEndian(options_.producer_id.value(), out + layout::kProducerId);
  StoreBigEndian(options_.producer_epoch.value(), out + layout::kProducerEpoch);
  StoreBigEndian(options_.base_sequence.value(), out + layout::kBaseSequence);
  StoreBigEndian(record_count_, out + layout::kRecordCount);
  const absl::string_view summed(out + layout::kAttributes, batch.size() - layout::kAttributes);
  StoreBigEndian(Crc32c(summed), out + layout::kCrc);
}

}  // namespace tidemark
