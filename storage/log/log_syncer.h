#ifndef TIDEMARK_STORAGE_LOG_LOG_SYNCER_H_
#define TIDEMARK_STORAGE_LOG_LOG_SYNCER_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/log/log_directory.h"
#include "storage/log/producer_files.h"
#include "storage/log/segment_list.h"
#include "storage/segment/segment_appender.h"
#include "storage/types.h"

namespace tidemark {

// Brings what was appended to stable storage, and finishes segments that were rolled. Thread-safe.
class LogSyncer {
 public:
  // What a log is loaded with: everything below `flushed_end` was synced once, but from
  // `synced_end` on it has to be again. `names_changed`: the names in the directory may not be
  // durable.
  LogSyncer(LogDirectory* directory, SegmentList* segments, Offset synced_end, Offset flushed_end,
            bool names_changed);

  // A segment that nobody appends to any more and that ends at `end_offset`; it is still to be
  // trimmed, and its indexes and the snapshot of the producers there are to be stored.
  void AddSealed(std::unique_ptr<SegmentAppender> sealed, Offset end_offset, std::string snapshot);

  // A recovery point must not be above the end of a segment that is not finished: recovery trusts
  // what is below, zeros behind the last batch included. The largest offset if all are finished.
  Offset recovery_point_max() const;

  // Everything below is on stable storage, in the segments themselves.
  Offset flushed_end() const { return Offset(flushed_end_.load(std::memory_order_acquire)); }

  // Where the first segment begins that is not finished. The largest offset if all are.
  Offset first_unfinished() const;

  // A name was made or removed in the directory, and that must be durable before anything that is
  // appended from now on. To be called after it: a sync that runs meanwhile covers nothing of it.
  void NoteNewName() { names_changed_.store(true); }

  // Segments that end at or below `log_start` are to be removed: from now on they are finished
  // without storing indexes and a snapshot. Those with transactions are not, since a reader takes a
  // finished one without an index of them for one in which nothing was aborted.
  void SkipIndexesBelow(Offset log_start);

  // Syncs all segments up to their sizes, then the directory. `log_end` was read before; it is
  // returned when it is durable. DATA_LOSS if a sync failed, now or before: what that one
  // has not written, no later one does.
  absl::StatusOr<Offset> SyncAll(Offset log_end);

  // Runs `work` while no other does: a SyncAll that is no commit's own, and what takes bytes away
  // from under such a one.
  absl::Status RunBesideCommits(absl::FunctionRef<absl::Status()> work);

  // Finishes the segments handed to AddSealed, as SyncAll does, and says what failed.
  absl::Status FinishSealed();

  // Before a segment begins at `log_end`: syncs what a power loss could take from the log before it
  // unnoticed. Where offsets have gaps, any end of a segment; else only the first segment's name,
  // since a log may begin anywhere. DATA_LOSS as SyncAll.
  absl::Status PrepareRoll(Offset log_end, bool offset_gaps_allowed);

  // Syncs the directory if its names changed. DATA_LOSS if that failed, or a sync of it by anybody.
  // Does not wait for a sync of segments.
  absl::Status SyncNames();

  // Before a truncation: what is flushed above `offset` may soon not be.
  void Lower(Offset offset);
  // After it, between syncs.
  void ForgetSynced(Offset log_end);
  // Drops the unfinished segments at or above `log_end`.
  void DropSealed(Offset log_end);

  int64_t sync_count() const { return sync_count_.load(std::memory_order_relaxed); }

 private:
  struct Sealed {
    std::unique_ptr<SegmentAppender> appender;
    Offset end_offset;
    std::string snapshot;
  };

  absl::Status SyncSegment(Segment* segment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(sync_mutex_);
  absl::Status FinishAllSealed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(sync_mutex_);
  // Whoever syncs from now on is told, too.
  absl::Status Failed(absl::string_view what, const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(sync_mutex_);
  absl::Status Finish(const Sealed& sealed) ABSL_EXCLUSIVE_LOCKS_REQUIRED(sync_mutex_);
  absl::Status StoreSideFiles(const Sealed& sealed) ABSL_EXCLUSIVE_LOCKS_REQUIRED(sync_mutex_);

  LogDirectory* const directory_;
  SegmentList* const segments_;
  std::atomic<bool> names_changed_;
  std::atomic<int64_t> flushed_end_;  // Written by one thread at a time.
  std::atomic<int64_t> sync_count_{0};

  Mutex beside_commits_mutex_ ABSL_ACQUIRED_BEFORE(sync_mutex_);

  // Held over syncs, one at a time. An append takes it only to roll a log that allows gaps.
  Mutex sync_mutex_ ABSL_ACQUIRED_BEFORE(mutex_, names_mutex_);
  Offset synced_end_ ABSL_GUARDED_BY(sync_mutex_);
  absl::Status failed_ ABSL_GUARDED_BY(sync_mutex_);
  Offset skip_indexes_below_ ABSL_GUARDED_BY(sync_mutex_){0};

  // Held over a sync of the directory.
  Mutex names_mutex_;
  absl::Status names_failed_ ABSL_GUARDED_BY(names_mutex_);

  mutable Mutex mutex_;
  std::list<Sealed> sealed_ ABSL_GUARDED_BY(mutex_);  // Rising.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_SYNCER_H_
