#ifndef TIDEMARK_API_FETCHED_RECORDS_H_
#define TIDEMARK_API_FETCHED_RECORDS_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "storage/log.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// Records that were read from one partition, in the order of their offsets.
//
// Owns their bytes: the views of its records are valid for as long as it lives, moved or not,
// whatever happens to the partition meanwhile. While it lives, the disk space of deleted segments
// that it looks into is not given back. Reading from several threads is safe.
class FetchedRecords {
 public:
  using const_iterator = std::vector<RecordView>::const_iterator;

  // Where the partition stood when it was read.
  struct Position {
    Offset next_offset;     // Where to read on. Above the last record, perhaps by more than 1.
    Offset log_start;       // The first offset that can be read.
    Offset high_watermark;  // Behind the last one that can be read under kReadUncommitted.
  };

  // Empty, at `position`.
  explicit FetchedRecords(const Position& position) : position_(position) {}

  const_iterator begin() const { return records_.begin(); }
  const_iterator end() const { return records_.end(); }
  size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty(); }
  const RecordView& operator[](size_t index) const { return records_[index]; }
  const RecordView& front() const { return records_.front(); }
  const RecordView& back() const { return records_.back(); }

  Offset next_offset() const { return position_.next_offset; }
  Offset log_start() const { return position_.log_start; }
  Offset high_watermark() const { return position_.high_watermark; }

  FetchedRecords(FetchedRecords&&) = default;
  FetchedRecords& operator=(FetchedRecords&&) = default;

 private:
  friend class RecordFetcher;

  Position position_;
  std::vector<RecordView> records_;
  std::vector<RecordReader> readers_;  // Own what was decompressed.
  std::shared_ptr<const void> pin_;    // Keeps what was not.
};

}  // namespace tidemark

#endif  // TIDEMARK_API_FETCHED_RECORDS_H_
