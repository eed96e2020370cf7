#ifndef TIDEMARK_STORAGE_INDEX_SEGMENT_INDEX_H_
#define TIDEMARK_STORAGE_INDEX_SEGMENT_INDEX_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "storage/format/index_entry.h"
#include "storage/index/append_only_vector.h"
#include "storage/types.h"

namespace tidemark {

// A batch as the indexes see it.
struct IndexedBatch {
  Offset last_offset;
  FilePosition position;
  int64_t size_bytes = 0;
  Timestamp max_timestamp;
};

// The largest timestamp of a segment and the offset that it was seen at, read as one value.
struct MaxTimestamp {
  Timestamp timestamp = kNoTimestamp;
  Offset offset{-1};
};

// The sparse offset index and time index of one segment, in memory, whether it is being written or
// was loaded from its files. Which batches get an entry is Kafka's rule:
// docs/format/offset_index.md.
//
// One writer, which calls Add; any number of readers, which take no lock.
class SegmentIndex {
 public:
  // Of either kind.
  static constexpr int64_t kEntriesMax = AppendOnlyVector<OffsetIndexEntry>::kSizeMax;

  SegmentIndex(Offset base_offset, int64_t index_interval_bytes)
      : base_offset_(base_offset), index_interval_bytes_(index_interval_bytes) {}

  // Takes note of a batch appended to the segment, in order; perhaps adds an entry for it.
  void Add(const IndexedBatch& batch);

  // Adds a time index entry for the largest timestamp, if it has none: at a roll and at close.
  void CompleteTimeIndex();

  // Puts back an entry read from a file. The caller has checked it; entries rise.
  void RestoreOffsetEntry(const OffsetIndexEntry& entry) { offsets_.PushBack(entry); }
  void RestoreTimeEntry(const TimeIndexEntry& entry);

  // Where to start looking for `offset`: at the last entry that is not above it, else at 0.
  FilePosition Lookup(Offset offset) const;
  // That entry; absent for 0.
  absl::optional<OffsetIndexEntry> LookupEntry(Offset offset) const;

  // The last entry that is earlier than `timestamp`: no record up to its offset is that late, and
  // its timestamp is the largest of the batch that holds its offset. Without one, kNoTimestamp and
  // the base offset.
  MaxTimestamp LookupTimestamp(Timestamp timestamp) const;

  // True if one more entry would make a file larger than `bytes_max`.
  bool IsFull(int64_t bytes_max) const;

  // True if a batch that ends with `last_offset` and stands at `position` fits in an index entry of
  // this segment: both have 31 bits.
  bool CanHold(Offset last_offset, FilePosition position) const;

  int64_t offset_entry_count() const { return offsets_.size(); }
  int64_t time_entry_count() const { return times_.size(); }
  const OffsetIndexEntry& offset_entry(int64_t i) const { return offsets_[i]; }
  const TimeIndexEntry& time_entry(int64_t i) const { return times_[i]; }
  Offset base_offset() const { return base_offset_; }

  // Of all batches added or restored. For the writer.
  const MaxTimestamp& max_timestamp() const { return max_timestamp_; }

  // Same entries. For the writer.
  friend bool operator==(const SegmentIndex& a, const SegmentIndex& b);

  int64_t MemoryBytes() const {
    return offsets_.size() * static_cast<int64_t>(sizeof(OffsetIndexEntry)) +
           times_.size() * static_cast<int64_t>(sizeof(TimeIndexEntry));
  }

 private:
  RelativeOffset Relative(Offset offset) const {
    return RelativeOffset(static_cast<int32_t>(offset - base_offset_));
  }

  const Offset base_offset_;
  const int64_t index_interval_bytes_;
  AppendOnlyVector<OffsetIndexEntry> offsets_;
  AppendOnlyVector<TimeIndexEntry> times_;
  int64_t bytes_since_entry_ = 0;
  MaxTimestamp max_timestamp_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INDEX_SEGMENT_INDEX_H_
