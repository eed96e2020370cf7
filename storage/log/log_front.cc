#include "storage/log/log_front.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "storage/base/status_macros.h"

namespace tidemark {

absl::StatusOr<RemovedSegments> LogFront::MoveUp(Offset offset, absl::Duration remove_delay) {
  const Offset new_start = std::max(offset, start());
  if (new_start > stored_start_) {
    // First, so that nobody reads the old one here and writes it back.
    start_.store(new_start.value(), std::memory_order_release);
    TM_RETURN_IF_ERROR(StoreStart(new_start));
    TM_RETURN_IF_ERROR(parts_.epochs->TruncateFromStart(new_start));
    stored_start_ = new_start;
  }
  const std::vector<std::shared_ptr<Segment>> below =
      parts_.segments->TakeBelow(std::min(new_start, parts_.syncer->first_unfinished()));
  RemovedSegments removed;
  std::vector<Offset> base_offsets;
  for (const std::shared_ptr<Segment>& segment : below) {
    segment->Retire();
    base_offsets.push_back(segment->base_offset());
    ++removed.segment_count;
    removed.size_bytes += segment->size_bytes();
  }
  if (!below.empty()) TM_RETURN_IF_ERROR(parts_.remover->Remove(base_offsets, remove_delay));
  return removed;
}

void LogFront::Lower(Offset offset) {
  start_.store(std::min(start(), offset).value(), std::memory_order_release);
}

absl::Status LogFront::StoreLowered(Offset offset) {
  return offset < stored_start_ ? StoreStart(offset) : absl::OkStatus();
}

void LogFront::Restart(Offset offset) {
  stored_start_ = offset;
  start_.store(offset.value(), std::memory_order_release);
}

absl::Status LogFront::StoreStart(Offset offset) {
  return parts_.store_log_start == nullptr ? absl::OkStatus() : parts_.store_log_start(offset);
}

}  // namespace tidemark
