#ifndef TIDEMARK_STORAGE_RECORD_BATCH_H_
#define TIDEMARK_STORAGE_RECORD_BATCH_H_

// Record batch v2 as it stands on disk and on the wire: docs/format/record_batch.md.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/record.h"
#include "storage/types.h"

namespace tidemark {

// One batch, in place: reads the header fields of bytes that it does not own.
//
// Not owning: valid as long as the bytes are. Copyable. Reading from several threads is safe.
class RecordBatchView {
 public:
  // The batch at the start of `bytes`, which may go on behind it. Checks what can be checked
  // without reading the records: the length against what remains, the magic, the record count and
  // the last offset delta against the length and each other. Does not check the CRC.
  //
  // OUT_OF_RANGE if `bytes` ends before the batch does (so more bytes may help); INVALID_ARGUMENT
  // for magic 0 and 1 (pre-0.11 message sets, which are not supported) and every other but 2;
  // DATA_LOSS if a field cannot be right. Space that was never written, which reads as zeros, is
  // DATA_LOSS, too, once 12 bytes of it are there: see IsZeroFilled in storage/base/bytes.h.
  static absl::StatusOr<RecordBatchView> Parse(absl::string_view bytes);

  // The bytes of this batch alone.
  absl::string_view bytes() const { return bytes_; }
  int64_t size_bytes() const { return static_cast<int64_t>(bytes_.size()); }

  Offset base_offset() const;
  Offset last_offset() const;
  Offset next_offset() const { return last_offset() + 1; }
  int32_t last_offset_delta() const;
  LeaderEpoch leader_epoch() const;
  uint32_t crc() const;
  int16_t attributes() const;
  Codec codec() const;  // Parse has made sure that the value is known.
  TimestampType timestamp_type() const;
  bool is_transactional() const;
  bool is_control() const;
  // Set by compaction: the time after which the batch's tombstones and markers may go (KIP-534).
  absl::optional<Timestamp> delete_horizon() const;
  // kNoTimestamp for a batch without records. With a delete horizon, deltas count from the horizon.
  Timestamp base_timestamp() const;
  Timestamp max_timestamp() const;
  ProducerId producer_id() const;
  ProducerEpoch producer_epoch() const;
  Sequence base_sequence() const;
  int32_t record_count() const;  // 0 only for batches that compaction has emptied.

  // Everything behind the header: the records, compressed if codec() says so.
  absl::string_view payload() const;

  // DATA_LOSS, with both sums, if the bytes from the attributes on are not those that were summed.
  // The base offset, length, leader epoch and magic are not covered.
  absl::Status VerifyCrc() const;

 private:
  explicit RecordBatchView(absl::string_view bytes) : bytes_(bytes) {}

  absl::string_view bytes_;
};

// The headers of one record, read in place.
class RecordHeaders {
 public:
  RecordHeaders() = default;
  RecordHeaders(int32_t count, absl::string_view bytes) : count_(count), bytes_(bytes) {}

  int32_t count() const { return count_; }

  // Calls `visit` for each in order. The record's reader has checked the bytes.
  template <typename Visit>
  void ForEach(Visit visit) const {
    absl::string_view rest = bytes_;
    for (int32_t i = 0; i < count_; ++i) visit(TakeOne(&rest));
  }

 private:
  static RecordHeader TakeOne(absl::string_view* rest);

  int32_t count_ = 0;
  absl::string_view bytes_;
};

// One record of a batch. Views into the batch, or into its reader when the batch is compressed.
struct RecordView {
  Offset offset;
  Timestamp timestamp;  // The batch's max timestamp when the log set it (kLogAppendTime).
  absl::optional<absl::string_view> key;
  absl::optional<absl::string_view> value;
  RecordHeaders headers;
};

// Reads the records of one batch in order, decompressing it first if need be.
//
// Keeps views into the batch's bytes, which must outlive it. Not thread-safe.
class RecordReader {
 public:
  // What a batch may grow to when it is decompressed; a larger one is refused (decompression
  // bombs).
  static constexpr int64_t kDecompressedBytesMaxDefault = int64_t{64} << 20;

  // DATA_LOSS if the payload does not decompress, RESOURCE_EXHAUSTED beyond the limit. The CRC is
  // not checked here.
  static absl::StatusOr<RecordReader> Open(
      const RecordBatchView& batch, int64_t decompressed_bytes_max = kDecompressedBytesMaxDefault);

  // Sets `record` to the next one and returns true; returns false after the last. Every length is
  // checked against what remains. DATA_LOSS, naming the record, if the bytes are not records, if
  // their number is not the batch's count, if bytes are left over, if an offset does not rise or is
  // behind the batch's last, or if a timestamp does not fit; every later call returns it again. The
  // record's views are valid as long as this reader (moved or not) and the batch's bytes.
  absl::StatusOr<bool> Next(RecordView* record);

  RecordReader(RecordReader&&) = default;
  RecordReader& operator=(RecordReader&&) = default;

 private:
  explicit RecordReader(const RecordBatchView& batch);

  absl::Status Fail(absl::string_view why);

  // What every record needs of the batch's header.
  Offset base_offset_;
  Timestamp base_timestamp_;
  absl::optional<Timestamp> append_time_;  // Every record's timestamp, when the log set it.
  int32_t record_count_ = 0;
  int32_t offset_delta_max_ = 0;

  std::unique_ptr<std::string> decompressed_;  // Behind a pointer: views survive a move.
  absl::string_view rest_;                     // The records that are still to be read.
  int32_t read_count_ = 0;
  int32_t last_offset_delta_ = -1;
  absl::Status status_;
};

// Overwrites the fields that are outside the CRC, in place. `batch` holds a parsed batch.
void StampBatch(Offset base_offset, LeaderEpoch leader_epoch, absl::Span<char> batch);

// Makes it a kLogAppendTime batch of that time: sets the attribute bit and the max timestamp, and
// sums the CRC anew. `batch` is exactly a parsed batch.
void StampLogAppendTime(Timestamp append_time, absl::Span<char> batch);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_RECORD_BATCH_H_
