#ifndef TIDEMARK_STORAGE_COMPACTION_CLEANABLE_LOG_H_
#define TIDEMARK_STORAGE_COMPACTION_CLEANABLE_LOG_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/retain_decision.h"
#include "storage/env.h"
#include "storage/format/index_entry.h"
#include "storage/types.h"

namespace tidemark {

// A log at one moment.
struct CleanableState {
  Offset log_start;
  // Not above the high watermark, nor above the first segment that is not finished: what the log
  // would not replace now.
  Offset last_stable;
  Offset log_end;
  // In order; the last one is active. Index sizes and first timestamps need not be filled in.
  std::vector<CompactionSegment> segments;
};

// A finished segment in files that end in ".cleaned": .log, .index, .timeindex and perhaps
// .txnindex, in the log's directory, their bytes on stable storage and their names not.
struct CleanedSegment {
  Offset base_offset;
  int64_t size_bytes = 0;
  bool has_transaction_index = false;
};

// What compaction needs of a log. Every call may be made while others append, read, truncate and
// move the log start.
class CleanableLog {
 public:
  virtual ~CleanableLog() = default;

  virtual const TopicPartition& topic_partition() const = 0;
  virtual const std::string& directory() const = 0;

  virtual absl::StatusOr<CleanableState> Look() const = 0;

  // A sealed segment's .log file, for reading. ABORTED if there is no such segment any more.
  virtual absl::StatusOr<std::shared_ptr<File>> OpenSegment(Offset base_offset) const = 0;

  // The aborted transactions with a record in [start, end), which are below the last stable offset.
  virtual absl::StatusOr<std::vector<TransactionIndexEntry>> AbortedTransactions(
      Offset start, Offset end) const = 0;

  // What must stay for the checks of the producers' next batches.
  virtual absl::StatusOr<LastProducerRecords> LastRecordsOfProducers() const = 0;

  // Puts the cleaned segment in the place of `covered`, sealed ones and neighbours, as Look has
  // told them. On stable storage on return; a crash leaves the old ones or the new one, or what the
  // next opening makes into one of them. ABORTED if one of them is there no more, or was truncated;
  // nothing has changed then. Once another error has come, it may be that only the next opening can
  // go on: FAILED_PRECONDITION until then.
  virtual absl::Status ReplaceSegments(absl::Span<const CompactionSegment> covered,
                                       const CleanedSegment& cleaned) = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_CLEANABLE_LOG_H_
