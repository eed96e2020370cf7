#ifndef TIDEMARK_STORAGE_LOG_LOG_WRITER_H_
#define TIDEMARK_STORAGE_LOG_LOG_WRITER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/log/append_waiters.h"
#include "storage/log/log_directory.h"
#include "storage/log/log_syncer.h"
#include "storage/log/producer_table.h"
#include "storage/log/segment_list.h"
#include "storage/options.h"
#include "storage/record_batch.h"
#include "storage/segment/roll_policy.h"
#include "storage/segment/segment_appender.h"
#include "storage/types.h"

namespace tidemark {

// The end of a log: gives batches their offsets and puts them into the active segment, which it
// grows and rolls.
//
// Two locks. The append lock is held to place and copy one batch, never over a file operation. The
// structure lock is held over the file operations that make room; an append takes it only when
// there is none. Structure comes before append.
class LogWriter {
 public:
  struct Parts {
    SegmentEnvironment environment;
    LogDirectory* directory = nullptr;
    SegmentList* segments = nullptr;
    LogSyncer* syncer = nullptr;
    Executor* executor = nullptr;
    Random* random = nullptr;
    // Called after a roll, without a lock.
    std::function<void()> on_roll;
    // Called, without a lock, when the writer wants PrepareAhead called soon on another thread.
    std::function<void()> on_low_room;
  };

  LogWriter(Parts parts, const LogConfig& config, std::unique_ptr<SegmentAppender> active,
            Offset log_end, absl::optional<LeaderEpoch> latest_epoch, ProducerTable producers);

  // Where the next batch begins. Everything below can be read.
  Offset log_end() const { return Offset(log_end_.load(std::memory_order_acquire)); }

  const LogConfig& config() const { return *config_.load(std::memory_order_acquire); }
  void SetConfig(const LogConfig& config);

  // The first offset of the oldest transaction that is open, or whose marker is not below the high
  // watermark; the largest offset if there is none. Read after log_end(), it holds for all below.
  Offset first_unstable() const { return Offset(first_unstable_.load(std::memory_order_acquire)); }

  // What is to be appended: a leader's batch, which is stamped in place in `stamp` (the same
  // bytes), or with an empty `stamp` a follower's, which begins at or above the log end.
  struct Batch {
    const RecordBatchView& view;
    absl::Span<char> stamp;
    LeaderEpoch epoch;
    const ProducerBatch* producer = nullptr;  // Of a batch that concerns a producer.
    AppendOrigin origin = AppendOrigin::kReplication;
  };
  // Where it is.
  struct Place {
    Offset base_offset;
    Offset last_offset;
    bool is_duplicate = false;  // It was there already, since `timestamp`.
    Timestamp timestamp = kNoTimestamp;
  };

  // Appends a validated batch, unless it is there already. FAILED_PRECONDITION if the log has a
  // later epoch, is fenced or closed, or what is known of the producer forbids it;
  // RESOURCE_EXHAUSTED, as IsDiskFull knows it, if the disk is full. Calls the waiters back.
  //
  // NOT_FOUND if the epoch is new: BeginEpoch comes first.
  absl::StatusOr<Place> Append(const Batch& batch);

  // Keeps appends out while `store` records that `epoch` begins at the log end, or at
  // `start_offset` where that is above; then takes batches of that epoch only.
  absl::Status BeginEpoch(LeaderEpoch epoch, Offset start_offset,
                          const std::function<absl::Status(Offset start_offset)>& store);

  // Calls `done` once the log end is above `offset`, or Stop is called. Returns a number for the
  // two calls below, or nothing if `done` was called already.
  absl::optional<uint64_t> Await(Offset offset, std::function<void(absl::Status)> done);
  // A timer of the executor that is cancelled when the waiting ends.
  void SetWaiterTimer(uint64_t number, uint64_t timer);
  // Ends the waiting with `status`, if it has not ended.
  void GiveUpWaiting(uint64_t number, const absl::Status& status);

  // Everything below is replicated: ended transactions may become stable. Until the first call they
  // do so at once.
  void SetHighWatermark(Offset high_watermark);

  // Forgets producers, as ProducerTable::Expire.
  void ExpireProducers(Timestamp now);

  std::vector<ProducerSummary> Producers() const;
  // A formatted snapshot of the producers. Up to the log end when nothing is appended meanwhile.
  std::string FormatProducers() const;
  bool has_producers() const;

  // Grows the active segment if little room is left.
  void PrepareAhead();

  // From now on every append and wait fails with `status`, unless one is set already. Calls the
  // waiters back.
  void Stop(const absl::Status& status);

  // What Stop was called with.
  absl::Status stopped() const;

  // Runs `work` while nothing is appended, rolled or grown; it may put another active segment and
  // log end in place, of which the waiters hear after it.
  absl::Status RunExclusive(const std::function<absl::Status()>& work);

  // The same, but appends that have room go on. FAILED_PRECONDITION if the log is fenced or closed.
  absl::Status RunBesideAppends(const std::function<absl::Status()>& work);

  // Begins a new segment at the log end if `is_due` says so of the active one, which is not empty.
  // FAILED_PRECONDITION if the log is fenced or closed.
  absl::Status RollIf(absl::FunctionRef<bool(const SegmentAppender& active)> is_due);

  // Of the records of `segment`, if that is the active one.
  absl::optional<Timestamp> LargestTimestampOfActive(const Segment& segment) const;

  // Within RunExclusive.
  // As Stop, which has to follow, but calls nobody back.
  void Fence(const absl::Status& status);
  void SetLatestEpoch(absl::optional<LeaderEpoch> latest_epoch);
  SegmentAppender* active();
  void ReplaceActive(std::unique_ptr<SegmentAppender> active, Offset log_end,
                     absl::optional<LeaderEpoch> latest_epoch, ProducerTable producers);
  // The appender for a segment, with the capacity and jitter that the configuration asks for, and
  // room for `bytes_min` in all.
  std::unique_ptr<SegmentAppender> NewAppender(std::shared_ptr<Segment> segment,
                                               std::shared_ptr<SegmentIndex> index,
                                               Timestamp first_timestamp,
                                               int64_t bytes_min = 0) const;
  // A new, empty segment's files. After an error some may be there.
  absl::StatusOr<std::unique_ptr<SegmentAppender>> CreateSegment(Offset base_offset,
                                                                 int64_t bytes_min = 0) const;

  int64_t append_count() const { return append_count_.load(std::memory_order_relaxed); }
  int64_t append_bytes() const { return append_bytes_.load(std::memory_order_relaxed); }
  int64_t roll_count() const { return roll_count_.load(std::memory_order_relaxed); }

 private:
  // What an attempt to place a batch came to.
  enum class Placement { kDone, kNoRoom };

  absl::Status CheckMayAppend(LeaderEpoch epoch) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::StatusOr<Placement> TryPlace(const Batch& batch, Place* place,
                                     std::vector<AppendWaiters::Waiter>* ready, bool* is_low);
  // Whether the batch's producer may append it; where it is, if it is there already.
  absl::Status CheckProducer(const Batch& batch, Place* place) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  // Notes the batch, which is in the active segment at `base_offset` and not visible yet.
  void NoteProducer(const ProducerBatch& batch, Offset base_offset)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  void PublishFirstUnstable() ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  RollReason WhetherToRoll(const Batch& batch, Offset base_offset) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  // NOT_FOUND only as CheckMayAppend says it.
  absl::Status MakeRoom(const Batch& batch);
  // Returns whether it rolled.
  absl::StatusOr<bool> RollOrGrow(const Batch& batch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(structure_mutex_);
  // Where the batch begins: a leader's at the log end (FAILED_PRECONDITION if no offsets are left),
  // a follower's where it says (INVALID_ARGUMENT unless that continues the log).
  absl::StatusOr<Offset> BaseOffsetOf(const Batch& batch) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::Status Roll(Offset base_offset, int64_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(structure_mutex_);
  absl::Status FencedUnlessOk(const absl::Status& status);
  // The new segment's appender, with room for `bytes`, if any. After an error no file of it is
  // there, or the log is fenced.
  absl::StatusOr<std::unique_ptr<SegmentAppender>> BeginSegment(Offset base_offset, int64_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(structure_mutex_);
  std::shared_ptr<Segment> NewSegment(Offset base_offset) const;
  absl::Status Grow(SegmentAppender* active, int64_t end_bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(structure_mutex_);
  void Release(std::vector<AppendWaiters::Waiter> waiters, const absl::Status& status);

  const Parts parts_;
  std::atomic<const LogConfig*> config_;
  std::atomic<int64_t> log_end_;
  std::atomic<int64_t> first_unstable_;
  std::atomic<int64_t> append_count_{0};
  std::atomic<int64_t> append_bytes_{0};
  std::atomic<int64_t> roll_count_{0};

  Mutex structure_mutex_ ABSL_ACQUIRED_BEFORE(append_mutex_);
  mutable Mutex append_mutex_;
  // Changed under both locks, so either one keeps it in place.
  std::unique_ptr<SegmentAppender> active_ ABSL_GUARDED_BY(append_mutex_);
  absl::optional<LeaderEpoch> latest_epoch_ ABSL_GUARDED_BY(append_mutex_);
  // Closed while the structure lock's holder changes the active segment: appends then wait for that
  // lock.
  bool gate_is_open_ ABSL_GUARDED_BY(append_mutex_) = true;
  bool is_preparing_ ABSL_GUARDED_BY(append_mutex_) = false;
  absl::Status stopped_ ABSL_GUARDED_BY(append_mutex_);
  AppendWaiters waiters_ ABSL_GUARDED_BY(append_mutex_);
  ProducerTable producers_ ABSL_GUARDED_BY(append_mutex_);
  // Until there is one, the log end is it.
  absl::optional<Offset> high_watermark_ ABSL_GUARDED_BY(append_mutex_);
  // Kept until the end, since config() hands out references.
  std::vector<std::unique_ptr<const LogConfig>> configs_ ABSL_GUARDED_BY(append_mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_WRITER_H_
