#include "storage/log/log_truncation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/segment/segment_reader.h"
#include "storage/segment/segment_recovery.h"

namespace tidemark {
namespace {

constexpr absl::string_view kCopyName = "truncation.tmp";

// What is left of `old` when it is cut: the entries in front of the cut, completed from the last
// one on.
absl::StatusOr<std::shared_ptr<SegmentIndex>> IndexInFrontOf(const CutPoint& cut,
                                                             const SegmentIndex& old, File* file,
                                                             int64_t index_interval_bytes) {
  auto index = std::make_shared<SegmentIndex>(old.base_offset(), index_interval_bytes);
  ScanOptions options{.from_position = 0, .is_unclean = false};
  for (int64_t i = 0; i < old.offset_entry_count(); ++i) {
    if (old.offset_entry(i).position.value() >= cut.position) break;
    index->RestoreOffsetEntry(old.offset_entry(i));
    options.from_position = old.offset_entry(i).position.value();
  }
  for (int64_t i = 0; i < old.time_entry_count(); ++i) {
    if (old.base_offset() + old.time_entry(i).relative_offset.value() >= cut.log_end) break;
    index->RestoreTimeEntry(old.time_entry(i));
  }
  Continuity continuity;
  continuity.gaps_allowed = true;
  TM_ASSIGN_OR_RETURN(const SegmentScan scan,
                      ScanSegment(file, cut.position, options, &continuity, index.get(),
                                  [](const RecordBatchView&) {}));
  if (scan.valid_bytes != cut.position) {
    return absl::DataLossError(absl::StrCat(cut.segment->log_path(), " at position ",
                                            scan.valid_bytes, ": ", scan.reason));
  }
  return index;
}

absl::Status CopyPrefix(File* from, File* to, int64_t bytes) {
  std::string chunk;
  for (int64_t at = 0; at < bytes;) {
    chunk.resize(static_cast<size_t>(std::min(kScanBytes, bytes - at)));
    TM_ASSIGN_OR_RETURN(const int64_t read, from->Read(at, absl::MakeSpan(chunk)));
    if (read == 0) return absl::DataLossError("the file is shorter than its batches");
    TM_RETURN_IF_ERROR(to->Write(at, {chunk.data(), static_cast<size_t>(read)}));
    at += read;
  }
  return to->Sync();
}

std::shared_ptr<Segment> NewSegment(const SegmentEnvironment& environment,
                                    const std::string& directory, int64_t index_interval_bytes,
                                    const CutPoint& cut) {
  auto segment = std::make_shared<Segment>(environment, directory, cut.segment->base_offset(),
                                           index_interval_bytes, cut.position);
  segment->set_synced_bytes(cut.position);
  return segment;
}

}  // namespace

absl::StatusOr<CutPoint> FindCutPoint(const SegmentList& segments, Offset offset) {
  PinnedSegment floor = segments.Floor(offset);
  if (floor.segment == nullptr) {
    return absl::OutOfRangeError(absl::StrCat("offset ", offset.value(), " is below the log"));
  }
  TM_ASSIGN_OR_RETURN(const SegmentPlace place, LocateBatch(floor.segment.get(), offset));
  return CutPoint{floor.segment, place.position, std::min(offset, place.base_offset)};
}

absl::StatusOr<CutSegment> CutSegments(const SegmentEnvironment& environment,
                                       const std::string& directory, int64_t index_interval_bytes,
                                       const CutPoint& cut, SegmentList* segments) {
  while (segments->Last() != cut.segment) {
    TM_RETURN_IF_ERROR(segments->Last()->RemoveFiles());
    segments->RemoveLast();
  }
  const std::string& path = cut.segment->log_path();
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentIndex> old_index, cut.segment->index());
  TM_ASSIGN_OR_RETURN(std::unique_ptr<File> file,
                      environment.file_system->Open(path, OpenMode::kReadWrite));
  CutSegment result;
  TM_ASSIGN_OR_RETURN(result.index,
                      IndexInFrontOf(cut, *old_index, file.get(), index_interval_bytes));
  TM_ASSIGN_OR_RETURN(result.first_timestamp, ReadFirstTimestamp(file.get(), cut.position));
  const auto replace = [&]() -> absl::StatusOr<std::shared_ptr<Segment>> {
    TM_RETURN_IF_ERROR(file->Truncate(cut.position));
    return NewSegment(environment, directory, index_interval_bytes, cut);
  };
  TM_ASSIGN_OR_RETURN(const bool was_unpinned, segments->ReplaceLastIfUnpinned(replace));
  if (was_unpinned) {
    TM_RETURN_IF_ERROR(file->Sync());
    // A region kept for reading reaches behind the new end.
    environment.open_files->Forget(path);
  } else {
    const std::string copy_path = absl::StrCat(directory, "/", kCopyName);
    TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> copy,
                        environment.file_system->Open(copy_path, OpenMode::kCreate));
    TM_RETURN_IF_ERROR(copy->Truncate(0));
    TM_RETURN_IF_ERROR(CopyPrefix(file.get(), copy.get(), cut.position));
    TM_RETURN_IF_ERROR(environment.file_system->Rename(copy_path, path));
    environment.open_files->Forget(path);
    segments->ReplaceLast(NewSegment(environment, directory, index_interval_bytes, cut));
  }
  result.segment = segments->Last();
  return result;
}

}  // namespace tidemark
