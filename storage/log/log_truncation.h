#ifndef TIDEMARK_STORAGE_LOG_LOG_TRUNCATION_H_
#define TIDEMARK_STORAGE_LOG_LOG_TRUNCATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/env.h"
#include "storage/index/segment_index.h"
#include "storage/log/epoch_log.h"
#include "storage/log/group_commit.h"
#include "storage/log/high_watermark.h"
#include "storage/log/log_directory.h"
#include "storage/log/log_front.h"
#include "storage/log/log_journal.h"
#include "storage/log/log_syncer.h"
#include "storage/log/log_writer.h"
#include "storage/log/producer_files.h"
#include "storage/log/segment_list.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// Takes the end off a log, which nobody appends to or syncs meanwhile. Thread-safe.
//
// On stable storage on return. After an error, or a crash in between, a longer prefix is left on
// disk; the parts no longer agree then, so the log is fenced. FAILED_PRECONDITION if it is fenced
// or closed already.
class LogTruncator {
 public:
  struct Parts {
    SegmentEnvironment environment;
    LogDirectory* directory = nullptr;
    std::function<absl::Status(Offset)> lower_recovery_point;  // As LogParameters'.
    SegmentList* segments = nullptr;
    EpochLog* epochs = nullptr;
    LogSyncer* syncer = nullptr;
    LogWriter* writer = nullptr;
    GroupCommit* commit = nullptr;
    LogJournal* journal = nullptr;
    HighWatermark* high_watermark = nullptr;
    LogFront* front = nullptr;
  };

  explicit LogTruncator(Parts parts)
      : parts_(std::move(parts)),
        producer_files_(parts_.environment.file_system, parts_.directory->path()) {}

  // In front of the first batch that ends at or above `offset`. OUT_OF_RANGE below the log start.
  absl::Status CutTo(Offset offset);

  // Everything. The log then starts and ends at `offset`.
  absl::Status StartAnewAt(Offset offset);

 private:
  // What a truncation leaves.
  struct Ends {
    Offset kept_end;        // Of what was there, nothing at or above it is left.
    Offset durable_end{0};  // Everything below is durable, or is not there and need not be.
  };
  struct CutPoint {
    std::shared_ptr<Segment> segment;
    int64_t position = 0;
    Offset log_end;  // What the log ends at when it is cut there.
  };
  // What is left of the segment that was cut.
  struct Remainder {
    std::shared_ptr<Segment> segment;
    std::shared_ptr<SegmentIndex> index;
    Timestamp first_timestamp = kNoTimestamp;
  };

  absl::Status Run(absl::StatusOr<Ends> (LogTruncator::*work)(Offset), Offset offset,
                   absl::FunctionRef<absl::Status()> check);
  absl::StatusOr<Ends> Cut(Offset offset);
  absl::StatusOr<Ends> StartAnew(Offset offset);
  // On OK, nothing says any more that the log is flushed beyond `offset`.
  absl::Status LowerRecoveryPoint(Offset offset);
  absl::Status RemoveLast();
  absl::StatusOr<CutPoint> FindCutPoint(Offset offset) const;
  absl::StatusOr<Offset> EndInFrontOf(const CutPoint& cut) const;
  absl::StatusOr<Remainder> CutSegments(const CutPoint& cut);
  absl::Status CutFile(const CutPoint& cut, File* file);
  absl::StatusOr<std::shared_ptr<SegmentIndex>> IndexInFrontOf(const CutPoint& cut, File* file);
  std::shared_ptr<Segment> NewSegment(const CutPoint& cut) const;
  absl::Status CutTransactions(const CutPoint& cut, Segment* left) const;
  absl::Status RemoveSnapshotsAbove(Offset log_end) const;
  // What is known of producers up to there, now that the log ends there.
  absl::StatusOr<ProducerTable> ProducersUpTo(Offset log_end) const;

  const Parts parts_;
  const ProducerFiles producer_files_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_TRUNCATION_H_
