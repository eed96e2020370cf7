#include "storage/log/log_front.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "storage/base/status_macros.h"

namespace tidemark {

absl::StatusOr<RemovedSegments> LogFront::MoveUp(Offset offset, absl::Duration remove_delay) {
  const Offset new_start = std::max(offset, start());
  // First, so that nobody reads the old one here and writes it back.
  start_.store(new_start.value(), std::memory_order_release);
  absl::Status stored = StoreUp(new_start);
  // A full disk must not keep what would make room.
  if (!stored.ok() && !absl::IsResourceExhausted(stored)) return stored;
  TM_ASSIGN_OR_RETURN(const RemovedSegments removed, RemoveBelow(new_start, remove_delay));
  // The first segment tells the start as well.
  if (!stored.ok() && parts_.segments->First()->base_offset() != new_start) return stored;
  return removed;
}

absl::Status LogFront::StoreUp(Offset new_start) {
  if (new_start <= stored_start_) return absl::OkStatus();
  TM_RETURN_IF_ERROR(StoreStart(new_start));
  TM_RETURN_IF_ERROR(parts_.epochs->TruncateFromStart(new_start));
  stored_start_ = new_start;
  return absl::OkStatus();
}

absl::StatusOr<RemovedSegments> LogFront::RemoveBelow(Offset new_start,
                                                      absl::Duration remove_delay) {
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
  TM_RETURN_IF_ERROR(parts_.remover->Remove(base_offsets, remove_delay));
  return removed;
}

absl::Status LogFront::Keep(absl::Duration remove_delay) {
  if (start() == Offset(0)) return absl::OkStatus();
  const absl::Status stored = StoreStart(start());
  if (!stored.ok() && !absl::IsResourceExhausted(stored)) return stored;
  if (stored.ok()) stored_start_ = start();
  TM_RETURN_IF_ERROR(parts_.remover->Finish(remove_delay));
  return stored;
}

void LogFront::Lower(Offset offset) {
  lowered_from_.store(start().value(), std::memory_order_release);
  start_.store(std::min(start(), offset).value(), std::memory_order_release);
}

void LogFront::TakeBack() {
  start_.store(std::max(start(), stored_start_).value(), std::memory_order_release);
  lowered_from_.store(0, std::memory_order_release);
}

absl::Status LogFront::StoreLowered(Offset offset) {
  // First, so that no checkpoint that begins behind the storing has the old one.
  lowered_from_.store(0, std::memory_order_release);
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
