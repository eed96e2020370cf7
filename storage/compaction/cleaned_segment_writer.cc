#include "storage/compaction/cleaned_segment_writer.h"

#include <cstddef>
#include <limits>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/index/index_file.h"

namespace tidemark {
namespace {

constexpr int64_t kWriteBytes = int64_t{512} << 10;
constexpr int64_t kPositionMax = std::numeric_limits<int32_t>::max();

constexpr SegmentFileKind kKinds[] = {SegmentFileKind::kTransactionIndex,
                                      SegmentFileKind::kTimeIndex, SegmentFileKind::kOffsetIndex,
                                      SegmentFileKind::kLog};

}  // namespace

absl::StatusOr<std::unique_ptr<CleanedSegmentWriter>> CleanedSegmentWriter::Create(
    FileSystem* file_system, absl::string_view directory, Offset base_offset,
    int64_t index_interval_bytes) {
  std::unique_ptr<CleanedSegmentWriter> writer(
      new CleanedSegmentWriter(file_system, directory, base_offset, index_interval_bytes));
  TM_RETURN_IF_ERROR(writer->RemoveFiles());
  TM_ASSIGN_OR_RETURN(writer->file_,
                      file_system->Open(writer->PathOf(SegmentFileKind::kLog), OpenMode::kCreate));
  return writer;
}

CleanedSegmentWriter::CleanedSegmentWriter(FileSystem* file_system, absl::string_view directory,
                                           Offset base_offset, int64_t index_interval_bytes)
    : file_system_(file_system),
      directory_(directory),
      base_offset_(base_offset),
      index_(base_offset, index_interval_bytes) {}

CleanedSegmentWriter::~CleanedSegmentWriter() {
  if (is_released_) return;
  file_.reset();
  // What cannot be removed now is at the next cleaning or opening.
  RemoveFiles().IgnoreError();
}

std::string CleanedSegmentWriter::PathOf(SegmentFileKind kind) const {
  return absl::StrCat(directory_, "/",
                      FormatSegmentFileName({base_offset_, kind, SegmentFileState::kCleaned}));
}

bool CleanedSegmentWriter::IsUntouched() const {
  return file_system_->Stat(PathOf(SegmentFileKind::kLog)).ok();
}

absl::Status CleanedSegmentWriter::RemoveFiles() {
  for (const SegmentFileKind kind : kKinds) {
    const absl::Status status = file_system_->Remove(PathOf(kind));
    if (!status.ok() && !absl::IsNotFound(status)) return status;
  }
  return absl::OkStatus();
}

absl::Status CleanedSegmentWriter::Append(const RecordBatchView& batch) {
  if (size_bytes() + batch.size_bytes() > kPositionMax ||
      !index_.CanHold(batch.last_offset(), FilePosition(size_bytes()))) {
    return absl::OutOfRangeError(absl::StrCat(
        PathOf(SegmentFileKind::kLog), ": with the batch of offset ", batch.base_offset().value(),
        " it would be too large to be indexed; lower segment.bytes"));
  }
  IndexedBatch indexed;
  indexed.last_offset = batch.last_offset();
  indexed.position = FilePosition(size_bytes());
  indexed.size_bytes = batch.size_bytes();
  indexed.max_timestamp = batch.max_timestamp();
  index_.Add(indexed);
  buffer_.append(batch.bytes().data(), batch.bytes().size());
  return static_cast<int64_t>(buffer_.size()) < kWriteBytes ? absl::OkStatus() : WriteOut();
}

void CleanedSegmentWriter::AddAborted(absl::Span<const TransactionIndexEntry> aborted) {
  aborted_.insert(aborted_.end(), aborted.begin(), aborted.end());
}

absl::Status CleanedSegmentWriter::WriteOut() {
  TM_RETURN_IF_ERROR(file_->Write(position_, buffer_));
  position_ += static_cast<int64_t>(buffer_.size());
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status CleanedSegmentWriter::WriteTransactionIndex() {
  std::string bytes(aborted_.size() * static_cast<size_t>(TransactionIndexEntry::kBytes), '\0');
  for (size_t i = 0; i < aborted_.size(); ++i) {
    aborted_[i].Encode(bytes.data() + i * static_cast<size_t>(TransactionIndexEntry::kBytes));
  }
  TM_ASSIGN_OR_RETURN(
      const std::unique_ptr<File> file,
      file_system_->Open(PathOf(SegmentFileKind::kTransactionIndex), OpenMode::kCreate));
  TM_RETURN_IF_ERROR(file->Write(0, bytes));
  return file->Sync();
}

absl::StatusOr<CleanedSegment> CleanedSegmentWriter::Finish() {
  TM_RETURN_IF_ERROR(WriteOut());
  TM_RETURN_IF_ERROR(file_->Sync());
  file_.reset();
  index_.CompleteTimeIndex();
  TM_RETURN_IF_ERROR(StoreIndexFiles(
      file_system_, {PathOf(SegmentFileKind::kOffsetIndex), PathOf(SegmentFileKind::kTimeIndex)},
      index_));
  if (!aborted_.empty()) TM_RETURN_IF_ERROR(WriteTransactionIndex());
  return CleanedSegment{base_offset_, position_, !aborted_.empty()};
}

}  // namespace tidemark
