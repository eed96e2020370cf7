#include "storage/segment/segment_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/record_batch.h"
#include "storage/segment/batch_scanner.h"

namespace tidemark {
namespace {

absl::Status NotABatch(const Segment& segment, int64_t position, const absl::Status& why) {
  return absl::DataLossError(
      absl::StrCat(segment.log_path(), " at position ", position, ": ", why.message()));
}

// The whole batches at the start of `bytes` that fit in `bytes_max` and end below `end_offset`; at
// least one if there is one below it. OUT_OF_RANGE if the first one goes on behind `bytes`.
absl::StatusOr<BatchRange> MeasureBatches(absl::string_view bytes, int64_t position,
                                          int64_t bytes_max, Offset end_offset) {
  BatchRange range;
  range.position = position;
  while (!bytes.empty()) {
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
    if (!batch.ok()) {
      // What is wrong behind the first batch is for the read that begins there to report.
      if (range.length_bytes > 0) break;
      return batch.status();
    }
    if (batch->next_offset() > end_offset) break;
    if (range.length_bytes == 0) {
      range.base_offset = batch->base_offset();
    } else if (range.length_bytes + batch->size_bytes() > bytes_max) {
      break;
    }
    range.length_bytes += batch->size_bytes();
    range.next_offset = batch->next_offset();
    bytes.remove_prefix(static_cast<size_t>(batch->size_bytes()));
  }
  return range;
}

// Walks from `from`, which the index gave, to the first batch that ends at or above `offset`.
absl::StatusOr<SegmentPlace> WalkTo(const Segment& segment, File* file, Offset offset, int64_t from,
                                    int64_t size) {
  // Most walks end within one index interval, so little is read at once.
  BatchScanner scanner(file, from, size, kLocateBytes);
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
    if (!found) break;
    // An index that leads past the offset is not this log's.
    if (scanner.position() == from && from > 0 && scanner.batch().base_offset() > offset) {
      return absl::DataLossError(absl::StrCat(segment.index_paths().offset_index,
                                              ": leads to position ", from, " for offset ",
                                              offset.value()));
    }
    if (scanner.batch().last_offset() >= offset) {
      return SegmentPlace{scanner.position(), scanner.batch().base_offset()};
    }
  }
  if (scanner.stop() == BatchScanStop::kEnd) return SegmentPlace{size, offset};
  return NotABatch(segment, scanner.position(),
                   scanner.stop() == BatchScanStop::kZeroTail
                       ? absl::DataLossError("zeros where a batch should begin")
                       : scanner.reason());
}

absl::StatusOr<SegmentPlace> LocateWithin(Segment* segment, Offset offset, int64_t size) {
  TM_ASSIGN_OR_RETURN(std::shared_ptr<const SegmentIndex> index, segment->index());
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, segment->OpenLog());
  const int64_t from = index->Lookup(offset).value();
  absl::StatusOr<SegmentPlace> place = WalkTo(*segment, file.get(), offset, from, size);
  if (!absl::IsDataLoss(place.status()) || from == 0) return place;
  // Either the index or the log is wrong here; the log tells which.
  TM_ASSIGN_OR_RETURN(index, segment->RebuildIndex());
  return WalkTo(*segment, file.get(), offset, index->Lookup(offset).value(), size);
}

absl::StatusOr<int64_t> PositionOf(Segment* segment, Offset offset, int64_t size) {
  if (offset <= segment->base_offset() || size == 0) return 0;
  TM_ASSIGN_OR_RETURN(const SegmentPlace place, LocateWithin(segment, offset, size));
  return place.position;
}

}  // namespace

absl::StatusOr<SegmentPlace> LocateBatch(Segment* segment, Offset offset) {
  return LocateWithin(segment, offset, segment->size_bytes());
}

absl::StatusOr<BatchRange> ReadSegment(Segment* segment, Offset offset, int64_t bytes_max,
                                       Offset end_offset, std::string* out) {
  out->clear();
  const int64_t size = segment->size_bytes();
  TM_ASSIGN_OR_RETURN(const int64_t position, PositionOf(segment, offset, size));
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, segment->OpenLog());
  int64_t wanted = std::min(std::max<int64_t>(bytes_max, kLocateBytes), size - position);
  while (wanted > 0) {
    out->resize(static_cast<size_t>(wanted));
    TM_ASSIGN_OR_RETURN(const int64_t read, file->Read(position, absl::MakeSpan(*out)));
    out->resize(static_cast<size_t>(read));
    const absl::StatusOr<BatchRange> range = MeasureBatches(*out, position, bytes_max, end_offset);
    if (range.ok()) {
      out->resize(static_cast<size_t>(range->length_bytes));
      return range;
    }
    if (!absl::IsOutOfRange(range.status()) || wanted == size - position || read < wanted) {
      out->clear();
      return NotABatch(*segment, position, range.status());
    }
    wanted = std::min(wanted * 4, size - position);  // The first batch is larger than that.
  }
  return BatchRange{
      .position = position, .length_bytes = 0, .base_offset = offset, .next_offset = offset};
}

absl::StatusOr<BatchRange> ViewSegment(Segment* segment, Offset offset, int64_t bytes_max,
                                       Offset end_offset, std::shared_ptr<MappedRegion>* region) {
  const int64_t size = segment->size_bytes();
  TM_ASSIGN_OR_RETURN(const int64_t position, PositionOf(segment, offset, size));
  int64_t wanted = std::min(std::max<int64_t>(bytes_max, kLocateBytes), size - position);
  if (wanted > 0) {
    TM_ASSIGN_OR_RETURN(*region, segment->region());
  }
  while (wanted > 0) {
    TM_RETURN_IF_ERROR((*region)->PopulateForReading(position, wanted));
    const absl::string_view bytes((*region)->data() + position, static_cast<size_t>(wanted));
    const absl::StatusOr<BatchRange> range = MeasureBatches(bytes, position, bytes_max, end_offset);
    if (range.ok()) return range;
    if (!absl::IsOutOfRange(range.status()) || wanted == size - position) {
      return NotABatch(*segment, position, range.status());
    }
    wanted = std::min(wanted * 4, size - position);
  }
  return BatchRange{
      .position = position, .length_bytes = 0, .base_offset = offset, .next_offset = offset};
}

absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInSegment(Segment* segment,
                                                                         Timestamp timestamp,
                                                                         Offset start_offset,
                                                                         Offset end_offset) {
  const int64_t size = segment->size_bytes();
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentIndex> index, segment->index());
  TM_ASSIGN_OR_RETURN(
      const int64_t from,
      PositionOf(segment, std::max(index->LookupTimestamp(timestamp), start_offset), size));
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, segment->OpenLog());
  BatchScanner scanner(file.get(), from, size);
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
    if (!found || scanner.batch().next_offset() > end_offset) break;
    if (scanner.batch().max_timestamp() < timestamp) continue;
    TM_ASSIGN_OR_RETURN(RecordReader records, RecordReader::Open(scanner.batch()));
    RecordView record;
    while (true) {
      const absl::StatusOr<bool> more = records.Next(&record);
      if (!more.ok()) return NotABatch(*segment, scanner.position(), more.status());
      if (!*more) break;
      if (record.timestamp >= timestamp && record.offset >= start_offset) {
        return absl::optional<TimestampedOffset>({record.offset, record.timestamp});
      }
    }
  }
  return absl::optional<TimestampedOffset>();
}

}  // namespace tidemark
