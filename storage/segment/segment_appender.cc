#include "storage/segment/segment_appender.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/error_code.h"
#include "storage/index/index_file.h"

namespace tidemark {
namespace {

constexpr int64_t kPageBytes = 4096;

int64_t RoundUpToPage(int64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

int64_t NextSize(int64_t size_bytes, int64_t end_bytes, int64_t step_bytes_max,
                 int64_t capacity_bytes) {
  TM_CHECK(end_bytes <= capacity_bytes);
  const int64_t step = std::clamp(size_bytes, kGrowthStepBytesMin, step_bytes_max);
  const int64_t wanted = std::max(RoundUpToPage(end_bytes), RoundUpToPage(size_bytes) + step);
  return std::min(wanted, capacity_bytes);
}

// An append's stores are over only when their cache lines have come, and the lock that the caller
// gives back next waits for that: so the lines of the next small batch are asked for now.
void FetchForWriting(const char* place, int64_t length_bytes) {
  constexpr int64_t kLineBytes = 64;
  constexpr int64_t kFetchedBytesMax = 1024;
  const int64_t end = std::min(length_bytes, kFetchedBytesMax);
  for (int64_t i = 0; i < end; i += kLineBytes) __builtin_prefetch(place + i, 1);
}

}  // namespace

int64_t NextFileSize(int64_t file_size_bytes, int64_t end_bytes, int64_t capacity_bytes) {
  return NextSize(file_size_bytes, end_bytes, kGrowthStepBytesMax, capacity_bytes);
}

SegmentAppender::SegmentAppender(const SegmentEnvironment& environment,
                                 std::shared_ptr<Segment> segment,
                                 std::shared_ptr<SegmentIndex> index, int64_t capacity_bytes,
                                 Timestamp first_timestamp, absl::Duration jitter)
    : environment_(environment),
      segment_(std::move(segment)),
      index_(std::move(index)),
      capacity_bytes_(capacity_bytes),
      jitter_(jitter),
      first_timestamp_(first_timestamp),
      position_(segment_->size_bytes()),
      file_bytes_(position_),
      prepared_bytes_(position_) {
  segment_->SetLiveIndex(index_);
}

void SegmentAppender::Append(absl::string_view batch, Offset last_offset, Timestamp max_timestamp) {
  const auto size = static_cast<int64_t>(batch.size());
  TM_CHECK(size <= room_bytes());
  char* const place = region_->data() + position_;
  std::memcpy(place, batch.data(), batch.size());
  FetchForWriting(place + size, std::min(size, room_bytes() - size));
  index_->Add({last_offset, FilePosition(position_), size, max_timestamp});
  if (position_ == 0) first_timestamp_ = max_timestamp;
  position_ += size;
  segment_->Publish(position_);
}

absl::StatusOr<SegmentAppender::Growth> SegmentAppender::Grow(int64_t end_bytes) {
  Growth growth{region_, file_bytes_,
                NextSize(prepared_bytes_, end_bytes, kPrepareStepBytesMax, capacity_bytes_)};
  if (growth.region == nullptr || growth.prepared_bytes > file_bytes_) {
    TM_RETURN_IF_ERROR(GrowFile(end_bytes, &growth));
  }
  TM_RETURN_IF_ERROR(AsDiskFull(
      growth.region->Populate(prepared_bytes_, growth.prepared_bytes - prepared_bytes_)));
  return growth;
}

absl::Status SegmentAppender::GrowFile(int64_t end_bytes, Growth* growth) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file,
                      environment_.open_files->Acquire(segment_->log_path(), OpenMode::kReadWrite));
  growth->file_bytes = NextFileSize(file_bytes_, growth->prepared_bytes, capacity_bytes_);
  is_trimmed_ = false;
  absl::Status allocated = file->Allocate(growth->file_bytes);
  if (absl::IsResourceExhausted(allocated)) {
    // A nearly full disk may still hold this one append.
    growth->file_bytes = growth->prepared_bytes =
        std::min(RoundUpToPage(end_bytes), capacity_bytes_);
    allocated = file->Allocate(growth->file_bytes);
  }
  TM_RETURN_IF_ERROR(AsDiskFull(allocated));
  if (growth->region == nullptr) {
    TM_ASSIGN_OR_RETURN(growth->region, file->Map(MapMode::kReadWrite, capacity_bytes_));
  }
  return absl::OkStatus();
}

void SegmentAppender::Install(Growth growth) {
  if (region_ == nullptr) {
    region_ = std::move(growth.region);
    segment_->SetWritableRegion(region_);
  }
  file_bytes_ = std::max(file_bytes_, growth.file_bytes);
  prepared_bytes_ = std::max(prepared_bytes_, growth.prepared_bytes);
}

absl::Status SegmentAppender::Trim() {
  if (is_trimmed_) return absl::OkStatus();
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file,
                      environment_.open_files->Acquire(segment_->log_path(), OpenMode::kReadWrite));
  TM_RETURN_IF_ERROR(file->Truncate(position_));
  file_bytes_ = prepared_bytes_ = position_;
  is_trimmed_ = true;
  return absl::OkStatus();
}

void SegmentAppender::NoteStoredIndex() {
  stored_offset_entries_ = index_->offset_entry_count();
  stored_time_entries_ = index_->time_entry_count();
}

absl::StatusOr<bool> SegmentAppender::StoreIndex() {
  index_->CompleteTimeIndex();
  if (segment_->transactions() != nullptr) TM_RETURN_IF_ERROR(segment_->StoreTransactions());
  if (stored_offset_entries_ == index_->offset_entry_count() &&
      stored_time_entries_ == index_->time_entry_count()) {
    return false;
  }
  TM_RETURN_IF_ERROR(StoreIndexFiles(environment_.file_system, segment_->index_paths(), *index_));
  NoteStoredIndex();
  return true;
}

}  // namespace tidemark
