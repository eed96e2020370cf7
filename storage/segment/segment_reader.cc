#include "storage/segment/segment_reader.h"

#include <algorithm>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/bytes.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/format/index_entry.h"
#include "storage/format/record_batch_layout.h"
#include "storage/index/segment_index.h"
#include "storage/record_batch.h"
#include "storage/segment/batch_scanner.h"
#include "storage/segment/damage_exploration.h"
#include "storage/segment/damage_search.h"
#include "storage/segment/known_damage.h"
#include "storage/segment/large_batch.h"

namespace tidemark {
namespace {

absl::Status NotABatch(const Segment& segment, int64_t position, const absl::Status& why) {
  return absl::DataLossError(
      absl::StrCat(segment.log_path(), " at position ", position, ": ", why.message()));
}

// An error of a scanner that stands at `position`.
absl::Status ScanError(const Segment& segment, int64_t position, const absl::Status& error) {
  return absl::IsDataLoss(error) ? NotABatch(segment, position, error) : error;
}

// Why a scan ended, unless it was at its end.
absl::Status ScanStop(const Segment& segment, const BatchScanner& scanner) {
  if (scanner.stop() == BatchScanStop::kEnd) return absl::OkStatus();
  return NotABatch(segment, scanner.position(),
                   scanner.stop() == BatchScanStop::kZeroTail
                       ? absl::DataLossError("zeros where a batch should begin")
                       : scanner.reason());
}

absl::Status NotTheOneDue(const RecordBatchView& batch, Offset due) {
  return absl::DataLossError(absl::StrCat("a batch with base offset ", batch.base_offset().value(),
                                          " where offset ", due.value(), " is due"));
}

// Whether the batch may follow one that ended in front of `due`.
bool Continues(const RecordBatchView& batch, Offset due, bool gaps_allowed) {
  return gaps_allowed ? batch.base_offset() >= due : batch.base_offset() == due;
}

// The whole batches at the start of `bytes` that the request asks for. OUT_OF_RANGE if the first
// one goes on behind `bytes`.
absl::StatusOr<BatchRange> MeasureBatches(absl::string_view bytes, int64_t position,
                                          const SoundStretch& stretch, const ReadRequest& request) {
  BatchRange range;
  range.position = position;
  while (!bytes.empty()) {
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
    if (!batch.ok()) {
      // What is wrong behind the first batch is for the read that begins there to report.
      if (range.length_bytes > 0) break;
      return batch.status();
    }
    if (range.length_bytes == 0) {
      if (position == stretch.begin &&
          !Continues(*batch, stretch.first_offset, request.gaps_allowed)) {
        return NotTheOneDue(*batch, stretch.first_offset);
      }
      if (batch->last_offset() < request.offset ||
          (batch->base_offset() > request.offset && !request.gaps_allowed)) {
        return NotTheOneDue(*batch, request.offset);
      }
      if (request.segment_end.has_value() && batch->next_offset() > *request.segment_end) {
        return absl::DataLossError(
            absl::StrCat("a batch from offset ", batch->base_offset().value(), " to ",
                         batch->last_offset().value(), ", behind the end of its segment at ",
                         request.segment_end->value()));
      }
      // It would look like the end of the log for ever.
      if (batch->base_offset() < request.log_end && batch->next_offset() > request.log_end) {
        return absl::DataLossError(absl::StrCat(
            "a batch from offset ", batch->base_offset().value(), " to ",
            batch->last_offset().value(), ", behind the log end ", request.log_end.value()));
      }
      range.base_offset = batch->base_offset();
    } else if (range.length_bytes + batch->size_bytes() > request.bytes_max ||
               !Continues(*batch, range.next_offset, request.gaps_allowed)) {
      break;
    }
    if (batch->next_offset() > request.end) break;
    range.length_bytes += batch->size_bytes();
    range.next_offset = batch->next_offset();
    bytes.remove_prefix(static_cast<size_t>(batch->size_bytes()));
  }
  return range;
}

// How long the batch at the start of `bytes` says it is, which is longer than `bytes`. DATA_LOSS if
// it would end behind `end`.
absl::StatusOr<int64_t> FirstBatchBytes(const Segment& segment, absl::string_view bytes,
                                        int64_t position, int64_t end) {
  namespace layout = record_batch_layout;
  const int64_t wanted = static_cast<int64_t>(layout::kLengthOverheadBytes) +
                         LoadBigEndian<int32_t>(bytes.data() + layout::kBatchLength);
  if (wanted <= end - position) return wanted;
  return NotABatch(segment, position,
                   absl::DataLossError(absl::StrCat("record batch: ", end - position,
                                                    " bytes are there, ", wanted, " are needed")));
}

// DATA_LOSS if it is a large one and its CRC is wrong.
absl::Status CheckLargeBatch(const Segment& segment, File* file, int64_t position,
                             int64_t size_bytes) {
  if (size_bytes <= kUnverifiedBatchBytesMax) return absl::OkStatus();
  TM_ASSIGN_OR_RETURN(const bool is_right, LargeBatchIsRight(file, position, size_bytes));
  if (is_right) return absl::OkStatus();
  return NotABatch(segment, position,
                   absl::DataLossError(absl::StrCat("the CRC of a record batch does not match its ",
                                                    size_bytes, " bytes")));
}

// Whether an index that led to the batch for `offset` is this log's, and the batch the one that it
// is of. Kafka up to 4.0 lets an entry of several batches end behind the first of them.
bool IsOfEntry(const RecordBatchView& batch, Offset segment_base, const OffsetIndexEntry& entry,
               Offset offset, bool gaps_allowed) {
  const Offset entry_offset = segment_base + entry.relative_offset.value();
  return gaps_allowed ? batch.base_offset() <= offset : batch.last_offset() == entry_offset;
}

struct WalkRules {
  bool gaps_allowed = false;
  // A batch that begins below the offset must be sound: if not, its last offset may be wrong, and
  // hide batches behind it.
  bool checks_crc = false;
};

// Walks within the stretch, from the index entry, or from its beginning without one, to the first
// batch that ends at or above `offset`.
absl::StatusOr<SegmentPlace> WalkTo(const Segment& segment, File* file, Offset offset,
                                    const absl::optional<OffsetIndexEntry>& entry,
                                    const SoundStretch& stretch, const WalkRules& rules) {
  const int64_t from = entry.has_value() ? entry->position.value() : stretch.begin;
  // Most walks end within one index interval, so little is read at once.
  BatchScanner scanner(file, from, stretch.end, kLocateBytes);
  absl::optional<Offset> due;
  if (from == stretch.begin) due = stretch.first_offset;
  while (true) {
    const absl::StatusOr<bool> found = scanner.Next();
    if (!found.ok()) return ScanError(segment, scanner.position(), found.status());
    if (!*found) break;
    const RecordBatchView& batch = scanner.batch();
    if (!due.has_value() &&
        !IsOfEntry(batch, segment.base_offset(), *entry, offset, rules.gaps_allowed)) {
      return absl::DataLossError(absl::StrCat(segment.index_paths().offset_index,
                                              ": leads to position ", from, " for offset ",
                                              offset.value()));
    }
    if (due.has_value() && !Continues(batch, *due, rules.gaps_allowed)) {
      return NotABatch(segment, scanner.position(), NotTheOneDue(batch, *due));
    }
    if (batch.last_offset() >= offset) {
      if (rules.checks_crc && batch.base_offset() < offset) {
        if (const absl::Status sound = batch.VerifyCrc(); !sound.ok()) {
          return NotABatch(segment, scanner.position(), sound);
        }
      }
      return SegmentPlace{scanner.position(), batch.base_offset()};
    }
    due = batch.next_offset();
  }
  TM_RETURN_IF_ERROR(ScanStop(segment, scanner));
  return SegmentPlace{stretch.end, offset};
}

absl::StatusOr<SegmentPlace> LocateWithin(Segment* segment, Offset offset,
                                          const SoundStretch& stretch, const WalkRules& rules) {
  const absl::StatusOr<std::shared_ptr<const SegmentIndex>> index = segment->index();
  if (!index.ok() && !absl::IsDataLoss(index.status())) return index.status();
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, segment->OpenLog());
  absl::optional<OffsetIndexEntry> entry;
  // A damaged log has no index where the files are gone.
  if (index.ok()) entry = (*index)->LookupEntry(offset);
  if (entry.has_value() && entry->position.value() <= stretch.begin) entry.reset();
  absl::StatusOr<SegmentPlace> place = WalkTo(*segment, file.get(), offset, entry, stretch, rules);
  if (!absl::IsDataLoss(place.status()) || !entry.has_value()) return place;
  // Either the index or the log is wrong here. A walk from the beginning believes neither.
  if (const absl::Status rebuilt = segment->RebuildIndex().status();
      !rebuilt.ok() && !absl::IsDataLoss(rebuilt)) {
    return rebuilt;
  }
  return WalkTo(*segment, file.get(), offset, absl::nullopt, stretch, rules);
}

absl::StatusOr<int64_t> PositionOf(Segment* segment, Offset offset, const SoundStretch& stretch,
                                   bool gaps_allowed) {
  if (offset <= stretch.first_offset || stretch.end == stretch.begin) return stretch.begin;
  TM_ASSIGN_OR_RETURN(const SegmentPlace place,
                      LocateWithin(segment, offset, stretch, {gaps_allowed, true}));
  return place.position;
}

SoundStretch WholeOf(const Segment& segment, int64_t size) {
  return {0, segment.base_offset(), size, absl::nullopt};
}

// The first record of the batch that is late enough.
absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInBatch(const RecordBatchView& batch,
                                                                       Timestamp timestamp,
                                                                       Offset start_offset) {
  TM_ASSIGN_OR_RETURN(RecordReader records, RecordReader::Open(batch));
  RecordView record;
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool found, records.Next(&record));
    if (!found) return absl::optional<TimestampedOffset>();
    if (record.timestamp >= timestamp && record.offset >= start_offset) {
      return absl::optional<TimestampedOffset>({record.offset, record.timestamp});
    }
  }
}

// Whether the batch that the scanner is to begin with is the one of the time index entry.
absl::StatusOr<bool> IsOf(const MaxTimestamp& entry, BatchScanner scanner) {
  TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
  return found && scanner.batch().base_offset() <= entry.offset &&
         scanner.batch().max_timestamp() == entry.timestamp;
}

// Where to begin to look: every record before it is earlier.
absl::StatusOr<int64_t> PositionOfTimestamp(Segment* segment, File* file, Timestamp timestamp,
                                            Offset start_offset, int64_t size) {
  TM_ASSIGN_OR_RETURN(std::shared_ptr<const SegmentIndex> index, segment->index());
  const MaxTimestamp entry = index->LookupTimestamp(timestamp);
  const SoundStretch whole = WholeOf(*segment, size);
  if (entry.offset <= start_offset) {
    return PositionOf(segment, start_offset, whole, /*gaps_allowed=*/true);
  }
  TM_ASSIGN_OR_RETURN(const int64_t position,
                      PositionOf(segment, entry.offset, whole, /*gaps_allowed=*/true));
  if (entry.timestamp == kNoTimestamp) return position;
  TM_ASSIGN_OR_RETURN(const bool is_right,
                      IsOf(entry, BatchScanner(file, position, size, kLocateBytes)));
  if (is_right) return position;
  TM_ASSIGN_OR_RETURN(index, segment->RebuildIndex());
  return PositionOf(segment, std::max(index->LookupTimestamp(timestamp).offset, start_offset),
                    whole, /*gaps_allowed=*/true);
}

BatchRange NothingAt(int64_t position, Offset offset) {
  return {.position = position, .length_bytes = 0, .base_offset = offset, .next_offset = offset};
}

absl::StatusOr<BatchRange> CopyFrom(Segment* segment, const SoundStretch& stretch,
                                    const ReadRequest& request, std::string* out) {
  out->clear();
  TM_ASSIGN_OR_RETURN(const int64_t position,
                      PositionOf(segment, request.offset, stretch, request.gaps_allowed));
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, segment->OpenLog());
  const int64_t available = stretch.end - position;
  int64_t wanted = std::min(std::max<int64_t>(request.bytes_max, kLocateBytes), available);
  while (wanted > 0) {
    out->resize(static_cast<size_t>(wanted));
    TM_ASSIGN_OR_RETURN(const int64_t read, file->Read(position, absl::MakeSpan(*out)));
    out->resize(static_cast<size_t>(read));
    if (read == 0) return NotABatch(*segment, position, absl::DataLossError("the file ends here"));
    const absl::StatusOr<BatchRange> range = MeasureBatches(*out, position, stretch, request);
    if (range.ok()) {
      out->resize(static_cast<size_t>(range->length_bytes));
      return range;
    }
    if (!absl::IsOutOfRange(range.status()) || wanted == available || read < wanted) {
      out->clear();
      return NotABatch(*segment, position, range.status());
    }
    const absl::StatusOr<int64_t> first = FirstBatchBytes(*segment, *out, position, stretch.end);
    out->clear();
    TM_RETURN_IF_ERROR(first.status());
    wanted = *first;
    TM_RETURN_IF_ERROR(CheckLargeBatch(*segment, file.get(), position, wanted));
  }
  return NothingAt(position, request.offset);
}

absl::StatusOr<BatchRange> ViewFrom(Segment* segment, const SoundStretch& stretch,
                                    const ReadRequest& request,
                                    std::shared_ptr<MappedRegion>* region) {
  TM_ASSIGN_OR_RETURN(const int64_t position,
                      PositionOf(segment, request.offset, stretch, request.gaps_allowed));
  const int64_t available = stretch.end - position;
  int64_t wanted = std::min(std::max<int64_t>(request.bytes_max, kLocateBytes), available);
  if (wanted > 0) {
    TM_ASSIGN_OR_RETURN(*region, segment->region());
  }
  while (wanted > 0) {
    const absl::Status populated = (*region)->PopulateForReading(position, wanted);
    if (absl::IsOutOfRange(populated)) return NotABatch(*segment, position, populated);
    TM_RETURN_IF_ERROR(populated);
    const absl::string_view bytes((*region)->data() + position, static_cast<size_t>(wanted));
    const absl::StatusOr<BatchRange> range = MeasureBatches(bytes, position, stretch, request);
    if (range.ok()) return range;
    if (!absl::IsOutOfRange(range.status()) || wanted == available) {
      return NotABatch(*segment, position, range.status());
    }
    TM_ASSIGN_OR_RETURN(wanted, FirstBatchBytes(*segment, bytes, position, stretch.end));
  }
  return NothingAt(position, request.offset);
}

// Reads from the sound bytes that hold the offset. Where they turn out not to be sound, finds out
// how far that goes, once, for all readers.
absl::StatusOr<BatchRange> ReadAroundDamage(
    Segment* segment, const ReadRequest& request,
    absl::FunctionRef<absl::StatusOr<BatchRange>(const SoundStretch&)> read) {
  const int64_t size = segment->size_bytes();
  for (bool has_explored = false;; has_explored = true) {
    if (const auto range = segment->damage().At(request.offset); range.has_value()) {
      return DamageError(*range);
    }
    absl::StatusOr<BatchRange> found =
        read(segment->damage().StretchOf(request.offset, segment->base_offset(), size));
    if (!absl::IsDataLoss(found.status()) || has_explored) return found;
    TM_RETURN_IF_ERROR(ExploreDamage(
        segment, size,
        {request.offset, request.segment_end, request.log_end, request.gaps_allowed}));
  }
}

}  // namespace

absl::StatusOr<SegmentPlace> LocateBatch(Segment* segment, Offset offset) {
  return LocateWithin(segment, offset, WholeOf(*segment, segment->size_bytes()),
                      {.gaps_allowed = true, .checks_crc = false});
}

absl::StatusOr<BatchRange> ReadSegment(Segment* segment, const ReadRequest& request,
                                       std::string* out) {
  return ReadAroundDamage(segment, request, [&](const SoundStretch& stretch) {
    return CopyFrom(segment, stretch, request, out);
  });
}

absl::StatusOr<BatchRange> ViewSegment(Segment* segment, const ReadRequest& request,
                                       std::shared_ptr<MappedRegion>* region) {
  return ReadAroundDamage(segment, request, [&](const SoundStretch& stretch) {
    return ViewFrom(segment, stretch, request, region);
  });
}

absl::StatusOr<absl::optional<TimestampedOffset>> FindTimestampInSegment(Segment* segment,
                                                                         Timestamp timestamp,
                                                                         Offset start_offset,
                                                                         Offset end_offset) {
  const int64_t size = segment->size_bytes();
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, segment->OpenLog());
  TM_ASSIGN_OR_RETURN(const int64_t from,
                      PositionOfTimestamp(segment, file.get(), timestamp, start_offset, size));
  BatchScanner scanner(file.get(), from, size);
  while (true) {
    const absl::StatusOr<bool> more = scanner.Next();
    if (!more.ok()) return ScanError(*segment, scanner.position(), more.status());
    if (!*more) {
      TM_RETURN_IF_ERROR(ScanStop(*segment, scanner));
      break;
    }
    if (scanner.batch().next_offset() > end_offset) break;
    if (scanner.batch().max_timestamp() < timestamp) continue;
    absl::StatusOr<absl::optional<TimestampedOffset>> found =
        FindTimestampInBatch(scanner.batch(), timestamp, start_offset);
    if (!found.ok()) return ScanError(*segment, scanner.position(), found.status());
    if (found->has_value()) return found;
  }
  return absl::optional<TimestampedOffset>();
}

}  // namespace tidemark
