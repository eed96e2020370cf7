#ifndef TIDEMARK_STORAGE_LOG_H_
#define TIDEMARK_STORAGE_LOG_H_

// One partition's log. Every call may be made from any thread at any time until Close.
//
// Errors that any call may return besides its own: FAILED_PRECONDITION after Close; UNAVAILABLE for
// an I/O error or too many open files, naming the file. Messages begin with the topic-partition.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// Where a log stands. log_start <= flushed <= log_end, and log_start <= last_stable <=
// high_watermark <= log_end, always.
struct LogOffsets {
  Offset log_start;  // The first offset that can be read.
  Offset flushed;    // Everything below is on stable storage and need not be looked at in recovery.
  Offset log_end;    // The offset that the next record gets.
  Offset high_watermark;  // Everything below is replicated. Without replicas, the log end.
  // KIP-98: below it every transaction has ended, and its marker is replicated.
  Offset last_stable;
};

// A transaction that its producer has aborted: its batches, from `first_offset` up to the abort
// marker, are not for readers of committed records.
struct AbortedTransaction {
  ProducerId producer_id;
  Offset first_offset;

  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

// What a read returned: whole batches, back to back. The first one contains the asked offset, so it
// may begin before it; a reader drops the records below.
struct ReadInfo {
  Offset base_offset;  // Of the first batch; the asked offset when nothing came back.
  Offset next_offset;  // Where to read on.
  LogOffsets offsets;  // As of the read.
  // With kReadCommitted: those of which batches may have come back, by rising first offset. Of each
  // one the reader drops its producer's transactional batches from `first_offset` up to the
  // producer's next abort marker.
  std::vector<AbortedTransaction> aborted_transactions;
};

enum class IsolationLevel {
  kReadUncommitted,
  kReadCommitted,  // Ends at the last stable offset, and tells of what was aborted below it.
};

struct ReadOptions {
  // At most this many bytes, except that the first batch always comes back whole.
  int64_t bytes_max = int64_t{1} << 20;
  // Only batches that end below this offset (a high watermark, say). Absent: the log end.
  absl::optional<Offset> end_offset;
  IsolationLevel isolation = IsolationLevel::kReadUncommitted;
};

// A read that copies nothing. The bytes stay as they are for as long as any copy of `pin` lives,
// through roll, truncation, deletion of the log and Close; they cost address space and, once
// deleted, disk space.
struct LogView {
  absl::string_view bytes;
  ReadInfo info;
  std::shared_ptr<const void> pin;
};

// The same, as a place in a file, for File::SendTo. `file` may be null when there is nothing to
// send.
struct LogFileRange {
  std::shared_ptr<File> file;
  int64_t position = 0;
  int64_t length_bytes = 0;
  ReadInfo info;
  std::shared_ptr<const void> pin;
};

struct TimestampedOffset {
  Offset offset;
  Timestamp timestamp;
};

struct LogStats {
  int64_t size_bytes = 0;     // Of all segments' .log files, without what is preallocated.
  int64_t segment_count = 0;  // At least 1.
  int64_t append_count = 0;   // Batches appended since opened.
  int64_t append_bytes = 0;
  int64_t sync_count = 0;  // Syncs done for durability; compare with append_count.
  int64_t roll_count = 0;
};

// Reading.
class LogReader {
 public:
  virtual ~LogReader() = default;

  virtual const TopicPartition& topic_partition() const = 0;
  virtual LogOffsets offsets() const = 0;
  virtual LogStats stats() const = 0;

  // Replaces `out` with the batches from `offset` on. At the end offset, nothing comes back.
  // OUT_OF_RANGE below the log start or above the log end, with both; DATA_LOSS, with file and
  // position, where the bytes are not batches. CRCs are not checked here: see
  // RecordBatchView::VerifyCrc.
  virtual absl::StatusOr<ReadInfo> Read(Offset offset, const ReadOptions& options,
                                        std::string* out) = 0;

  // The same without a copy. May return less than asked at the end of a segment.
  virtual absl::StatusOr<LogView> View(Offset offset, const ReadOptions& options) = 0;
  virtual absl::StatusOr<LogFileRange> FileRange(Offset offset, const ReadOptions& options) = 0;

  // The first record whose timestamp is at least `timestamp`; nothing if there is none.
  virtual absl::StatusOr<absl::optional<TimestampedOffset>> FindByTimestamp(
      Timestamp timestamp) = 0;

  // Calls `done` once: with OK when the log end is above `offset` (perhaps before this returns),
  // DEADLINE_EXCEEDED after `timeout`, FAILED_PRECONDITION when the log closes or is fenced. `done`
  // is called on whichever thread brings that about; it must not block, and may use the log.
  virtual void AwaitAppend(Offset offset, absl::Duration timeout,
                           std::function<void(absl::Status)> done) = 0;
};

// Where a batch with a producer id comes from, which decides how much of it is checked.
enum class AppendOrigin {
  kClient,       // Epoch, sequence and transaction; control batches are refused.
  kCoordinator,  // Epoch and transaction: a coordinator's own batches have no sequences.
  kReplication,  // Nothing: a leader has checked it.
};

struct AppendOptions {
  // The epoch of the leader that appends, or -1. Below the log's latest: FAILED_PRECONDITION.
  LeaderEpoch leader_epoch{0};
  // True if the caller made the batch with a RecordBatchBuilder, or has checked it: its CRC and
  // records are then not looked at.
  bool is_trusted = false;
  AppendOrigin origin = AppendOrigin::kClient;
};

// A marker to be written (KIP-98).
struct TransactionEnd {
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  bool is_commit = false;
  int32_t coordinator_epoch = 0;  // Below that of the producer's last marker it is fenced.
};

// What a log knows of a producer that has appended to it and was not forgotten.
struct ProducerSummary {
  ProducerId producer_id;
  ProducerEpoch producer_epoch;  // The largest that it has appended with.
  absl::optional<Offset> open_transaction_first_offset;

  friend bool operator==(const ProducerSummary&, const ProducerSummary&) = default;
};

struct AppendResult {
  Offset base_offset;
  Offset last_offset;
  Timestamp log_append_time = kNoTimestamp;  // When the log sets timestamps.
  // The batch is one of its producer's last five (right after an opening, it may be only the last
  // that is known) and was appended before: nothing was appended, and the offsets are those of the
  // first time.
  bool is_duplicate = false;
  Durability durability = Durability::kBuffered;  // What was reached when the call returned.
};

// Reading and appending as a leader does.
//
// An append is in the page cache when it returns: it survives this process, however that ends. It
// is on stable storage when a Sync or AwaitDurable for its last offset succeeds, together with
// everything before it. After a failed sync the log is fenced: every later Append and Sync returns
// FAILED_PRECONDITION until the log is opened anew; reads go on.
class Log : public LogReader {
 public:
  // Appends one finished batch: gives it the next offsets, the leader epoch and, with
  // kLogAppendTime, the time, all in place in `batch`; where the log has a codec of its own and the
  // batch another, this happens to a copy that is compressed anew. The bytes are copied.
  // INVALID_ARGUMENT if it is not one whole valid batch, is above the size limit (as it came, or
  // compressed anew), has a record too far from the clock, or the epoch is below -1;
  // RESOURCE_EXHAUSTED if the disk is full (kKafkaStorageError, which IsDiskFull knows: the same
  // batch is taken once there is room), or if there is no mapping left; FAILED_PRECONDITION if the
  // log is fenced or its offsets would not fit in 63 bits. After any error nothing was appended,
  // unless flush.messages asked for a sync and only that failed (DATA_LOSS).
  //
  // A batch with a producer id (KIP-98) is checked against what the log knows of that producer, at
  // once with getting its offsets; the checks and their answers are Kafka's, see `origin` and
  // storage/error_code.h. FAILED_PRECONDITION with an ErrorCode: kInvalidProducerEpoch for an epoch
  // below the producer's, kOutOfOrderSequenceNumber for a sequence that does not follow its last
  // one (0 in a new epoch; anything, of an unknown producer), kInvalidTransactionState for a batch
  // outside of the producer's open transaction. INVALID_ARGUMENT with kInvalidRecord: a client's
  // control batch, or a client's batch with a producer id and no sequence; where cleanup.policy has
  // compact, a record without a key.
  virtual absl::StatusOr<AppendResult> Append(absl::Span<char> batch,
                                              const AppendOptions& options) = 0;

  // Appends the marker that ends the producer's transaction in this log, whether one is open or
  // not. The errors of Append; kTransactionCoordinatorFenced besides. `origin` is kCoordinator,
  // whatever `options` say. INVALID_ARGUMENT for a negative producer id or epoch.
  virtual absl::StatusOr<AppendResult> EndTransaction(const TransactionEnd& end,
                                                      const AppendOptions& options) = 0;

  // By rising producer id.
  virtual std::vector<ProducerSummary> Producers() const = 0;

  // Returns once everything below `offset` is on stable storage. Concurrent calls share syncs.
  // OUT_OF_RANGE above the log end, also if a truncation puts it below meanwhile; DATA_LOSS if the
  // sync failed.
  virtual absl::Status Sync(Offset offset) = 0;

  // The same without waiting: `done` is called once, on a thread of the executor, on one that is in
  // Sync, Close or a truncation of this log, or, if there is nothing to wait for, before this
  // returns. It must not block, and may use the log.
  virtual void AwaitDurable(Offset offset, std::function<void(absl::Status)> done) = 0;

  // Deletes the records below `offset` (KIP-107), once they are synced: the log then starts there,
  // on stable storage; whole segments below it leave the disk after file.delete.delay.ms. Views
  // keep their bytes. OUT_OF_RANGE above the high watermark; DATA_LOSS if the sync failed; no
  // effect at or below the log start. After any other error the log start may have moved; the call
  // may be made again.
  virtual absl::Status DeleteRecordsBefore(Offset offset) = 0;

  // Ends all calls, writes the side files, trims and syncs what changed. Later calls fail; views
  // live on. Whoever calls it again waits for the first and gets the same outcome, so it is not for
  // callbacks.
  virtual absl::Status Close() = 0;
};

struct EpochEndOffset {
  LeaderEpoch leader_epoch;  // The largest epoch known that is not above the asked one.
  Offset end_offset;         // Where that epoch ended: the next one's start, or the log end.
};

// What replication does to a log besides.
class ReplicaLog : public Log {
 public:
  // Appends whole batches as they are, with the offsets and epochs that a leader gave them. The
  // first must begin at the log end, each next one where the last ended (or above it, where gaps
  // are allowed), epochs must not fall, CRCs must hold: INVALID_ARGUMENT otherwise, and nothing was
  // appended. An I/O error may leave a prefix of the batches.
  virtual absl::StatusOr<AppendResult> AppendAsFollower(absl::string_view batches) = 0;

  // Everything below `offset` is replicated, nothing above it. Until this is first called the high
  // watermark is the log end. Kept within the log: at least its start, at most its end as of the
  // call; a truncation lowers it. May move down. Not durable: whoever replicates says it anew after
  // opening.
  virtual void SetHighWatermark(Offset offset) = 0;

  virtual absl::optional<LeaderEpoch> latest_leader_epoch() const = 0;

  // Notes that the epoch begins at the log end, before anything is written in it. No effect if it
  // is known already; FAILED_PRECONDITION below the latest, INVALID_ARGUMENT below 0. On stable
  // storage when it returns.
  virtual absl::Status AssignLeaderEpoch(LeaderEpoch leader_epoch) = 0;

  // KIP-279: absent if no epoch is known that is not above `leader_epoch`.
  virtual absl::optional<EpochEndOffset> EndOffsetForEpoch(LeaderEpoch leader_epoch) const = 0;

  // Drops everything at and above `offset`, and whole batches only: the log may end below it, but
  // not below its start, of whose batch nothing is left then. No effect at or above the log end.
  // Durable on return. OUT_OF_RANGE below the log start.
  virtual absl::Status TruncateTo(Offset offset) = 0;

  // Drops everything; the log then starts and ends at `offset`. Durable on return. INVALID_ARGUMENT
  // below 0.
  virtual absl::Status TruncateFullyAndStartAt(Offset offset) = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_H_
