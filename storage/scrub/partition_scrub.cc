#include "storage/scrub/partition_scrub.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"

namespace tidemark {
namespace {

constexpr size_t kFindingsMax = 100;

template <typename Finding>
void AppendSome(std::vector<Finding>&& from, std::vector<Finding>* to) {
  for (Finding& finding : from) {
    if (to->size() < kFindingsMax) to->push_back(std::move(finding));
  }
}

}  // namespace

PartitionScrub::PartitionScrub(LogToScrub log) : log_(std::move(log)) {
  outcome_.topic_partition = log_.log->topic_partition();
}

int64_t PartitionScrub::Step(int64_t bytes_max) {
  int64_t checked_bytes = 0;
  while (!is_done_ && checked_bytes < bytes_max) {
    if (segment_ == nullptr) {
      if (const absl::Status opened = OpenNext(); !opened.ok()) NoteError(opened);
      continue;
    }
    const absl::StatusOr<int64_t> checked = segment_->Step(bytes_max - checked_bytes);
    if (checked.ok()) {
      checked_bytes += *checked;
      outcome_.checked_bytes += *checked;
    } else if (IsStillThere(segment_id_)) {
      NoteError(Annotate(checked.status(), segment_->segment().path));
    }
    if (segment_->is_done()) FinishSegment();
  }
  return checked_bytes;
}

absl::Status PartitionScrub::OpenNext() {
  const absl::StatusOr<std::vector<SegmentInfo>> segments = log_.log->Segments();
  if (!segments.ok()) {
    is_done_ = true;
    return segments.status();
  }
  const Offset log_start = log_.log->offsets().log_start;
  if (!epochs_.has_value()) epochs_.emplace(log_.log->LeaderEpochs(), log_start);
  next_base_ = std::max(next_base_, log_start);
  for (const SegmentInfo& info : *segments) {
    if (info.end_offset <= next_base_) continue;
    if (!info.is_finished) break;
    const std::string path = absl::StrCat(
        log_.directory, "/", FormatSegmentFileName({info.base_offset, SegmentFileKind::kLog}));
    next_base_ = info.end_offset;
    absl::StatusOr<std::unique_ptr<File>> file = log_.file_system->Open(path, OpenMode::kRead);
    if (!file.ok()) return IsStillThere(info.id) ? file.status() : absl::OkStatus();
    segment_id_ = info.id;
    segment_ = std::make_unique<SegmentScrub>(
        *std::move(file),
        SegmentToScrub{path, info.base_offset, info.end_offset, info.size_bytes, log_.gaps_allowed},
        &*epochs_);
    return absl::OkStatus();
  }
  is_done_ = true;
  return absl::OkStatus();
}

void PartitionScrub::FinishSegment() {
  ++outcome_.checked_segments;
  const bool is_sound = segment_->damaged().empty() && segment_->doubts().empty();
  if (!is_sound && IsStillThere(segment_id_)) {
    AppendSome(std::move(segment_->damaged()), &outcome_.damaged);
    AppendSome(std::move(segment_->doubts()), &outcome_.doubts);
  }
  segment_.reset();
}

bool PartitionScrub::IsStillThere(uint64_t segment_id) const {
  const absl::StatusOr<std::vector<SegmentInfo>> segments = log_.log->Segments();
  return segments.ok() && std::any_of(segments->begin(), segments->end(),
                                      [&](const auto& info) { return info.id == segment_id; });
}

void PartitionScrub::NoteError(const absl::Status& error) {
  if (outcome_.status.ok()) outcome_.status = error;
}

ScrubOutcome PartitionScrub::TakeOutcome(absl::Time now) {
  outcome_.finished = now;
  return std::exchange(outcome_, {});
}

}  // namespace tidemark
