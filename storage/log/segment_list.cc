#include "storage/log/segment_list.h"

#include <iterator>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/status_macros.h"

namespace tidemark {

SegmentList::SegmentList(const std::vector<std::shared_ptr<Segment>>& segments) {
  for (const auto& segment : segments) segments_[segment->base_offset()] = segment;
}

PinnedSegment SegmentList::Floor(Offset offset) const {
  MutexLock lock(&mutex_);
  const auto above = segments_.upper_bound(offset);
  if (above == segments_.begin()) return {};
  const std::shared_ptr<Segment>& segment = std::prev(above)->second;
  return {segment, segment->pin()};
}

PinnedSegment SegmentList::Higher(Offset offset) const {
  MutexLock lock(&mutex_);
  const auto above = segments_.upper_bound(offset);
  if (above == segments_.end()) return {};
  return {above->second, above->second->pin()};
}

std::shared_ptr<Segment> SegmentList::First() const {
  MutexLock lock(&mutex_);
  return segments_.begin()->second;
}

std::shared_ptr<Segment> SegmentList::Last() const {
  MutexLock lock(&mutex_);
  return segments_.rbegin()->second;
}

std::vector<std::shared_ptr<Segment>> SegmentList::From(Offset offset) const {
  MutexLock lock(&mutex_);
  auto it = segments_.upper_bound(offset);
  if (it != segments_.begin()) --it;
  std::vector<std::shared_ptr<Segment>> found;
  for (; it != segments_.end(); ++it) found.push_back(it->second);
  return found;
}

std::vector<std::shared_ptr<Segment>> SegmentList::TakeBelow(Offset offset) {
  MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Segment>> taken;
  while (segments_.size() > 1 && std::next(segments_.begin())->first <= offset) {
    taken.push_back(std::move(segments_.begin()->second));
    segments_.erase(segments_.begin());
  }
  return taken;
}

void SegmentList::Add(std::shared_ptr<Segment> segment) {
  MutexLock lock(&mutex_);
  TM_CHECK(segments_.empty() || segments_.rbegin()->first < segment->base_offset());
  segments_.emplace(segment->base_offset(), std::move(segment));
}

std::shared_ptr<Segment> SegmentList::RemoveLast() {
  MutexLock lock(&mutex_);
  const auto last = std::prev(segments_.end());
  std::shared_ptr<Segment> segment = std::move(last->second);
  segments_.erase(last);
  return segment;
}

void SegmentList::ReplaceLast(std::shared_ptr<Segment> segment) {
  MutexLock lock(&mutex_);
  TM_CHECK(segments_.rbegin()->first == segment->base_offset());
  segments_.rbegin()->second = std::move(segment);
}

void SegmentList::Replace(const std::vector<Offset>& base_offsets,
                          std::shared_ptr<Segment> segment) {
  MutexLock lock(&mutex_);
  TM_CHECK(base_offsets.at(0) == segment->base_offset());
  for (const Offset base_offset : base_offsets) TM_CHECK(segments_.erase(base_offset) == 1);
  segments_.emplace(segment->base_offset(), std::move(segment));
}

absl::StatusOr<bool> SegmentList::ReplaceLastIfUnpinned(
    const std::function<absl::StatusOr<std::shared_ptr<Segment>>()>& work) {
  MutexLock lock(&mutex_);
  std::shared_ptr<Segment>& last = segments_.rbegin()->second;
  if (!last->is_unpinned()) return false;
  TM_ASSIGN_OR_RETURN(std::shared_ptr<Segment> replacement, work());
  TM_CHECK(replacement->base_offset() == last->base_offset());
  last = std::move(replacement);
  return true;
}

int64_t SegmentList::count() const {
  MutexLock lock(&mutex_);
  return static_cast<int64_t>(segments_.size());
}

int64_t SegmentList::TotalBytes() const {
  MutexLock lock(&mutex_);
  int64_t total = 0;
  for (const auto& [base_offset, segment] : segments_) total += segment->size_bytes();
  return total;
}

}  // namespace tidemark
