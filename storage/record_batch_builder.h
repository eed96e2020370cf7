#ifndef TIDEMARK_STORAGE_RECORD_BATCH_BUILDER_H_
#define TIDEMARK_STORAGE_RECORD_BATCH_BUILDER_H_

#include <cstddef>
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

class Compressor;

struct RecordBatchOptions {
  Codec codec = Codec::kNone;
  absl::optional<int> compression_level;  // As for Compressor; absent: the codec's default.
  TimestampType timestamp_type = TimestampType::kCreateTime;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  Sequence base_sequence = kNoSequence;
  bool is_transactional = false;
  bool is_control = false;
  absl::optional<Timestamp> delete_horizon;
  Offset base_offset{0};  // A log that assigns offsets overwrites it.
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
};

// Builds record batches v2, one after another, in a buffer that it keeps. Not thread-safe.
class RecordBatchBuilder {
 public:
  explicit RecordBatchBuilder(const RecordBatchOptions& options = {});
  ~RecordBatchBuilder();
  RecordBatchBuilder(RecordBatchBuilder&&) noexcept;
  RecordBatchBuilder& operator=(RecordBatchBuilder&&) noexcept;

  // Adds a record at the next offset. Copies its bytes. INVALID_ARGUMENT if a length or the batch
  // would not fit in int32, or if the timestamp is below kNoTimestamp or too far from the first
  // one; the batch is then unchanged.
  absl::Status Add(const Record& record);

  // Adds a record at base offset + `offset_delta`, for batches with gaps (compaction). The delta
  // must be above the last one's; INVALID_ARGUMENT otherwise.
  absl::Status AddAt(int32_t offset_delta, const Record& record);

  int32_t record_count() const { return record_count_; }
  bool empty() const { return record_count_ == 0; }

  // The size of the batch if it were finished now without compression: exact.
  int64_t size_bytes() const { return static_cast<int64_t>(size_bytes_); }

  // An upper bound on what `record` adds, before compression.
  static int64_t SizeBoundBytes(const Record& record);

  // Compresses, fills the header, sums the CRC. The batch's bytes, which the caller may stamp in
  // place, are valid until the next call other than size_bytes. FAILED_PRECONDITION on an empty
  // batch, INTERNAL if the codec fails.
  absl::StatusOr<absl::Span<char>> Finish();

  // Starts the next batch with the same options, keeping the memory.
  void Reset();
  // Same, with other options.
  void Reset(const RecordBatchOptions& options);

 private:
  // Fills the header of a batch whose records are in place.
  void WriteHeader(absl::Span<char> batch) const;

  RecordBatchOptions options_;
  std::string buffer_;  // Header, then records; the batch is its first size_bytes_ bytes.
  size_t size_bytes_ = 0;
  std::string compressed_;  // Header, then the compressed records, when there is a codec.
  std::unique_ptr<Compressor> compressor_;
  Timestamp base_timestamp_ = kNoTimestamp;
  Timestamp max_timestamp_ = kNoTimestamp;
  int32_t record_count_ = 0;
  int32_t last_offset_delta_ = -1;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_RECORD_BATCH_BUILDER_H_
