#include "storage/segment/batch_scanner.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/bytes.h"
#include "storage/base/status_macros.h"
#include "storage/format/record_batch_layout.h"
#include "storage/segment/large_batch.h"

namespace tidemark {
namespace {

// A batch's length field and what stands before it.
constexpr int64_t kLengthPrefixBytes = record_batch_layout::kLengthOverheadBytes;
constexpr int64_t kHeaderBytes = record_batch_layout::kHeaderBytes;

}  // namespace

BatchScanner::BatchScanner(File* file, int64_t position, int64_t end, int64_t chunk_bytes,
                           MappedRegion* region)
    : file_(file),
      end_(end),
      chunk_bytes_(chunk_bytes),
      region_(region),
      position_(position),
      buffer_position_(position) {}

absl::StatusOr<bool> BatchScanner::Next() {
  if (batch_.has_value()) position_ += batch_->size_bytes();
  batch_.reset();
  if (position_ >= end_) {
    stop_ = BatchScanStop::kEnd;
    return false;
  }
  for (int64_t wanted = kHeaderBytes;;) {
    TM_RETURN_IF_ERROR(Fill(wanted));
    const int64_t skip = position_ - buffer_position_;
    const absl::string_view bytes(buffered_ + skip, static_cast<size_t>(buffered_bytes_ - skip));
    absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
    if (batch.ok()) {
      batch_ = *batch;
      return true;
    }
    const int64_t available = static_cast<int64_t>(bytes.size());
    const bool more_may_help = absl::IsOutOfRange(batch.status()) && position_ + available < end_;
    if (!more_may_help) {
      TM_RETURN_IF_ERROR(Classify(batch.status()));
      return false;
    }
    if (available >= kHeaderBytes) {
      const int64_t length =
          kLengthPrefixBytes +
          LoadBigEndian<int32_t>(bytes.data() + record_batch_layout::kBatchLength);
      if (length > end_ - position_) {
        TM_RETURN_IF_ERROR(Classify(batch.status()));
        return false;
      }
      if (length > kUnverifiedBatchBytesMax) {
        TM_ASSIGN_OR_RETURN(const bool is_right, LargeBatchIsRight(file_, position_, length));
        if (!is_right) {
          stop_ = BatchScanStop::kBad;
          reason_ = absl::DataLossError(
              absl::StrCat("the CRC of a record batch does not match its ", length, " bytes"));
          return false;
        }
      }
      wanted = length;
    } else {
      wanted = std::min(kHeaderBytes, end_ - position_);
    }
  }
}

// Makes at least `bytes_min` bytes from position_ on available, or all there are.
absl::Status BatchScanner::Fill(int64_t bytes_min) {
  const int64_t skip = position_ - buffer_position_;
  if (buffered_bytes_ - skip >= std::min(bytes_min, end_ - position_)) return absl::OkStatus();
  const int64_t target = std::min(std::max(bytes_min, chunk_bytes_), end_ - position_);
  if (region_ != nullptr) return FillFromRegion(target);
  const int64_t kept = std::max<int64_t>(buffered_bytes_ - skip, 0);
  if (kept > 0) std::memmove(buffer_.data(), buffer_.data() + skip, static_cast<size_t>(kept));
  buffer_position_ = position_;
  if (static_cast<int64_t>(buffer_.size()) < target) buffer_.resize(static_cast<size_t>(target));
  TM_ASSIGN_OR_RETURN(
      const int64_t read,
      file_->Read(position_ + kept,
                  absl::MakeSpan(buffer_.data() + kept, static_cast<size_t>(target - kept))));
  buffered_ = buffer_.data();
  buffered_bytes_ = kept + read;
  if (buffered_bytes_ < std::min(bytes_min, end_ - position_)) {
    return absl::DataLossError(
        absl::StrCat("the file ends at ", position_ + buffered_bytes_, ", which is before ", end_));
  }
  return absl::OkStatus();
}

absl::Status BatchScanner::FillFromRegion(int64_t target) {
  const absl::Status populated = region_->PopulateForReading(position_, target);
  if (absl::IsOutOfRange(populated)) return absl::DataLossError(populated.message());
  TM_RETURN_IF_ERROR(populated);
  buffered_ = region_->data() + position_;
  buffer_position_ = position_;
  buffered_bytes_ = target;
  return absl::OkStatus();
}

absl::Status BatchScanner::Classify(const absl::Status& parse_error) {
  TM_ASSIGN_OR_RETURN(const bool is_zero, RestIsZero());
  if (is_zero) {
    stop_ = BatchScanStop::kZeroTail;
    return absl::OkStatus();
  }
  stop_ = absl::IsOutOfRange(parse_error) ? BatchScanStop::kTorn : BatchScanStop::kBad;
  reason_ = parse_error;
  return absl::OkStatus();
}

absl::StatusOr<bool> BatchScanner::RestIsZero() {
  int64_t skip = position_ - buffer_position_;
  if (!IsZeroFilled({buffered_ + skip, static_cast<size_t>(buffered_bytes_ - skip)})) {
    return false;
  }
  std::string chunk;
  for (int64_t at = buffer_position_ + buffered_bytes_; at < end_;) {
    chunk.resize(static_cast<size_t>(std::min(kScanBytes, end_ - at)));
    TM_ASSIGN_OR_RETURN(const int64_t read, file_->Read(at, absl::MakeSpan(chunk)));
    if (read == 0) break;
    if (!IsZeroFilled({chunk.data(), static_cast<size_t>(read)})) return false;
    at += read;
  }
  return true;
}

}  // namespace tidemark
