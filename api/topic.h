#ifndef TIDEMARK_API_TOPIC_H_
#define TIDEMARK_API_TOPIC_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "api/fetched_records.h"
#include "storage/log.h"
#include "storage/record.h"
#include "storage/types.h"

namespace tidemark {

class SharedTopic;

// How one append is made.
struct ProduceOptions {
  // Absent: Kafka's default partitioner chooses. Records with a key go to murmur2(key) modulo the
  // partition count; records without one stay on one partition until 16 KiB have gone there, then
  // move to another, chosen at random.
  absl::optional<PartitionId> partition = absl::nullopt;
  // What must be reached before the append is acknowledged.
  Durability durability = Durability::kBuffered;
  Codec codec = Codec::kNone;
};

// What an acknowledged append has reached.
struct AppendAck {
  PartitionId partition;
  Offset offset;  // Of the first record; the others follow without a gap.
  int32_t record_count = 0;
  // The records' timestamp, where the log sets it (message.timestamp.type=LogAppendTime).
  Timestamp log_append_time = kNoTimestamp;
  // At least what was asked for.
  Durability durability = Durability::kBuffered;
};

// How much one read returns at most.
struct FetchOptions {
  // Of whole batches as they are stored. The first batch is taken however large it is.
  int64_t bytes_max = int64_t{1} << 20;
  // At least 1: INVALID_ARGUMENT otherwise.
  int64_t records_max = std::numeric_limits<int64_t>::max();
  // kReadCommitted: without the records of aborted transactions, and up to the first transaction
  // that has not ended. Records without a transaction are committed.
  IsolationLevel isolation = IsolationLevel::kReadUncommitted;
};

// What can be read of a partition: offsets from `earliest` up to, but not including, `latest`.
struct PartitionOffsets {
  Offset earliest;  // The log start.
  Offset latest;    // The high watermark: where the next committed record will be.
  // At most `latest`: where the first transaction begins that has not ended. Those who read
  // committed records read up to here.
  Offset last_stable;
};

// A handle on one topic of an open Tidemark: appends to and reads from its partitions. Copies are
// cheap and share everything. Thread-safe.
//
// After the topic is deleted or its Tidemark closed, calls return FAILED_PRECONDITION. Handles may
// outlive the Tidemark; they must not be used then.
//
// Errors that every call may return besides its own: NOT_FOUND for a partition that the topic does
// not have; UNAVAILABLE for an I/O error or too many open files. Messages begin with the topic or
// the partition.
//
// The blocking calls (Append, AppendBatch, Tail) wait for what the Async ones report. They must not
// be made from a callback of Tidemark, nor where nothing else drives the executor.
class Topic {
 public:
  const std::string& name() const;
  int32_t partition_count() const;

  // ---- Appending. Records without a timestamp get the current time. On return the views in
  // `record` and `options` are done with. Records are appended by one thread in the order of its
  // calls, and a batch as a whole or not at all.
  //
  // An acknowledged append is committed: it can be read, and stays for as long as
  // ProduceOptions::durability says (docs/GUARANTEES.md). Errors:
  // INVALID_ARGUMENT: above `max.message.bytes` as stored, or not what AppendBatch takes; or the
  // topic is internal (`__consumer_offsets`, `__transaction_state`).
  // RESOURCE_EXHAUSTED: the disk is full (IsDiskFull of storage/error_code.h is true); the same
  // append succeeds once there is room, without opening anew. FAILED_PRECONDITION: an earlier sync
  // failed, so that the log takes nothing more until it is opened anew; or this replica does not
  // lead. DATA_LOSS: the sync failed. Only after this one may the records be in the log; after all
  // others they are not.

  absl::StatusOr<AppendAck> Append(const Record& record, const ProduceOptions& options = {});

  // Several records as one batch of one partition: INVALID_ARGUMENT if there are none, or if no
  // partition is given and their keys belong to different ones.
  absl::StatusOr<AppendAck> AppendBatch(absl::Span<const Record> records,
                                        const ProduceOptions& options = {});

  // Like AppendBatch, without waiting for durability and commitment. When it returns, the records
  // have their place in the log (or never will); `done` is called once, before or after that, on
  // any thread, and must not block. Appends in flight share syncs, so keep several.
  void AppendAsync(absl::Span<const Record> records, const ProduceOptions& options,
                   std::function<void(absl::StatusOr<AppendAck>)> done);

  // ---- Deleting. Deletes the records below `offset` (KIP-107): on return the log starts there, on
  // stable storage. Space is given back after `file.delete.delay.ms`; what was fetched lives on. No
  // effect at or below the earliest offset.
  //
  // OUT_OF_RANGE above the latest offset; INVALID_ARGUMENT for a topic that is internal. After any
  // other error some of the records may be gone; the call may be made again.
  absl::Status DeleteRecordsBefore(PartitionId partition, Offset offset);

  // ---- Reading. Returns committed records from `offset` on, decompressed, each batch checked
  // against its CRC. Control records (transaction markers) are left out, and what
  // FetchOptions::isolation says.
  //
  // OUT_OF_RANGE below the earliest offset or above the log end, with both. DATA_LOSS, with the
  // offset, where the bytes are not a valid batch; RESOURCE_EXHAUSTED for a batch that decompresses
  // to more than RecordReader::kDecompressedBytesMaxDefault.

  // Returns at once: nothing at the latest offset.
  absl::StatusOr<FetchedRecords> Read(PartitionId partition, Offset offset,
                                      const FetchOptions& options = {});

  // Waits until there is at least one record at or above `offset`, but not longer than `timeout`
  // (which may be infinite); then returns nothing, and no error.
  absl::StatusOr<FetchedRecords> Tail(PartitionId partition, Offset offset, absl::Duration timeout,
                                      const FetchOptions& options = {});

  // The same without waiting. `done` is called once, on a thread of the executor or before this
  // returns, and must not block.
  void TailAsync(PartitionId partition, Offset offset, absl::Duration timeout,
                 const FetchOptions& options,
                 std::function<void(absl::StatusOr<FetchedRecords>)> done);

  absl::StatusOr<PartitionOffsets> Offsets(PartitionId partition) const;

  // The first committed record whose timestamp is at least `timestamp`; nothing if there is none.
  absl::StatusOr<absl::optional<TimestampedOffset>> FindByTimestamp(PartitionId partition,
                                                                    Timestamp timestamp);

 private:
  friend class Producer;
  friend class Tidemark;

  explicit Topic(std::shared_ptr<SharedTopic> state) : state_(std::move(state)) {}

  std::shared_ptr<SharedTopic> state_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_TOPIC_H_
