#include "storage/compaction/compaction_policy.h"

#include <algorithm>
#include <limits>

#include "storage/base/check.h"

namespace tidemark {
namespace {

using Segments = absl::Span<const CompactionSegment>;

// The segments from the one that holds `from` on, without the active one.
Segments SealedFrom(Segments segments, Offset from) {
  if (from >= segments.back().base_offset) return {};
  segments.remove_suffix(1);
  while (segments.size() > 1 && segments[1].base_offset <= from) segments.remove_prefix(1);
  return segments;
}

// now - lag, or the beginning of time.
Timestamp Before(Timestamp now, absl::Duration lag) {
  const int64_t lag_ms = absl::ToInt64Milliseconds(std::max(lag, absl::ZeroDuration()));
  int64_t before;
  if (__builtin_sub_overflow(now.value(), lag_ms, &before)) {
    before = std::numeric_limits<int64_t>::min();
  }
  return Timestamp(before);
}

int64_t SizeOf(Segments segments, Offset end) {
  int64_t size_bytes = 0;
  for (const CompactionSegment& segment : segments) {
    if (segment.base_offset < end) size_bytes += segment.size_bytes;
  }
  return size_bytes;
}

Offset FirstUncleanable(const CompactionInput& input, const CompactionConfig& config,
                        Offset first_dirty, Timestamp now) {
  const Offset active_base = input.segments.back().base_offset;
  Offset bound = std::min(input.last_stable, active_base);
  if (config.lag_min > absl::ZeroDuration()) {
    const Timestamp youngest = Before(now, config.lag_min);
    for (const CompactionSegment& segment : SealedFrom(input.segments, first_dirty)) {
      if (segment.largest_timestamp > youngest) {
        bound = std::min(bound, segment.base_offset);
        break;
      }
    }
  }
  bound = std::max(bound, first_dirty);
  if (bound >= active_base) return active_base;
  const Segments rest = SealedFrom(input.segments, bound);
  return rest.empty() ? active_base : rest.front().base_offset;
}

absl::Duration Overdue(Segments segments, const CompactionConfig& config, Offset first_dirty,
                       Timestamp now) {
  if (config.lag_max == absl::InfiniteDuration()) return absl::ZeroDuration();
  const Timestamp until = Before(now, config.lag_max);
  Timestamp earliest = until;
  for (const CompactionSegment& segment : SealedFrom(segments, first_dirty)) {
    if (segment.first_timestamp > Timestamp(0)) {
      earliest = std::min(earliest, segment.first_timestamp);
    }
  }
  return absl::Milliseconds(until - earliest);
}

}  // namespace

CompactionPlan PlanCompaction(const CompactionInput& input, const CompactionConfig& config,
                              Timestamp now) {
  TM_CHECK(!input.segments.empty());
  CompactionPlan plan;
  plan.first_dirty = input.checkpoint.value_or(input.log_start);
  if (plan.first_dirty < input.log_start || plan.first_dirty > input.log_end) {
    plan.first_dirty = input.log_start;
    plan.is_checkpoint_invalid = true;
  }
  plan.first_uncleanable = FirstUncleanable(input, config, plan.first_dirty, now);
  plan.clean_bytes = SizeOf(input.segments, plan.first_dirty);
  if (plan.first_dirty < plan.first_uncleanable) {
    plan.cleanable_bytes =
        SizeOf(SealedFrom(input.segments, plan.first_dirty), plan.first_uncleanable);
  }
  const int64_t total_bytes = plan.clean_bytes + plan.cleanable_bytes;
  if (total_bytes > 0) {
    plan.dirty_ratio = static_cast<double>(plan.cleanable_bytes) / static_cast<double>(total_bytes);
  }
  plan.overdue = Overdue(input.segments, config, plan.first_dirty, now);
  return plan;
}

bool IsDue(const CompactionPlan& plan, const CompactionConfig& config) {
  if (plan.cleanable_bytes == 0) return false;
  return plan.overdue > absl::ZeroDuration() || plan.dirty_ratio > config.dirty_ratio_min;
}

absl::optional<size_t> PickDirtiest(absl::Span<const CompactionCandidate> candidates) {
  absl::optional<size_t> dirtiest;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const CompactionPlan& plan = candidates[i].plan;
    if (!IsDue(plan, *candidates[i].config)) continue;
    if (!dirtiest.has_value() || plan.dirty_ratio > candidates[*dirtiest].plan.dirty_ratio) {
      dirtiest = i;
    }
  }
  return dirtiest;
}

std::vector<absl::Span<const CompactionSegment>> GroupSegments(Segments segments, Offset end,
                                                               Offset first_uncleanable,
                                                               const CompactionConfig& config) {
  while (!segments.empty() && segments.back().base_offset >= end) segments.remove_suffix(1);
  std::vector<Segments> groups;
  while (!segments.empty()) {
    const Offset base_offset = segments[0].base_offset;
    int64_t size_bytes = segments[0].size_bytes;
    int64_t offset_index_bytes = segments[0].offset_index_bytes;
    int64_t time_index_bytes = segments[0].time_index_bytes;
    size_t count = 1;
    for (; count < segments.size(); ++count) {
      const CompactionSegment& next = segments[count];
      size_bytes += next.size_bytes;
      offset_index_bytes += next.offset_index_bytes;
      time_index_bytes += next.time_index_bytes;
      const Offset next_end =
          count + 1 < segments.size() ? segments[count + 1].base_offset : first_uncleanable;
      const bool fits = size_bytes <= config.segment_bytes_max &&
                        offset_index_bytes <= config.segment_index_bytes_max &&
                        time_index_bytes <= config.segment_index_bytes_max &&
                        (next.size_bytes == 0 || next_end - 1 - base_offset <=
                                                     int64_t{std::numeric_limits<int32_t>::max()});
      if (!fits) break;
    }
    groups.push_back(segments.subspan(0, count));
    segments.remove_prefix(count);
  }
  return groups;
}

}  // namespace tidemark
