#include "storage/inspect/segment_scanner.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/bytes.h"
#include "storage/base/status_macros.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {

namespace {

namespace layout = record_batch_layout;

constexpr int64_t kChunkBytes = int64_t{1} << 20;
constexpr int64_t kHeaderBytes = layout::kHeaderBytes;
constexpr int64_t kSearchSumBytesMax = int64_t{256} << 20;

Offset BaseOffset(absl::string_view header) {
  return Offset(LoadBigEndian<int64_t>(header.data() + layout::kBaseOffset));
}

// What the header says the batch takes, with the header's own bytes.
int64_t ClaimedBytes(absl::string_view header) {
  return static_cast<int64_t>(layout::kLengthOverheadBytes) +
         LoadBigEndian<int32_t>(header.data() + layout::kBatchLength);
}

// Whether a segment may hold both offsets, `offset` at or behind `first`.
bool MayFollow(Offset first, Offset offset) {
  return offset >= first && offset - first <= std::numeric_limits<int32_t>::max();
}

bool IsLegacyMagic(absl::string_view header) {
  return header[layout::kMagic] == 0 || header[layout::kMagic] == 1;
}

// Whether only the magic keeps the bytes from being a batch.
bool IsBatchWithChangedMagic(absl::string_view bytes) {
  std::string changed(bytes);
  changed[layout::kMagic] = layout::kMagicValue;
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(changed);
  return batch.ok() && batch->VerifyCrc().ok();
}

// The first place in `bytes` where a batch header may begin: magic, offset and length could be.
absl::optional<size_t> FindHeader(absl::string_view bytes, Offset offset_min,
                                  int64_t length_bytes_max) {
  for (size_t start = 0; start + layout::kHeaderBytes <= bytes.size(); ++start) {
    const void* const magic =
        std::memchr(bytes.data() + start + layout::kMagic, layout::kMagicValue,
                    bytes.size() - start - layout::kMagic);
    if (magic == nullptr) break;
    start = static_cast<size_t>(static_cast<const char*>(magic) - bytes.data()) - layout::kMagic;
    const absl::string_view header = bytes.substr(start);
    if (header.size() < layout::kHeaderBytes) break;
    const int64_t claimed_bytes = ClaimedBytes(header);
    if (MayFollow(offset_min, BaseOffset(header)) && claimed_bytes >= kHeaderBytes &&
        claimed_bytes <= length_bytes_max - static_cast<int64_t>(start)) {
      return start;
    }
  }
  return absl::nullopt;
}

}  // namespace

absl::StatusOr<SegmentScanner> SegmentScanner::Create(File* file, FilePosition start) {
  TM_ASSIGN_OR_RETURN(const int64_t size_bytes, file->Size());
  return SegmentScanner(file, start, size_bytes);
}

absl::StatusOr<absl::string_view> SegmentScanner::Peek(FilePosition position,
                                                       int64_t length_bytes) {
  length_bytes = std::max<int64_t>(0, std::min(length_bytes, file_size_bytes_ - position.value()));
  int64_t skip_bytes = position - buffer_position_;
  if (skip_bytes < 0 || skip_bytes > buffered_bytes_) {
    buffer_position_ = position;
    buffered_bytes_ = skip_bytes = 0;
  }
  if (buffered_bytes_ - skip_bytes < length_bytes) {
    if (skip_bytes > 0) {
      std::memmove(buffer_.data(), buffer_.data() + skip_bytes,
                   static_cast<size_t>(buffered_bytes_ - skip_bytes));
      buffer_position_ = position;
      buffered_bytes_ -= skip_bytes;
      skip_bytes = 0;
    }
    const int64_t wanted_bytes =
        std::min(std::max(length_bytes, kChunkBytes), file_size_bytes_ - position.value());
    if (static_cast<int64_t>(buffer_.size()) < wanted_bytes) {
      buffer_.resize(static_cast<size_t>(wanted_bytes));
    }
    TM_ASSIGN_OR_RETURN(const int64_t read_bytes,
                        file_->Read(position.value() + buffered_bytes_,
                                    absl::MakeSpan(buffer_).subspan(
                                        static_cast<size_t>(buffered_bytes_),
                                        static_cast<size_t>(wanted_bytes - buffered_bytes_))));
    buffered_bytes_ += read_bytes;
    // A writer has cut the file since its size was taken.
    if (buffered_bytes_ < wanted_bytes) file_size_bytes_ = position.value() + buffered_bytes_;
  }
  return absl::string_view(buffer_).substr(
      static_cast<size_t>(skip_bytes),
      static_cast<size_t>(std::min(length_bytes, buffered_bytes_ - skip_bytes)));
}

absl::StatusOr<absl::optional<ScannedBatch>> SegmentScanner::Stop(SegmentScanStop stop,
                                                                  std::string reason) {
  stop_ = stop;
  stop_reason_ = std::move(reason);
  return absl::optional<ScannedBatch>();
}

absl::StatusOr<absl::optional<ScannedBatch>> SegmentScanner::Next() {
  if (stop_ != SegmentScanStop::kNone) return absl::optional<ScannedBatch>();
  TM_ASSIGN_OR_RETURN(absl::string_view bytes, Peek(position_, kHeaderBytes));
  if (bytes.empty()) return Stop(SegmentScanStop::kEnd, "the end of the file");
  if (IsZeroFilled(bytes)) return Stop(SegmentScanStop::kZeros, "zeros");
  if (static_cast<int64_t>(bytes.size()) < kHeaderBytes) {
    return Stop(SegmentScanStop::kTorn,
                absl::StrCat("the last ", bytes.size(), " bytes are less than a batch header of ",
                             kHeaderBytes));
  }
  absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  if (absl::IsOutOfRange(batch.status())) {
    const int64_t claimed_bytes = ClaimedBytes(bytes);
    const int64_t rest_bytes = file_size_bytes_ - position_.value();
    if (claimed_bytes > rest_bytes) {
      return Stop(SegmentScanStop::kTorn,
                  absl::StrCat("a batch of ", claimed_bytes, " bytes where the file has ",
                               rest_bytes, " left"));
    }
    TM_ASSIGN_OR_RETURN(bytes, Peek(position_, claimed_bytes));
    batch = RecordBatchView::Parse(bytes);
    if (absl::IsOutOfRange(batch.status())) {
      return Stop(SegmentScanStop::kTorn, "the file was cut while it was being read");
    }
  }
  if (absl::IsInvalidArgument(batch.status()) && position_ == FilePosition(0) &&
      IsLegacyMagic(bytes)) {
    const std::string reason(batch.status().message());
    TM_ASSIGN_OR_RETURN(bytes, Peek(position_, std::max(kHeaderBytes, ClaimedBytes(bytes))));
    return Stop(
        IsBatchWithChangedMagic(bytes) ? SegmentScanStop::kBad : SegmentScanStop::kUnsupported,
        reason);
  }
  if (!batch.ok()) return Stop(SegmentScanStop::kBad, std::string(batch.status().message()));

  absl::Status crc = batch->VerifyCrc();
  if (!crc.ok()) {
    const int64_t size_bytes = batch->size_bytes();
    const Offset offset_min = batch->base_offset();
    TM_ASSIGN_OR_RETURN(const bool may_go_on, MayGoOnAt(position_ + size_bytes, offset_min));
    if (!may_go_on) {
      return Stop(SegmentScanStop::kBad,
                  absl::StrCat(crc.message(), ", and no batch follows where its length of ",
                               size_bytes, " bytes leads to"));
    }
    // The look ahead may have moved the bytes.
    TM_ASSIGN_OR_RETURN(bytes, Peek(position_, size_bytes));
    batch = RecordBatchView::Parse(bytes);
    if (!batch.ok())
      return Stop(SegmentScanStop::kTorn, "the file changed while it was being read");
  }
  ScannedBatch scanned{position_, *batch, std::move(crc)};
  position_ += batch->size_bytes();
  return absl::optional<ScannedBatch>(std::move(scanned));
}

absl::StatusOr<bool> SegmentScanner::MayGoOnAt(FilePosition position, Offset offset_min) {
  TM_ASSIGN_OR_RETURN(const absl::string_view header, Peek(position, kHeaderBytes));
  if (IsZeroFilled(header)) return true;
  if (static_cast<int64_t>(header.size()) < kHeaderBytes) {
    return header.size() < sizeof(int64_t) || MayFollow(offset_min, BaseOffset(header));
  }
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(header);
  return (batch.ok() || absl::IsOutOfRange(batch.status())) &&
         MayFollow(offset_min, BaseOffset(header));
}

absl::Status SegmentScanner::LookAgain() { return MoveTo(position_); }

absl::Status SegmentScanner::MoveTo(FilePosition position) {
  TM_ASSIGN_OR_RETURN(file_size_bytes_, file_->Size());
  position_ = buffer_position_ = position;
  buffered_bytes_ = 0;
  stop_ = SegmentScanStop::kNone;
  stop_reason_.clear();
  return absl::OkStatus();
}

absl::StatusOr<absl::optional<FilePosition>> SegmentScanner::FindNonZero() {
  for (FilePosition position = position_; position.value() < file_size_bytes_;) {
    TM_ASSIGN_OR_RETURN(const absl::string_view bytes, Peek(position, kChunkBytes));
    if (bytes.empty()) break;
    if (!IsZeroFilled(bytes)) {
      const auto byte = std::find_if(bytes.begin(), bytes.end(), [](char c) { return c != 0; });
      return absl::optional<FilePosition>(position + (byte - bytes.begin()));
    }
    position += static_cast<int64_t>(bytes.size());
  }
  return absl::optional<FilePosition>();
}

absl::StatusOr<bool> SegmentScanner::SkipToNextBatch(Offset offset_min) {
  int64_t summed_bytes = 0;
  for (FilePosition position = position_ + 1;;) {
    TM_ASSIGN_OR_RETURN(absl::string_view bytes, Peek(position, kChunkBytes));
    if (static_cast<int64_t>(bytes.size()) < kHeaderBytes) return false;
    const absl::optional<size_t> start =
        FindHeader(bytes, offset_min, file_size_bytes_ - position.value());
    if (!start.has_value()) {
      position += static_cast<int64_t>(bytes.size()) - kHeaderBytes + 1;
      continue;
    }
    position += static_cast<int64_t>(*start);
    const int64_t claimed_bytes = ClaimedBytes(bytes.substr(*start));
    summed_bytes += claimed_bytes;
    if (summed_bytes > kSearchSumBytesMax) return false;
    TM_ASSIGN_OR_RETURN(bytes, Peek(position, claimed_bytes));
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
    if (batch.ok() && batch->VerifyCrc().ok()) {
      position_ = position;
      stop_ = SegmentScanStop::kNone;
      stop_reason_.clear();
      return true;
    }
    position += 1;
  }
}

}  // namespace tidemark
