#include "storage/log/leader_epoch_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/base/check.h"

namespace tidemark {

LeaderEpochCache::LeaderEpochCache(std::vector<LeaderEpochEntry> entries)
    : entries_(std::move(entries)) {
  for (size_t i = 1; i < entries_.size(); ++i) {
    TM_CHECK(entries_[i - 1].epoch < entries_[i].epoch);
    TM_CHECK(entries_[i - 1].start_offset < entries_[i].start_offset);
  }
}

absl::optional<LeaderEpoch> LeaderEpochCache::latest_epoch() const {
  if (entries_.empty()) return absl::nullopt;
  return entries_.back().epoch;
}

absl::optional<LeaderEpoch> LeaderEpochCache::EpochAt(Offset offset) const {
  const auto above = std::upper_bound(
      entries_.begin(), entries_.end(), offset,
      [](Offset asked, const LeaderEpochEntry& entry) { return asked < entry.start_offset; });
  if (above == entries_.begin()) return absl::nullopt;
  return std::prev(above)->epoch;
}

bool LeaderEpochCache::Assign(LeaderEpoch epoch, Offset start_offset) {
  if (epoch < LeaderEpoch(0)) return false;
  if (!entries_.empty() && epoch <= entries_.back().epoch) return false;
  TruncateFromEnd(start_offset);
  entries_.push_back({epoch, start_offset});
  return true;
}

absl::optional<EpochEndOffset> LeaderEpochCache::EndOffsetFor(LeaderEpoch epoch,
                                                              Offset log_end) const {
  const auto above = std::upper_bound(
      entries_.begin(), entries_.end(), epoch,
      [](LeaderEpoch asked, const LeaderEpochEntry& entry) { return asked < entry.epoch; });
  if (above == entries_.begin()) return absl::nullopt;
  return EpochEndOffset{std::prev(above)->epoch,
                        above == entries_.end() ? log_end : above->start_offset};
}

bool LeaderEpochCache::TruncateFromStart(Offset log_start) {
  const auto above = std::upper_bound(
      entries_.begin(), entries_.end(), log_start,
      [](Offset start, const LeaderEpochEntry& entry) { return start < entry.start_offset; });
  if (above == entries_.begin()) return false;
  const auto current = std::prev(above);
  if (current == entries_.begin() && current->start_offset == log_start) return false;
  current->start_offset = log_start;
  entries_.erase(entries_.begin(), current);
  return true;
}

bool LeaderEpochCache::TruncateFromEnd(Offset log_end) {
  const size_t before = entries_.size();
  while (!entries_.empty() && entries_.back().start_offset >= log_end) entries_.pop_back();
  return entries_.size() != before;
}

bool LeaderEpochCache::TruncateBehind(Offset log_end) {
  const size_t before = entries_.size();
  while (!entries_.empty() && entries_.back().start_offset > log_end) entries_.pop_back();
  return entries_.size() != before;
}

}  // namespace tidemark
