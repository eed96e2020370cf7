#ifndef TIDEMARK_STORAGE_SCRUB_SEGMENT_SCRUB_H_
#define TIDEMARK_STORAGE_SCRUB_SEGMENT_SCRUB_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/damaged_range.h"
#include "storage/env.h"
#include "storage/record_batch.h"
#include "storage/segment/batch_scanner.h"
#include "storage/segment/epoch_check.h"
#include "storage/segment/segment_recovery.h"
#include "storage/types.h"

namespace tidemark {

struct SegmentToScrub {
  std::string path;
  Offset base_offset;
  Offset end_offset;  // Where the next segment begins.
  int64_t size_bytes = 0;
  bool gaps_allowed = false;
};

// Checks the .log file of one sealed segment, bit by bit: framing, CRCs, offsets, leader epochs.
// Goes on behind damage. Not thread-safe.
class SegmentScrub {
 public:
  // `epochs` is of the whole log and must outlive it.
  SegmentScrub(std::unique_ptr<File> file, SegmentToScrub segment, EpochCheck* epochs);

  // Checks about as many bytes more, a batch at least, and returns how many. Errors are the disk's,
  // after which it is at an end.
  absl::StatusOr<int64_t> Step(int64_t bytes_max);
  bool is_done() const { return is_done_; }

  const SegmentToScrub& segment() const { return segment_; }
  std::vector<DamagedRange>& damaged() { return damaged_; }
  std::vector<std::string>& doubts() { return doubts_; }

 private:
  absl::Status CheckPlace(const RecordBatchView& batch) const;
  void CheckEpoch(const RecordBatchView& batch);
  absl::StatusOr<int64_t> CheckEnd();
  // Takes note of damage where the scanner is, and goes on behind it. Returns how long it is.
  absl::StatusOr<int64_t> PassDamage(absl::string_view reason);

  const std::unique_ptr<File> file_;
  const SegmentToScrub segment_;
  EpochCheck* const epochs_;
  std::unique_ptr<BatchScanner> scanner_;
  Continuity continuity_;
  bool is_done_ = false;
  std::vector<DamagedRange> damaged_;
  std::vector<std::string> doubts_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SCRUB_SEGMENT_SCRUB_H_
