#include "storage/inspect/log_walker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/status_macros.h"
#include "storage/format/record_batch_layout.h"
#include "storage/inspect/index_lookup.h"

namespace tidemark {

namespace {

constexpr size_t kHeaderBytes = record_batch_layout::kHeaderBytes;

absl::StatusOr<std::string> ReadHeader(File* file, FilePosition position) {
  std::string header(kHeaderBytes, '\0');
  TM_ASSIGN_OR_RETURN(const int64_t read_bytes,
                      file->Read(position.value(), absl::MakeSpan(header)));
  header.resize(static_cast<size_t>(read_bytes));
  return header;
}

absl::Status PlaceIsGone() {
  return absl::AbortedError("the log was cut or deleted while it was being read");
}

}  // namespace

absl::Status LogWalker::Damage(absl::string_view reason) const {
  return absl::DataLossError(absl::StrCat(
      SegmentPath(place_->directory, segment_base_offset_, SegmentFileKind::kLog), ": position ",
      scanner_->position().value(), ", offset ", next_offset_.value(), ": ", reason));
}

absl::Status LogWalker::Open(FilePosition position) {
  absl::StatusOr<std::unique_ptr<File>> file = file_system_->Open(
      SegmentPath(place_->directory, segment_base_offset_, SegmentFileKind::kLog), OpenMode::kRead);
  is_swapping_ = absl::IsNotFound(file.status());
  if (is_swapping_) {
    file = file_system_->Open(
        SwapPath(place_->directory, segment_base_offset_, SegmentFileKind::kLog), OpenMode::kRead);
  }
  if (absl::IsNotFound(file.status())) return PlaceIsGone();
  TM_RETURN_IF_ERROR(file.status());
  TM_ASSIGN_OR_RETURN(SegmentScanner scanner, SegmentScanner::Create(file->get(), position));
  scanner_ = std::move(scanner);
  file_ = *std::move(file);
  return absl::OkStatus();
}

absl::Status LogWalker::MoveToSegment(Offset base_offset) {
  segment_base_offset_ = base_offset;
  next_offset_ = std::max(next_offset_, base_offset);
  last_batch_header_.clear();
  return Open(FilePosition(0));
}

absl::Status LogWalker::StartAt(Offset segment_base_offset, absl::optional<Offset> near) {
  next_offset_ = segment_base_offset;
  judged_tail_.clear();
  TM_RETURN_IF_ERROR(MoveToSegment(segment_base_offset));
  if (!near.has_value()) return absl::OkStatus();
  const FilePosition hint =
      FindIndexedPosition(file_system_, place_->directory, segment_base_offset, *near);
  if (hint == FilePosition(0)) return absl::OkStatus();
  TM_RETURN_IF_ERROR(scanner_->MoveTo(hint));
  TM_ASSIGN_OR_RETURN(const absl::optional<ScannedBatch> batch, scanner_->Next());
  if (!batch.has_value() || !batch->crc.ok() || batch->batch.base_offset() > *near ||
      batch->batch.base_offset() < segment_base_offset) {
    return scanner_->MoveTo(FilePosition(0));  // The index was wrong.
  }
  PutBack(*batch);
  return absl::OkStatus();
}

void LogWalker::PutBack(const ScannedBatch& batch) {
  scanner_->PutBack(batch);
  next_offset_ = batch.batch.base_offset();
  last_batch_header_.clear();
}

std::string LogWalker::FindDiscontinuity(Offset base_offset) const {
  if (base_offset < next_offset_) {
    return absl::StrCat("what follows begins at offset ", base_offset.value(),
                        ", which has been there already");
  }
  if (base_offset > next_offset_ && !are_gaps_allowed_) {
    return absl::StrCat("what follows begins at offset ", base_offset.value(), "; ",
                        base_offset - next_offset_, " offsets are missing");
  }
  return "";
}

absl::StatusOr<absl::optional<ScannedBatch>> LogWalker::NextInSegment() {
  problem_.clear();
  TM_ASSIGN_OR_RETURN(absl::optional<ScannedBatch> batch, scanner_->Next());
  if (!batch.has_value()) {
    const SegmentScanStop stop = scanner_->stop();
    if (stop != SegmentScanStop::kEnd && stop != SegmentScanStop::kZeros) {
      problem_ = scanner_->stop_reason();
    }
    return batch;
  }
  problem_ = batch->crc.ok() ? FindDiscontinuity(batch->batch.base_offset())
                             : std::string(batch->crc.message());
  if (!problem_.empty()) {
    scanner_->PutBack(*batch);
    return absl::optional<ScannedBatch>();
  }
  next_offset_ = batch->batch.next_offset();
  last_batch_position_ = batch->position;
  last_batch_header_ = std::string(batch->batch.bytes().substr(0, kHeaderBytes));
  return batch;
}

absl::Status LogWalker::Reopen() {
  const FilePosition position = scanner_->position();
  TM_RETURN_IF_ERROR(Open(position));
  if (position.value() > scanner_->file_size_bytes()) return PlaceIsGone();
  if (last_batch_header_.empty()) return absl::OkStatus();
  TM_ASSIGN_OR_RETURN(const std::string header, ReadHeader(file_.get(), last_batch_position_));
  return header == last_batch_header_ ? absl::OkStatus() : PlaceIsGone();
}

absl::Status LogWalker::JudgeTail() {
  const FilePosition position = scanner_->position();
  TM_ASSIGN_OR_RETURN(const std::string header, ReadHeader(file_.get(), position));
  if (!header.empty() && header == judged_tail_) return absl::OkStatus();
  const std::string reason = problem_.empty() ? scanner_->stop_reason() : problem_;
  const Offset synced_offset =
      CheckpointedOffset(file_system_, *place_, kRecoveryPointCheckpointName);
  if (next_offset_ < synced_offset) {
    return Damage(absl::StrCat(reason, "; everything below offset ", synced_offset.value(),
                               " was on stable storage"));
  }
  TM_ASSIGN_OR_RETURN(const bool is_inside, scanner_->SkipToNextBatch(next_offset_));
  const FilePosition next_position = scanner_->position();
  TM_RETURN_IF_ERROR(scanner_->MoveTo(position));
  if (is_inside) {
    return Damage(
        absl::StrCat(reason, "; a valid batch follows at position ", next_position.value()));
  }
  judged_tail_ = header;
  return absl::OkStatus();
}

absl::StatusOr<bool> LogWalker::SkipDamage(Offset offset) {
  const FilePosition position = scanner_->position();
  TM_RETURN_IF_ERROR(scanner_->LookAgain());
  TM_ASSIGN_OR_RETURN(const bool is_inside, scanner_->SkipToNextBatch(next_offset_));
  if (is_inside) {
    TM_ASSIGN_OR_RETURN(const absl::optional<ScannedBatch> batch, scanner_->Next());
    if (batch.has_value() && batch->batch.base_offset() <= offset) {
      PutBack(*batch);
      return true;
    }
  }
  TM_RETURN_IF_ERROR(scanner_->MoveTo(position));
  return false;
}

absl::StatusOr<absl::optional<ScannedBatch>> LogWalker::Next() {
  for (;;) {
    TM_ASSIGN_OR_RETURN(absl::optional<ScannedBatch> batch, NextInSegment());
    if (batch.has_value()) return batch;
    // What stands here counts as it is now, after a look at which segments there are: a segment
    // behind this one means that nothing more will come here.
    TM_ASSIGN_OR_RETURN(const std::vector<Offset> segments,
                        ListSegments(file_system_, place_->directory));
    auto segment = std::find(segments.begin(), segments.end(), segment_base_offset_);
    if (segment == segments.end()) return PlaceIsGone();
    TM_RETURN_IF_ERROR(Reopen());
    TM_ASSIGN_OR_RETURN(batch, NextInSegment());
    if (batch.has_value()) return batch;
    ++segment;
    while (is_swapping_ && segment != segments.end() && *segment < next_offset_) ++segment;
    if (segment != segments.end()) {
      if (problem_.empty()) problem_ = FindDiscontinuity(*segment);
      if (!problem_.empty()) return Damage(problem_);
      TM_RETURN_IF_ERROR(MoveToSegment(*segment));
      continue;
    }
    if (problem_.empty() && scanner_->stop() == SegmentScanStop::kEnd) return batch;
    const absl::Status verdict = JudgeTail();
    if (verdict.ok()) return batch;
    // A batch that was being written a moment ago may be whole by now.
    TM_RETURN_IF_ERROR(scanner_->LookAgain());
    TM_ASSIGN_OR_RETURN(batch, NextInSegment());
    if (batch.has_value()) return batch;
    return verdict;
  }
}

}  // namespace tidemark
