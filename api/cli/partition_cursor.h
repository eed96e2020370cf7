#ifndef TIDEMARK_API_CLI_PARTITION_CURSOR_H_
#define TIDEMARK_API_CLI_PARTITION_CURSOR_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/inspect.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// Where reading begins.
struct StartPosition {
  enum class Kind { kEarliest, kLatest, kOffset, kTimestamp };
  Kind kind = Kind::kEarliest;
  Offset offset;        // For kOffset.
  Timestamp timestamp;  // For kTimestamp: the first record of at least this, or else the end.
};

// What a reader of transactions sees.
enum class Isolation {
  kReadUncommitted,  // All records.
  kReadCommitted,    // Those that are not of aborted transactions, up to the last stable offset.
};

// Reads one partition's records in order, from outside: docs in storage/inspect.h. Control records
// are left out. Not thread-safe.
class PartitionCursor {
 public:
  // OUT_OF_RANGE, with both ends, if the start is an offset outside of the log.
  static absl::StatusOr<PartitionCursor> Open(FileSystem* file_system,
                                              const PartitionDirectory& directory,
                                              const StartPosition& start, Isolation isolation);

  const TopicPartition& topic_partition() const { return partition_->topic_partition(); }
  Offset next_offset() const { return next_offset_; }

  // Ends the reading at what is the log's end now.
  void StopAtEnd();

  // Passes the records of the next piece of the log to `visit`, until that returns false. Returns
  // false if there is nothing to read, for now or, after StopAtEnd, for good. Errors of
  // ReadOnlyPartition::Read; DATA_LOSS for a batch that cannot be decoded.
  absl::StatusOr<bool> Advance(absl::FunctionRef<bool(const RecordView&)> visit);

 private:
  PartitionCursor(std::unique_ptr<ReadOnlyPartition> partition, Isolation isolation)
      : partition_(std::move(partition)), isolation_(isolation) {}

  absl::Status MoveTo(const StartPosition& start);
  // What the reader has the log end at.
  absl::StatusOr<Offset> FindEnd();
  absl::StatusOr<bool> VisitBatch(const RecordBatchView& batch,
                                  absl::FunctionRef<bool(const RecordView&)> visit);

  std::unique_ptr<ReadOnlyPartition> partition_;
  Isolation isolation_;
  Offset next_offset_;
  absl::optional<Offset> end_offset_;
  std::string batches_;  // Kept for its memory.
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_PARTITION_CURSOR_H_
