#ifndef TIDEMARK_STORAGE_LOG_LOG_MAINTENANCE_H_
#define TIDEMARK_STORAGE_LOG_LOG_MAINTENANCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/log/epoch_log.h"
#include "storage/log/group_commit.h"
#include "storage/log/log_directory.h"
#include "storage/log/log_front.h"
#include "storage/log/log_journal.h"
#include "storage/log/log_syncer.h"
#include "storage/log/log_writer.h"
#include "storage/log/segment_info.h"
#include "storage/log/segment_list.h"
#include "storage/log/segment_remover.h"
#include "storage/log/segment_replacer.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// What retention and compaction do to a log while others use it. Thread-safe. See PartitionLog for
// the calls.
class LogMaintenance {
 public:
  struct Parts {
    SegmentEnvironment environment;
    Clock* clock = nullptr;
    Executor* executor = nullptr;
    std::shared_ptr<const void> owner;  // See SegmentRemover.
    LogDirectory* directory = nullptr;
    std::function<absl::Status(Offset)> store_log_start;  // See LogParameters.
    SegmentList* segments = nullptr;
    EpochLog* epochs = nullptr;
    LogSyncer* syncer = nullptr;
    LogWriter* writer = nullptr;
    GroupCommit* commit = nullptr;
    LogJournal* journal = nullptr;
    std::function<Offset()> high_watermark;
  };

  LogMaintenance(const Parts& parts, Offset log_start);

  // For truncations.
  LogFront* front() { return &front_; }
  const LogFront* front() const { return &front_; }

  absl::StatusOr<std::vector<SegmentInfo>> Segments() const;
  absl::Status RollActive();
  absl::Status RollIfDue();
  // Finishes what was rolled, as far as the disk lets, if some of it is below `offset`. The error
  // of a sync that failed, which fences the log.
  absl::Status FinishBelow(Offset offset);
  void ExpireProducers();
  absl::StatusOr<RemovedSegments> AdvanceLogStart(Offset offset);
  absl::Status ReplaceSegments(absl::Span<const SegmentInfo> covered, int64_t cleaned_bytes);

  // On return, no file is being removed, and none will be.
  void Stop() { remover_.Stop(); }

 private:
  absl::Status RollIf(absl::FunctionRef<bool(const SegmentAppender&)> is_due);
  // Syncs what is below `offset`, and finishes what was rolled below it.
  absl::Status SyncBelow(Offset offset);

  const Parts parts_;
  SegmentRemover remover_;
  LogFront front_;
  SegmentReplacer replacer_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_MAINTENANCE_H_
