#include "storage/index/segment_index.h"

#include <limits>

#include "storage/base/check.h"

namespace tidemark {
namespace {

// The number of leading elements for which `holds` is true; it is true for a prefix.
template <typename T, typename Predicate>
int64_t CountWhile(const AppendOnlyVector<T>& elements, Predicate holds) {
  int64_t low = 0;
  int64_t high = elements.size();
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (holds(elements[middle])) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

template <typename T>
bool SameElements(const AppendOnlyVector<T>& a, const AppendOnlyVector<T>& b) {
  if (a.size() != b.size()) return false;
  for (int64_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace

bool operator==(const SegmentIndex& a, const SegmentIndex& b) {
  return SameElements(a.offsets_, b.offsets_) && SameElements(a.times_, b.times_);
}

void SegmentIndex::Add(const IndexedBatch& batch) {
  TM_CHECK(CanHold(batch.last_offset, batch.position));
  if (batch.max_timestamp > max_timestamp_.timestamp) {
    max_timestamp_ = {batch.max_timestamp, batch.last_offset};
  }
  if (bytes_since_entry_ > index_interval_bytes_) {
    offsets_.PushBack({Relative(batch.last_offset), batch.position});
    CompleteTimeIndex();
    bytes_since_entry_ = 0;
  }
  bytes_since_entry_ += batch.size_bytes;
}

void SegmentIndex::CompleteTimeIndex() {
  if (max_timestamp_.timestamp == kNoTimestamp) return;
  const int64_t count = times_.size();
  if (count > 0 && times_[count - 1].timestamp >= max_timestamp_.timestamp) return;
  times_.PushBack({max_timestamp_.timestamp, Relative(max_timestamp_.offset)});
}

void SegmentIndex::RestoreTimeEntry(const TimeIndexEntry& entry) {
  times_.PushBack(entry);
  max_timestamp_ = {entry.timestamp, base_offset_ + entry.relative_offset.value()};
}

FilePosition SegmentIndex::Lookup(Offset offset) const {
  const absl::optional<OffsetIndexEntry> entry = LookupEntry(offset);
  return entry.has_value() ? entry->position : FilePosition(0);
}

absl::optional<OffsetIndexEntry> SegmentIndex::LookupEntry(Offset offset) const {
  const int64_t distance = offset - base_offset_;
  const int64_t count = CountWhile(offsets_, [&](const OffsetIndexEntry& entry) {
    return entry.relative_offset.value() <= distance;
  });
  if (count == 0) return absl::nullopt;
  return offsets_[count - 1];
}

MaxTimestamp SegmentIndex::LookupTimestamp(Timestamp timestamp) const {
  const int64_t count =
      CountWhile(times_, [&](const TimeIndexEntry& entry) { return entry.timestamp < timestamp; });
  if (count == 0) return {kNoTimestamp, base_offset_};
  const TimeIndexEntry& entry = times_[count - 1];
  return {entry.timestamp, base_offset_ + entry.relative_offset.value()};
}

bool SegmentIndex::IsFull(int64_t bytes_max) const {
  // Room for the time entry that completing the index may add is kept back.
  return (offsets_.size() + 1) * OffsetIndexEntry::kBytes > bytes_max ||
         (times_.size() + 2) * TimeIndexEntry::kBytes > bytes_max;
}

bool SegmentIndex::CanHold(Offset last_offset, FilePosition position) const {
  constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
  const int64_t distance = last_offset - base_offset_;
  return distance >= 0 && distance <= kMax && position.value() <= kMax;
}

}  // namespace tidemark
