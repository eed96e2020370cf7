#ifndef TIDEMARK_STORAGE_INSPECT_SEGMENT_SCANNER_H_
#define TIDEMARK_STORAGE_INSPECT_SEGMENT_SCANNER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// Why a scan does not go on at its position.
enum class SegmentScanStop {
  kNone,         // It does.
  kEnd,          // The file ends there.
  kZeros,        // As many zeros as a batch header has bytes, or as the file has left.
  kTorn,         // The file ends before the batch does.
  kBad,          // No batch can begin there.
  kUnsupported,  // The file begins with a message set of magic 0 or 1.
};

struct ScannedBatch {
  FilePosition position;
  RecordBatchView batch;
  absl::Status crc;
};

// Goes through the batches of one .log file, which a writer may be appending to. Holds one stretch
// of the file in memory, which grows to the size of a batch only if the file has that many bytes.
//
// Not thread-safe.
class SegmentScanner {
 public:
  // Takes `file`'s size now. `file` is not owned.
  static absl::StatusOr<SegmentScanner> Create(File* file, FilePosition start);

  // The batch at position(), which then moves behind it; nothing once the scan has stopped, with
  // stop() and stop_reason() saying why. The batch is valid until the next call. A batch whose CRC
  // does not hold comes back if its length leads to what may be another batch, zeros or the end of
  // the file; otherwise the scan stops in front of it as kBad.
  absl::StatusOr<absl::optional<ScannedBatch>> Next();

  FilePosition position() const { return position_; }
  SegmentScanStop stop() const { return stop_; }
  const std::string& stop_reason() const { return stop_reason_; }
  int64_t file_size_bytes() const { return file_size_bytes_; }

  // Forgets what was read, takes the file's size anew and lets the scan go on at position().
  absl::Status LookAgain();

  // Same, at another place.
  absl::Status MoveTo(FilePosition position);

  // Returns the batch that Next returned last once more.
  void PutBack(const ScannedBatch& batch) { position_ = batch.position; }

  // Where the first byte that is not zero stands, at or behind position().
  absl::StatusOr<absl::optional<FilePosition>> FindNonZero();

  // Looks behind position() for a batch whose CRC holds and whose offsets lie in
  // [offset_min, offset_min + 2^31). If there is one the scan goes on there; otherwise nothing
  // changes. Gives up after summing a good deal more bytes than an honest file makes it.
  absl::StatusOr<bool> SkipToNextBatch(Offset offset_min);

 private:
  SegmentScanner(File* file, FilePosition start, int64_t file_size_bytes)
      : file_(file), position_(start), file_size_bytes_(file_size_bytes) {}

  // The bytes from `position` on, `length_bytes` of them or up to the end of the file.
  absl::StatusOr<absl::string_view> Peek(FilePosition position, int64_t length_bytes);
  absl::StatusOr<absl::optional<ScannedBatch>> Stop(SegmentScanStop stop, std::string reason);
  // Whether something may follow at `position` that a batch in front of it would lead to.
  absl::StatusOr<bool> MayGoOnAt(FilePosition position, Offset offset_min);

  File* file_;
  FilePosition position_;
  int64_t file_size_bytes_;
  SegmentScanStop stop_ = SegmentScanStop::kNone;
  std::string stop_reason_;
  std::string buffer_;            // Its first `buffered_bytes_` bytes are the file's.
  FilePosition buffer_position_;  // Of the first byte in the file.
  int64_t buffered_bytes_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_SEGMENT_SCANNER_H_
