#include "storage/segment/epoch_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tidemark {

std::string EpochCheck::Check(const RecordBatchView& batch) {
  if (batch.leader_epoch() == kNoLeaderEpoch || batch.last_offset() < log_start_) return "";
  const Offset first_offset = std::max(batch.base_offset(), log_start_);
  while (next_ < entries_.size() && entries_[next_].start_offset <= first_offset) ++next_;
  if (next_ == 0) {
    return absl::StrCat("the batch at offset ", batch.base_offset().value(), " has leader epoch ",
                        batch.leader_epoch().value(), ", but no epoch starts at or below it");
  }
  const LeaderEpochEntry& entry = entries_[next_ - 1];
  if (entry.epoch != batch.leader_epoch()) {
    return absl::StrCat("the batch at offset ", batch.base_offset().value(), " has leader epoch ",
                        batch.leader_epoch().value(), " in the range of epoch ",
                        entry.epoch.value(), ", which starts at offset ",
                        entry.start_offset.value());
  }
  if (next_ < entries_.size() && entries_[next_].start_offset <= batch.last_offset()) {
    return absl::StrCat("epoch ", entries_[next_].epoch.value(), " starts at offset ",
                        entries_[next_].start_offset.value(), ", inside the batch of epoch ",
                        batch.leader_epoch().value(), " at offset ", batch.base_offset().value());
  }
  return "";
}

}  // namespace tidemark
