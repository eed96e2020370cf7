#ifndef TIDEMARK_STORAGE_SEGMENT_SEGMENT_RECOVERY_H_
#define TIDEMARK_STORAGE_SEGMENT_SEGMENT_RECOVERY_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"
#include "storage/index/segment_index.h"
#include "storage/record_batch.h"
#include "storage/segment/batch_scanner.h"
#include "storage/types.h"

namespace tidemark {

// What a batch must fit, beyond its own CRC, which does not cover its offsets and its epoch.
struct Continuity {
  Offset next_offset;  // Where the batch must begin; above it where gaps are allowed.
  LeaderEpoch leader_epoch = kNoLeaderEpoch;  // What its epoch must not be below.
  bool gaps_allowed = false;

  // DATA_LOSS, saying what does not fit.
  absl::Status Check(const RecordBatchView& batch) const;
  void Advance(const RecordBatchView& batch);
};

// What a scan of a segment found.
struct SegmentScan {
  int64_t valid_bytes = 0;  // Up to here, whole good batches.
  int64_t batch_count = 0;
  BatchScanStop stop = BatchScanStop::kEnd;
  std::string reason;  // Unless stop is kEnd or kZeroTail: what is wrong at valid_bytes.
};

struct ScanOptions {
  // Where a batch begins; 0 for the whole segment.
  int64_t from_position = 0;
  // False trusts what was closed properly: neither CRCs nor the first batch's offset are checked.
  bool is_unclean = true;
  // Of the file, as long as what is scanned: see BatchScanner. Not owned.
  MappedRegion* region = nullptr;
  // What a batch must fit besides; null where there is nothing.
  std::function<absl::Status(const RecordBatchView&)> also_check = nullptr;
};

// Walks the batches of a .log file up to the first one that is torn, damaged or out of order; adds
// them to `index`, hands each to `visit` and moves `continuity` on. Errors are the disk's.
absl::StatusOr<SegmentScan> ScanSegment(File* file, int64_t file_size_bytes,
                                        const ScanOptions& options, Continuity* continuity,
                                        SegmentIndex* index,
                                        const std::function<void(const RecordBatchView&)>& visit);

// The largest timestamp of a segment's first batch, which its age counts from; kNoTimestamp without
// one.
absl::StatusOr<Timestamp> ReadFirstTimestamp(File* file, int64_t size_bytes);

// How many bytes from `position` on are not just preallocated zeros: up to the last one that is not
// zero.
absl::StatusOr<int64_t> CountWrittenBytes(File* file, int64_t position, int64_t file_size_bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_SEGMENT_RECOVERY_H_
