#ifndef TIDEMARK_STORAGE_INSPECT_INDEX_CHECK_H_
#define TIDEMARK_STORAGE_INSPECT_INDEX_CHECK_H_

// The entries of a segment's indexes against its batches, which are shown to the checks in order.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "storage/format/index_entry.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// Told where in the index file an entry is wrong, and how.
using IndexProblemSink = std::function<void(FilePosition position, std::string message)>;

// An entry names the last offset of a batch and where that batch, or an earlier one that was
// appended together with it, begins. Compaction may have taken the last record of that batch: where
// gaps are allowed any offset in it will do.
class OffsetIndexCheck {
 public:
  OffsetIndexCheck(Offset base_offset, bool are_gaps_allowed, std::vector<OffsetIndexEntry> entries,
                   IndexProblemSink sink)
      : base_offset_(base_offset),
        are_gaps_allowed_(are_gaps_allowed),
        entries_(std::move(entries)),
        sink_(std::move(sink)) {}

  void Add(FilePosition position, const RecordBatchView& batch);

  // How many entries lie behind the last batch.
  int64_t rest_count() const { return static_cast<int64_t>(entries_.size() - next_); }

 private:
  void Report(std::string message);

  const Offset base_offset_;
  const bool are_gaps_allowed_;
  const std::vector<OffsetIndexEntry> entries_;
  const IndexProblemSink sink_;
  size_t next_ = 0;
  bool is_position_found_ = false;  // Of entries_[next_].
};

// An entry names an offset in a batch, and that batch's largest timestamp, to which no earlier
// batch of the segment comes up.
class TimeIndexCheck {
 public:
  TimeIndexCheck(Offset base_offset, std::vector<TimeIndexEntry> entries, IndexProblemSink sink)
      : base_offset_(base_offset), entries_(std::move(entries)), sink_(std::move(sink)) {}

  void Add(const RecordBatchView& batch);

  int64_t rest_count() const { return static_cast<int64_t>(entries_.size() - next_); }

  // Whether a batch is later than every entry.
  bool LacksLargest() const;

 private:
  void Report(std::string message);

  const Offset base_offset_;
  const std::vector<TimeIndexEntry> entries_;
  const IndexProblemSink sink_;
  size_t next_ = 0;
  Timestamp largest_ = kNoTimestamp;  // Of the batches so far.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_INDEX_CHECK_H_
