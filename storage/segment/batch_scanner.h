#ifndef TIDEMARK_STORAGE_SEGMENT_BATCH_SCANNER_H_
#define TIDEMARK_STORAGE_SEGMENT_BATCH_SCANNER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/base/limits.h"
#include "storage/env.h"
#include "storage/record_batch.h"

namespace tidemark {

// Why a scan went no further.
enum class BatchScanStop {
  kEnd,       // The last batch ends where the scanned range does.
  kZeroTail,  // Nothing but zeros from here on: preallocated space that was never written.
  kTorn,      // A batch that looks right so far goes on behind the range.
  kBad,       // What stands here is not a batch.
};

// Walks the batches of a .log file, reading it in chunks; memory is bounded by the chunk and the
// largest batch. CRCs are left to the caller, but for those of batches above
// kUnverifiedBatchBytesMax: if wrong, the scan stops there, with kBad. Not thread-safe.
class BatchScanner {
 public:
  // Scans [position, end) of `file`, which must outlive the scanner, `chunk_bytes` at a time.
  // `position` is where a batch begins. With a region of the file, which reaches to `end`, batches
  // are looked at there rather than read.
  BatchScanner(File* file, int64_t position, int64_t end, int64_t chunk_bytes = kScanBytes,
               MappedRegion* region = nullptr);

  // Moves to the next batch and returns true, or returns false at the stop. An error is the disk's,
  // or DATA_LOSS if the file is shorter than the range.
  absl::StatusOr<bool> Next();

  // The batch moved to and where it stands; valid until the next call of Next.
  const RecordBatchView& batch() const { return *batch_; }
  int64_t position() const { return position_; }

  // After Next has returned false: why, and for kTorn and kBad what is wrong. `position` is then
  // where the last good batch ended.
  BatchScanStop stop() const { return stop_; }
  const absl::Status& reason() const { return reason_; }

 private:
  absl::Status Fill(int64_t bytes_min);
  absl::Status FillFromRegion(int64_t target);
  absl::Status Classify(const absl::Status& parse_error);
  absl::StatusOr<bool> RestIsZero();

  File* const file_;
  const int64_t end_;
  const int64_t chunk_bytes_;
  MappedRegion* const region_;
  int64_t position_;
  absl::optional<RecordBatchView> batch_;
  std::string buffer_;
  const char* buffered_ = nullptr;  // In buffer_ or in the region.
  int64_t buffer_position_;         // Of the first byte there in the file.
  int64_t buffered_bytes_ = 0;
  BatchScanStop stop_ = BatchScanStop::kEnd;
  absl::Status reason_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_BATCH_SCANNER_H_
