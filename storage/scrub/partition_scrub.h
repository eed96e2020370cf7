#ifndef TIDEMARK_STORAGE_SCRUB_PARTITION_SCRUB_H_
#define TIDEMARK_STORAGE_SCRUB_PARTITION_SCRUB_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/log/partition_log.h"
#include "storage/scrub/segment_scrub.h"
#include "storage/scrub_report.h"
#include "storage/segment/epoch_check.h"
#include "storage/types.h"

namespace tidemark {

struct LogToScrub {
  FileSystem* file_system = nullptr;
  std::shared_ptr<PartitionLog> log;
  std::string directory;  // The log's.
  bool gaps_allowed = false;
};

// Checks the segments of one log that are sealed and finished, from the oldest on, bit by bit,
// while the log is used. What retention, compaction or a truncation took away meanwhile counts for
// nothing. Not thread-safe.
class PartitionScrub {
 public:
  explicit PartitionScrub(LogToScrub log);

  // Checks about as many bytes more, a batch at least if there is one, and returns how many. Only
  // this touches a file.
  int64_t Step(int64_t bytes_max);
  bool is_done() const { return is_done_; }

  const LogToScrub& log() const { return log_; }

  // When it is done.
  ScrubOutcome TakeOutcome(absl::Time now);

 private:
  // The next segment that is to be checked, if there is one.
  absl::Status OpenNext();
  void FinishSegment();
  bool IsStillThere(uint64_t segment_id) const;
  void NoteError(const absl::Status& error);

  const LogToScrub log_;
  absl::optional<EpochCheck> epochs_;
  Offset next_base_{0};
  uint64_t segment_id_ = 0;
  std::unique_ptr<SegmentScrub> segment_;
  bool is_done_ = false;
  ScrubOutcome outcome_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SCRUB_PARTITION_SCRUB_H_
