#include "storage/record_batch.h"

#include <cstddef>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

template <typename T>
T LoadField(absl::string_view batch, size_t position) {
  return LoadBigEndian<T>(batch.data() + position);
}

template <typename... Parts>
absl::Status BadField(const Parts&... parts) {
  return absl::DataLossError(absl::StrCat("record batch: ", parts...));
}

absl::Status BatchCutShort(size_t found, size_t wanted) {
  return absl::OutOfRangeError(
      absl::StrCat("record batch: ", found, " bytes are there, ", wanted, " are needed"));
}

absl::Status UnsupportedMagic(int8_t magic) {
  if (magic == 0 || magic == 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "message format version (magic) ", magic,
        " of Kafka before 0.11 is not supported; only version 2 is. Let a Kafka from 0.11 to 3.x "
        "rewrite the data: mirror the topic to a new one"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("record batch: magic ", magic, " is unknown; version 2 is expected"));
}

// What says how long the batch is and of which version. `bytes` may be shorter than a header.
absl::Status CheckPrefix(absl::string_view bytes) {
  if (bytes.size() < layout::kLengthOverheadBytes) {
    return BatchCutShort(bytes.size(), layout::kHeaderBytes);
  }
  const int32_t length = LoadField<int32_t>(bytes, layout::kBatchLength);
  if (length == 0) {
    return BadField("the batch length is zero, as in space that was never written");
  }
  if (length < layout::kLegacyLengthMin) {
    return BadField("the batch length ", length, " is less than ", layout::kBatchLengthMin);
  }
  if (bytes.size() <= layout::kMagic) return BatchCutShort(bytes.size(), layout::kHeaderBytes);
  const int8_t magic = LoadField<int8_t>(bytes, layout::kMagic);
  if (magic != layout::kMagicValue) return UnsupportedMagic(magic);
  if (length < layout::kBatchLengthMin) {
    return BadField("the batch length ", length, " is less than ", layout::kBatchLengthMin);
  }
  const size_t size_bytes = layout::kLengthOverheadBytes + static_cast<size_t>(length);
  if (bytes.size() < size_bytes) return BatchCutShort(bytes.size(), size_bytes);
  return absl::OkStatus();
}

// `batch` is exactly one batch by its length field.
absl::Status CheckFields(absl::string_view batch) {
  const int64_t base_offset = LoadField<int64_t>(batch, layout::kBaseOffset);
  if (base_offset < 0) return BadField("the base offset ", base_offset, " is negative");
  const int32_t leader_epoch = LoadField<int32_t>(batch, layout::kPartitionLeaderEpoch);
  if (leader_epoch < kNoLeaderEpoch.value()) {
    return BadField("the leader epoch ", leader_epoch, " is below -1");
  }
  const int32_t last_offset_delta = LoadField<int32_t>(batch, layout::kLastOffsetDelta);
  // The next offset must be an offset, too.
  if (last_offset_delta < 0 ||
      base_offset >= std::numeric_limits<int64_t>::max() - last_offset_delta) {
    return BadField("the last offset delta ", last_offset_delta, " cannot be, at base offset ",
                    base_offset);
  }
  const int codec = LoadField<int16_t>(batch, layout::kAttributes) & layout::kCodecMask;
  if (codec > static_cast<int>(Codec::kZstd)) return BadField("codec ", codec, " is unknown");
  const int32_t count = LoadField<int32_t>(batch, layout::kRecordCount);
  if (count < 0 || int64_t{count} > int64_t{last_offset_delta} + 1) {
    return BadField(count, " records do not fit a last offset delta of ", last_offset_delta);
  }
  if (codec != 0) return absl::OkStatus();
  const int64_t payload_bytes = static_cast<int64_t>(batch.size() - layout::kHeaderBytes);
  if (count * layout::kRecordBytesMin > payload_bytes || (count == 0 && payload_bytes > 0)) {
    return BadField(count, " records cannot be in ", payload_bytes, " bytes");
  }
  return absl::OkStatus();
}

uint32_t ComputeCrc(absl::string_view batch) { return Crc32c(batch.substr(layout::kAttributes)); }

}  // namespace

absl::StatusOr<RecordBatchView> RecordBatchView::Parse(absl::string_view bytes) {
  if (absl::Status status = CheckPrefix(bytes); !status.ok()) [[unlikely]]
    return status;
  const int32_t length = LoadField<int32_t>(bytes, layout::kBatchLength);
  const absl::string_view batch =
      bytes.substr(0, layout::kLengthOverheadBytes + static_cast<size_t>(length));
  if (absl::Status status = CheckFields(batch); !status.ok()) [[unlikely]]
    return status;
  return RecordBatchView(batch);
}

Offset RecordBatchView::base_offset() const {
  return Offset(LoadField<int64_t>(bytes_, layout::kBaseOffset));
}

Offset RecordBatchView::last_offset() const { return base_offset() + last_offset_delta(); }

int32_t RecordBatchView::last_offset_delta() const {
  return LoadField<int32_t>(bytes_, layout::kLastOffsetDelta);
}

LeaderEpoch RecordBatchView::leader_epoch() const {
  return LeaderEpoch(LoadField<int32_t>(bytes_, layout::kPartitionLeaderEpoch));
}

uint32_t RecordBatchView::crc() const { return LoadField<uint32_t>(bytes_, layout::kCrc); }

int16_t RecordBatchView::attributes() const {
  return LoadField<int16_t>(bytes_, layout::kAttributes);
}

Codec RecordBatchView::codec() const {
  return static_cast<Codec>(attributes() & layout::kCodecMask);
}

TimestampType RecordBatchView::timestamp_type() const {
  return (attributes() & layout::kLogAppendTimeBit) != 0 ? TimestampType::kLogAppendTime
                                                         : TimestampType::kCreateTime;
}

bool RecordBatchView::is_transactional() const {
  return (attributes() & layout::kTransactionalBit) != 0;
}

bool RecordBatchView::is_control() const { return (attributes() & layout::kControlBit) != 0; }

absl::optional<Timestamp> RecordBatchView::delete_horizon() const {
  if ((attributes() & layout::kDeleteHorizonBit) == 0) return absl::nullopt;
  return base_timestamp();
}

Timestamp RecordBatchView::base_timestamp() const {
  return Timestamp(LoadField<int64_t>(bytes_, layout::kBaseTimestamp));
}

Timestamp RecordBatchView::max_timestamp() const {
  return Timestamp(LoadField<int64_t>(bytes_, layout::kMaxTimestamp));
}

ProducerId RecordBatchView::producer_id() const {
  return ProducerId(LoadField<int64_t>(bytes_, layout::kProducerId));
}

ProducerEpoch RecordBatchView::producer_epoch() const {
  return ProducerEpoch(LoadField<int16_t>(bytes_, layout::kProducerEpoch));
}

Sequence RecordBatchView::base_sequence() const {
  return Sequence(LoadField<int32_t>(bytes_, layout::kBaseSequence));
}

int32_t RecordBatchView::record_count() const {
  return LoadField<int32_t>(bytes_, layout::kRecordCount);
}

absl::string_view RecordBatchView::payload() const { return bytes_.substr(layout::kHeaderBytes); }

absl::Status RecordBatchView::VerifyCrc() const {
  const uint32_t found = ComputeCrc(bytes_);
  if (found == crc()) [[likely]]
    return absl::OkStatus();
  return absl::DataLossError(
      absl::StrFormat("record batch at offset %d: its CRC is %08x, but its %d bytes sum to %08x",
                      base_offset().value(), crc(), bytes_.size(), found));
}

void StampBatch(Offset base_offset, LeaderEpoch leader_epoch, absl::Span<char> batch) {
  TM_CHECK(batch.size() >= layout::kHeaderBytes);
  StoreBigEndian(base_offset.value(), batch.data() + layout::kBaseOffset);
  StoreBigEndian(leader_epoch.value(), batch.data() + layout::kPartitionLeaderEpoch);
}

void StampLogAppendTime(Timestamp append_time, absl::Span<char> batch) {
  const absl::string_view whole(batch.data(), batch.size());
  TM_CHECK(whole.size() >= layout::kHeaderBytes &&
           whole.size() - layout::kLengthOverheadBytes ==
               static_cast<size_t>(LoadField<int32_t>(whole, layout::kBatchLength)));
  char* const attributes = batch.data() + layout::kAttributes;
  StoreBigEndian(
      static_cast<int16_t>(LoadBigEndian<int16_t>(attributes) | layout::kLogAppendTimeBit),
      attributes);
  StoreBigEndian(append_time.value(), batch.data() + layout::kMaxTimestamp);
  StoreBigEndian(ComputeCrc(whole), batch.data() + layout::kCrc);
}

}  // namespace tidemark
