#include "storage/segment/segment_recovery.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"

namespace tidemark {

absl::Status Continuity::Check(const RecordBatchView& batch) const {
  const Offset base = batch.base_offset();
  if (gaps_allowed ? base < next_offset : base != next_offset) {
    return absl::DataLossError(absl::StrCat("a batch with base offset ", base.value(), " where ",
                                            next_offset.value(), " should follow"));
  }
  if (batch.leader_epoch() < leader_epoch && batch.leader_epoch() != kNoLeaderEpoch) {
    return absl::DataLossError(absl::StrCat("a batch of leader epoch ",
                                            batch.leader_epoch().value(), " behind one of ",
                                            leader_epoch.value()));
  }
  return absl::OkStatus();
}

void Continuity::Advance(const RecordBatchView& batch) {
  next_offset = batch.next_offset();
  leader_epoch = std::max(leader_epoch, batch.leader_epoch());
}

absl::StatusOr<SegmentScan> ScanSegment(File* file, int64_t file_size_bytes,
                                        const ScanOptions& options, Continuity* continuity,
                                        SegmentIndex* index,
                                        const std::function<void(const RecordBatchView&)>& visit) {
  SegmentScan scan;
  scan.valid_bytes = options.from_position;
  BatchScanner scanner(file, options.from_position, file_size_bytes, kScanBytes, options.region);
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
    if (!found) {
      scan.stop = scanner.stop();
      scan.reason = std::string(scanner.reason().message());
      return scan;
    }
    const RecordBatchView& batch = scanner.batch();
    absl::Status fits = absl::OkStatus();
    if (options.is_unclean) fits = batch.VerifyCrc();
    if (fits.ok() && (options.is_unclean || scan.batch_count > 0)) fits = continuity->Check(batch);
    if (fits.ok() && options.also_check != nullptr) fits = options.also_check(batch);
    const FilePosition position(scanner.position());
    if (fits.ok() && !index->CanHold(batch.last_offset(), position)) {
      fits = absl::DataLossError(absl::StrCat("offset ", batch.last_offset().value(),
                                              " at position ", position.value(),
                                              " is too far from where the segment begins"));
    }
    if (!fits.ok()) {
      scan.stop = BatchScanStop::kBad;
      scan.reason = std::string(fits.message());
      return scan;
    }
    continuity->Advance(batch);
    index->Add({batch.last_offset(), position, batch.size_bytes(), batch.max_timestamp()});
    visit(batch);
    scan.valid_bytes = scanner.position() + batch.size_bytes();
    ++scan.batch_count;
  }
}

absl::StatusOr<Timestamp> ReadFirstTimestamp(File* file, int64_t size_bytes) {
  BatchScanner scanner(file, 0, size_bytes, kLocateBytes);
  TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
  return found ? scanner.batch().max_timestamp() : kNoTimestamp;
}

absl::StatusOr<int64_t> CountWrittenBytes(File* file, int64_t position, int64_t file_size_bytes) {
  int64_t written = 0;
  std::string chunk;
  for (int64_t at = position; at < file_size_bytes;) {
    chunk.resize(static_cast<size_t>(std::min(kScanBytes, file_size_bytes - at)));
    TM_ASSIGN_OR_RETURN(const int64_t read, file->Read(at, absl::MakeSpan(chunk)));
    if (read == 0) break;
    const size_t last = absl::string_view(chunk.data(), static_cast<size_t>(read))
                            .find_last_not_of(absl::string_view("\0", 1));
    if (last != absl::string_view::npos) written = at - position + static_cast<int64_t>(last) + 1;
    at += read;
  }
  return written;
}

}  // namespace tidemark
