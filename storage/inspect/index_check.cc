#include "storage/inspect/index_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tidemark {

void OffsetIndexCheck::Report(std::string message) {
  sink_(FilePosition(static_cast<int64_t>(next_) * OffsetIndexEntry::kBytes), std::move(message));
}

void OffsetIndexCheck::Add(FilePosition position, const RecordBatchView& batch) {
  for (; next_ < entries_.size(); ++next_, is_position_found_ = false) {
    const OffsetIndexEntry& entry = entries_[next_];
    const Offset offset = base_offset_ + entry.relative_offset.value();
    is_position_found_ = is_position_found_ || entry.position == position;
    if (offset > batch.last_offset()) {
      // Its batch is still to come; where it points to may be this one, or behind.
      if (is_position_found_ || entry.position > position) return;
      Report(absl::StrCat("offset ", offset.value(), " leads to position ", entry.position.value(),
                          ", where no batch begins"));
      continue;
    }
    if (offset < batch.base_offset() || (offset < batch.last_offset() && !are_gaps_allowed_)) {
      Report(absl::StrCat("offset ", offset.value(), " is not the last of a batch"));
    } else if (!is_position_found_) {
      Report(absl::StrCat("offset ", offset.value(), " leads to position ", entry.position.value(),
                          "; its batch begins at ", position.value()));
    }
  }
}

void TimeIndexCheck::Report(std::string message) {
  sink_(FilePosition(static_cast<int64_t>(next_) * TimeIndexEntry::kBytes), std::move(message));
}

void TimeIndexCheck::Add(const RecordBatchView& batch) {
  for (; next_ < entries_.size(); ++next_) {
    const TimeIndexEntry& entry = entries_[next_];
    const Offset offset = base_offset_ + entry.relative_offset.value();
    if (offset > batch.last_offset()) break;
    if (offset < batch.base_offset()) {
      Report(absl::StrCat("offset ", offset.value(), " is in no batch"));
    } else if (entry.timestamp != batch.max_timestamp()) {
      Report(absl::StrCat("timestamp ", entry.timestamp.value(), " for the batch with offset ",
                          offset.value(), ", whose largest is ", batch.max_timestamp().value()));
    } else if (entry.timestamp < largest_) {
      Report(absl::StrCat("timestamp ", entry.timestamp.value(), " at offset ", offset.value(),
                          ", but an earlier batch has ", largest_.value()));
    }
  }
  largest_ = std::max(largest_, batch.max_timestamp());
}

bool TimeIndexCheck::LacksLargest() const {
  return largest_ > (entries_.empty() ? kNoTimestamp : entries_.back().timestamp);
}

}  // namespace tidemark
