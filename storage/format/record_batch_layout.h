#ifndef TIDEMARK_STORAGE_FORMAT_RECORD_BATCH_LAYOUT_H_
#define TIDEMARK_STORAGE_FORMAT_RECORD_BATCH_LAYOUT_H_

// Where the fields of a record batch v2 stand: docs/format/record_batch.md.

#include <cstddef>
#include <cstdint>

namespace tidemark::record_batch_layout {

inline constexpr size_t kBaseOffset = 0;             // int64
inline constexpr size_t kBatchLength = 8;            // int32: the bytes behind this field.
inline constexpr size_t kPartitionLeaderEpoch = 12;  // int32
inline constexpr size_t kMagic = 16;                 // int8; here in every version.
inline constexpr size_t kCrc = 17;                   // uint32
inline constexpr size_t kAttributes = 21;            // int16
inline constexpr size_t kLastOffsetDelta = 23;       // int32
inline constexpr size_t kBaseTimestamp = 27;         // int64
inline constexpr size_t kMaxTimestamp = 35;          // int64
inline constexpr size_t kProducerId = 43;            // int64
inline constexpr size_t kProducerEpoch = 51;         // int16
inline constexpr size_t kBaseSequence = 53;          // int32
inline constexpr size_t kRecordCount = 57;           // int32
inline constexpr size_t kHeaderBytes = 61;

static_assert(kBatchLength == kBaseOffset + sizeof(int64_t));
static_assert(kPartitionLeaderEpoch == kBatchLength + sizeof(int32_t));
static_assert(kMagic == kPartitionLeaderEpoch + sizeof(int32_t));
static_assert(kCrc == kMagic + sizeof(int8_t));
static_assert(kAttributes == kCrc + sizeof(uint32_t));
static_assert(kLastOffsetDelta == kAttributes + sizeof(int16_t));
static_assert(kBaseTimestamp == kLastOffsetDelta + sizeof(int32_t));
static_assert(kMaxTimestamp == kBaseTimestamp + sizeof(int64_t));
static_assert(kProducerId == kMaxTimestamp + sizeof(int64_t));
static_assert(kProducerEpoch == kProducerId + sizeof(int64_t));
static_assert(kBaseSequence == kProducerEpoch + sizeof(int16_t));
static_assert(kRecordCount == kBaseSequence + sizeof(int32_t));
static_assert(kHeaderBytes == kRecordCount + sizeof(int32_t));

// What the batch length does not count: the base offset and the length itself.
inline constexpr size_t kLengthOverheadBytes = kPartitionLeaderEpoch;
// The least batch length of a version 2 batch, and of the message sets before it.
inline constexpr int32_t kBatchLengthMin =
    static_cast<int32_t>(kHeaderBytes - kLengthOverheadBytes);
inline constexpr int32_t kLegacyLengthMin = 14;

inline constexpr int8_t kMagicValue = 2;

inline constexpr int16_t kCodecMask = 0x07;
inline constexpr int16_t kLogAppendTimeBit = 0x08;
inline constexpr int16_t kTransactionalBit = 0x10;
inline constexpr int16_t kControlBit = 0x20;
inline constexpr int16_t kDeleteHorizonBit = 0x40;

// Length, attributes, timestamp delta, offset delta, key length, value length, header count: one
// byte each.
inline constexpr int64_t kRecordBytesMin = 7;
// A record header's two lengths.
inline constexpr int64_t kRecordHeaderBytesMin = 2;

}  // namespace tidemark::record_batch_layout

#endif  // TIDEMARK_STORAGE_FORMAT_RECORD_BATCH_LAYOUT_H_
