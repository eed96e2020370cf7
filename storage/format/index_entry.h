#ifndef TIDEMARK_STORAGE_FORMAT_INDEX_ENTRY_H_
#define TIDEMARK_STORAGE_FORMAT_INDEX_ENTRY_H_

// The entries of a segment's index files, which hold nothing else: docs/format/offset_index.md,
// time_index.md and transaction_index.md.
//
// Each entry type has kBytes, its size on disk; Encode, which writes that many bytes; and Decode,
// which reads them. What the fields mean in relation to the log is for the index to check.

#include <cstdint>

#include "storage/base/bytes.h"
#include "storage/base/strong_int.h"
#include "storage/types.h"

namespace tidemark {

// An offset as its distance from the segment's base offset.
using RelativeOffset = StrongInt<struct RelativeOffsetTag, int32_t>;

// `.index`: the batch that ends with this offset is at, or in follower logs not far behind, the
// position.
struct OffsetIndexEntry {
  static constexpr int64_t kBytes = 8;

  RelativeOffset relative_offset;
  FilePosition position;  // In the .log file; fits in 31 bits.

  void Encode(char* out) const {
    StoreBigEndian(relative_offset.value(), out);
    StoreBigEndian(static_cast<int32_t>(position.value()), out + 4);
  }
  static OffsetIndexEntry Decode(const char* bytes) {
    return {RelativeOffset(LoadBigEndian<int32_t>(bytes)),
            FilePosition(LoadBigEndian<int32_t>(bytes + 4))};
  }
  friend bool operator==(const OffsetIndexEntry&, const OffsetIndexEntry&) = default;
};
static_assert(OffsetIndexEntry::kBytes == sizeof(int32_t) + sizeof(int32_t));

// `.timeindex`: no record at or before this offset is later than the timestamp.
struct TimeIndexEntry {
  static constexpr int64_t kBytes = 12;

  Timestamp timestamp;
  RelativeOffset relative_offset;

  void Encode(char* out) const {
    StoreBigEndian(timestamp.value(), out);
    StoreBigEndian(relative_offset.value(), out + 8);
  }
  static TimeIndexEntry Decode(const char* bytes) {
    return {Timestamp(LoadBigEndian<int64_t>(bytes)),
            RelativeOffset(LoadBigEndian<int32_t>(bytes + 8))};
  }
  friend bool operator==(const TimeIndexEntry&, const TimeIndexEntry&) = default;
};
static_assert(TimeIndexEntry::kBytes == sizeof(int64_t) + sizeof(int32_t));

// `.txnindex`: an aborted transaction. Version 0.
struct TransactionIndexEntry {
  static constexpr int64_t kBytes = 34;
  static constexpr int16_t kVersion = 0;

  int16_t version = kVersion;
  ProducerId producer_id;
  Offset first_offset;
  Offset last_offset;         // The abort marker's.
  Offset last_stable_offset;  // When the transaction ended.

  void Encode(char* out) const {
    StoreBigEndian(version, out);
    StoreBigEndian(producer_id.value(), out + 2);
    StoreBigEndian(first_offset.value(), out + 10);
    StoreBigEndian(last_offset.value(), out + 18);
    StoreBigEndian(last_stable_offset.value(), out + 26);
  }
  static TransactionIndexEntry Decode(const char* bytes) {
    return {LoadBigEndian<int16_t>(bytes), ProducerId(LoadBigEndian<int64_t>(bytes + 2)),
            Offset(LoadBigEndian<int64_t>(bytes + 10)), Offset(LoadBigEndian<int64_t>(bytes + 18)),
            Offset(LoadBigEndian<int64_t>(bytes + 26))};
  }
  friend bool operator==(const TransactionIndexEntry&, const TransactionIndexEntry&) = default;
};
static_assert(TransactionIndexEntry::kBytes == sizeof(int16_t) + 4 * sizeof(int64_t));

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_INDEX_ENTRY_H_
