#include "storage/log/log_loader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/file_names.h"
#include "storage/format/producer_snapshot.h"
#include "storage/index/index_file.h"
#include "storage/log/damage_recovery.h"
#include "storage/log/epoch_recovery.h"
#include "storage/log/name_recovery.h"
#include "storage/log/producer_recovery.h"
#include "storage/segment/segment_recovery.h"

namespace tidemark {
namespace {

constexpr int64_t kEpochFileBytesMax = int64_t{16} << 20;

class LogLoader {
 public:
  LogLoader(const SegmentEnvironment& environment, const LoadParameters& parameters,
            LogRecoveryReport* report)
      : environment_(environment),
        parameters_(parameters),
        report_(report),
        producers_(environment.file_system, parameters.directory, report) {}

  absl::StatusOr<LoadedLog> Load();

 private:
  absl::Status ListSegments();
  absl::Status LoadEpochs();
  absl::Status RebuildEpochs();
  absl::Status LoadTail();
  absl::StatusOr<bool> TryLoadCleanTail();
  absl::Status RecoverFrom(size_t first);
  absl::StatusOr<bool> RecoverSegment(size_t number, EpochRecovery* epochs);
  absl::StatusOr<SegmentScan> ScanAroundDamage(size_t number, File* file, SegmentIndex* index,
                                               EpochRecovery* epochs);
  bool GoesOnAt(Offset base_offset);
  absl::Status CutSegment(size_t number, const SegmentScan& scan, File* file, int64_t file_bytes);
  absl::Status CompleteSideFiles(const Segment& segment, SegmentIndex* index);
  absl::Status DropSegmentsBehind(size_t number);
  absl::Status KeepUnsynced(Segment* segment, std::unique_ptr<File> file, int64_t size_bytes);
  absl::Status StartAnew(Offset offset);
  absl::Status AddEmptySegment(Offset offset);
  size_t SegmentOf(Offset offset) const;
  std::string PathOf(absl::string_view name) const {
    return absl::StrCat(parameters_.directory, "/", name);
  }
  std::shared_ptr<SegmentIndex> NewIndex(const Segment& segment) const {
    return std::make_shared<SegmentIndex>(segment.base_offset(),
                                          parameters_.config.index_interval_bytes);
  }
  std::shared_ptr<Segment> NewSegment(Offset base_offset, int64_t size_bytes) const {
    return std::make_shared<Segment>(environment_, parameters_.directory, base_offset,
                                     parameters_.config.index_interval_bytes, size_bytes);
  }

  const SegmentEnvironment environment_;
  const LoadParameters& parameters_;
  LogRecoveryReport* const report_;
  LoadedLog log_;
  ProducerRecovery producers_;
  Continuity continuity_;
  bool must_rebuild_epochs_ = false;
};

absl::StatusOr<LoadedLog> LogLoader::Load() {
  report_->topic_partition = parameters_.topic_partition;
  report_->was_clean = parameters_.was_clean;
  continuity_.gaps_allowed = parameters_.config.offset_gaps_allowed;
  TM_RETURN_IF_ERROR(ListSegments());
  log_.log_start = parameters_.log_start_offset;
  if (!log_.segments.empty()) {
    log_.log_start = std::max(log_.log_start, log_.segments.front()->base_offset());
  }
  TM_RETURN_IF_ERROR(producers_.RemoveStraySnapshots(log_.segments));
  if (log_.segments.empty()) {
    TM_RETURN_IF_ERROR(StartAnew(std::max(parameters_.log_start_offset, Offset(0))));
    // What a truncation of everything did not live to clear would hold again at the next opening.
    log_.epochs_changed = environment_.file_system->Stat(PathOf(kLeaderEpochCheckpointName)).ok();
  } else {
    TM_RETURN_IF_ERROR(LoadEpochs());
    TM_RETURN_IF_ERROR(LoadTail());
  }
  log_.log_end = continuity_.next_offset;
  log_.log_start = std::max(parameters_.log_start_offset, log_.segments.front()->base_offset());
  if (log_.log_end < log_.log_start) {
    report_->notes.push_back(absl::StrCat(parameters_.directory, ": the log ends at ",
                                          log_.log_end.value(), ", below its start offset ",
                                          log_.log_start.value(), "; it starts anew there"));
    TM_RETURN_IF_ERROR(DropSegmentsBehind(0));
    TM_RETURN_IF_ERROR(log_.segments[0]->RemoveFiles());
    TM_RETURN_IF_ERROR(StartAnew(log_.log_start));
    log_.log_end = log_.log_start;
  }
  log_.epochs_changed |= log_.epochs.TruncateBehind(log_.log_end);
  log_.epochs_changed |= log_.epochs.TruncateFromStart(log_.log_start);
  TM_ASSIGN_OR_RETURN(log_.newest_snapshot,
                      producers_.RemoveSnapshotsOutside(log_.log_start, log_.log_end));
  log_.producers.Expire(parameters_.now, parameters_.config.producer_expiration);
  log_.flushed = report_->was_clean
                     ? log_.log_end
                     : std::clamp(parameters_.recovery_point, log_.log_start, log_.log_end);
  log_.recovered_from = std::min(log_.recovered_from, log_.flushed);
  const Segment& active = *log_.segments.back();
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                      environment_.file_system->Open(active.log_path(), OpenMode::kRead));
  TM_ASSIGN_OR_RETURN(log_.active_first_timestamp,
                      ReadFirstTimestamp(file.get(), active.size_bytes()));
  return std::move(log_);
}

absl::Status LogLoader::ListSegments() {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries,
                      RecoverNames(environment_.file_system, parameters_.directory,
                                   parameters_.was_clean, &report_->notes));
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (!name.has_value() || name->state != SegmentFileState::kLive) continue;
    if (name->kind == SegmentFileKind::kTransactionIndex) producers_.NoteIndexFile(name->offset);
    if (name->kind != SegmentFileKind::kLog) continue;
    TM_ASSIGN_OR_RETURN(const FileInfo info, environment_.file_system->Stat(PathOf(entry.name)));
    if (info.type != FileType::kFile) {
      return absl::FailedPreconditionError(
          absl::StrCat(PathOf(entry.name), ": not a regular file"));
    }
    log_.segments.push_back(NewSegment(name->offset, info.size_bytes));
  }
  return absl::OkStatus();
}

absl::Status LogLoader::LoadEpochs() {
  const absl::StatusOr<std::string> text = ReadWholeFile(
      environment_.file_system, PathOf(kLeaderEpochCheckpointName), kEpochFileBytesMax);
  absl::Status status = text.status();
  if (text.ok()) {
    absl::StatusOr<std::vector<LeaderEpochEntry>> entries = ParseLeaderEpochCheckpoint(*text);
    if (entries.ok()) {
      log_.epochs = LeaderEpochCache(*std::move(entries));
      return absl::OkStatus();
    }
    status = entries.status();
  }
  if (!absl::IsNotFound(status) && !absl::IsDataLoss(status)) return status;
  // Nothing to rebuild it from, and nothing to report, in a log that never had a batch.
  must_rebuild_epochs_ = log_.segments.size() > 1 || log_.segments[0]->size_bytes() > 0;
  return absl::OkStatus();
}

absl::Status LogLoader::RebuildEpochs() {
  LeaderEpochCache rebuilt;
  for (const std::shared_ptr<Segment>& segment : log_.segments) {
    TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                        environment_.file_system->Open(segment->log_path(), OpenMode::kRead));
    BatchScanner scanner(file.get(), 0, segment->size_bytes());
    while (true) {
      TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
      if (!found) break;
      rebuilt.Assign(scanner.batch().leader_epoch(), scanner.batch().base_offset());
    }
    if (scanner.stop() == BatchScanStop::kEnd) continue;
    report_->notes.push_back(absl::StrCat(
        segment->log_path(), " at position ", scanner.position(), ": damaged, ",
        scanner.stop() == BatchScanStop::kZeroTail ? "zeros" : scanner.reason().message(),
        "; leader epochs that began from here to the end of the file are not known"));
  }
  log_.epochs = std::move(rebuilt);
  log_.epochs_changed = true;
  report_->rebuilt_files.emplace_back(kLeaderEpochCheckpointName);
  return absl::OkStatus();
}

absl::Status LogLoader::LoadTail() {
  bool is_loaded = false;
  if (parameters_.was_clean) {
    TM_ASSIGN_OR_RETURN(is_loaded, TryLoadCleanTail());
    report_->was_clean = is_loaded;
  }
  // A segment that ends just at the recovery point may have been rolled but not finished.
  if (!is_loaded) {
    const Offset recovery_point = std::max(parameters_.recovery_point, Offset(0));
    TM_RETURN_IF_ERROR(RecoverFrom(SegmentOf(recovery_point - 1)));
  }
  if (must_rebuild_epochs_) TM_RETURN_IF_ERROR(RebuildEpochs());
  return absl::OkStatus();
}

// Walks from the last index entry to the end of the file. False if that is not how a clean stop
// leaves the last segment.
absl::StatusOr<bool> LogLoader::TryLoadCleanTail() {
  Segment& active = *log_.segments.back();
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                      environment_.file_system->Open(active.log_path(), OpenMode::kRead));
  auto index = NewIndex(active);
  ScanOptions options{.from_position = 0, .is_unclean = false};
  const absl::Status loaded = LoadIndexFiles(environment_.file_system, active.index_paths(),
                                             active.size_bytes(), index.get());
  int64_t stored_offsets = index->offset_entry_count();
  int64_t stored_times = index->time_entry_count();
  if (loaded.ok() && stored_offsets > 0) {
    options.from_position = index->offset_entry(index->offset_entry_count() - 1).position.value();
  } else if (absl::IsNotFound(loaded) || absl::IsDataLoss(loaded)) {
    if (active.size_bytes() > 0) {
      report_->rebuilt_files.push_back(
          FormatSegmentFileName({active.base_offset(), SegmentFileKind::kOffsetIndex}));
    }
    index = NewIndex(active);
    stored_offsets = stored_times = -1;
  } else if (!loaded.ok()) {
    return loaded;
  }
  Continuity continuity = continuity_;
  continuity.next_offset = active.base_offset();
  TM_ASSIGN_OR_RETURN(const SegmentScan scan,
                      ScanSegment(file.get(), active.size_bytes(), options, &continuity,
                                  index.get(), [](const RecordBatchView&) {}));
  // A clean stop notes the log end, too; without a note it is 0.
  const bool is_as_noted = parameters_.recovery_point <= Offset(0) ||
                           continuity.next_offset == parameters_.recovery_point;
  if (scan.stop != BatchScanStop::kEnd || !is_as_noted) {
    report_->notes.push_back(absl::StrCat(active.log_path(), " at position ", scan.valid_bytes,
                                          ": not as a clean stop leaves it; recovering"));
    return false;
  }
  log_.names_changed = false;
  log_.recovered_from = continuity.next_offset;
  index->CompleteTimeIndex();
  log_.active_index_is_stored =
      index->offset_entry_count() == stored_offsets && index->time_entry_count() == stored_times;
  for (size_t i = 0; i < log_.segments.size(); ++i) {
    log_.segments[i]->set_synced_bytes(log_.segments[i]->size_bytes());
    TM_RETURN_IF_ERROR(producers_.LoadTransactions(log_.segments, i, log_.log_start));
  }
  TM_ASSIGN_OR_RETURN(log_.producers, producers_.files().Load(log_.segments, log_.log_start,
                                                              continuity.next_offset));
  log_.active_index = std::move(index);
  continuity_ = continuity;
  return true;
}

absl::Status LogLoader::RecoverFrom(size_t first) {
  for (size_t i = 0; i < first; ++i) {
    log_.segments[i]->set_synced_bytes(log_.segments[i]->size_bytes());
    TM_RETURN_IF_ERROR(producers_.LoadTransactions(log_.segments, i, log_.log_start));
  }
  continuity_.next_offset = log_.segments[first]->base_offset();
  log_.recovered_from = continuity_.next_offset;
  TM_ASSIGN_OR_RETURN(log_.producers,
                      producers_.files().Load(absl::MakeConstSpan(log_.segments).first(first),
                                              log_.log_start, continuity_.next_offset));
  EpochRecovery epochs(&log_.epochs, must_rebuild_epochs_ ? Offset(0) : parameters_.recovery_point);
  for (size_t number = first; number < log_.segments.size(); ++number) {
    TM_ASSIGN_OR_RETURN(const bool goes_on, RecoverSegment(number, &epochs));
    if (goes_on) continue;
    const Segment* const next =
        number + 1 < log_.segments.size() ? log_.segments[number + 1].get() : nullptr;
    TM_RETURN_IF_ERROR(CheckNothingIsMissing(*log_.segments[number], next, continuity_,
                                             parameters_.recovery_point, report_));
    TM_RETURN_IF_ERROR(DropSegmentsBehind(number));
  }
  TM_RETURN_IF_ERROR(producers_.RemoveOtherSnapshots(log_.segments));
  for (const std::string& finding : epochs.TakeFindings()) {
    report_->notes.push_back(absl::StrCat(parameters_.directory, ": ", finding));
  }
  log_.epochs_changed |= epochs.has_changed();
  must_rebuild_epochs_ |= epochs.must_rebuild();
  return absl::OkStatus();
}

// Returns whether the next segment, if there is one, continues this one.
absl::StatusOr<bool> LogLoader::RecoverSegment(size_t number, EpochRecovery* epochs) {
  Segment& segment = *log_.segments[number];
  TM_ASSIGN_OR_RETURN(std::unique_ptr<File> file,
                      environment_.file_system->Open(segment.log_path(), OpenMode::kReadWrite));
  const int64_t file_bytes = segment.size_bytes();
  auto index = NewIndex(segment);
  TM_ASSIGN_OR_RETURN(const SegmentScan scan,
                      ScanAroundDamage(number, file.get(), index.get(), epochs));
  // Bytes below the recovery point that nothing good follows are not cut off: the log goes on in
  // another segment.
  const bool ends_in_damage = scan.valid_bytes == file_bytes && scan.stop != BatchScanStop::kEnd;
  if (scan.valid_bytes < file_bytes) {
    TM_RETURN_IF_ERROR(CutSegment(number, scan, file.get(), file_bytes));
  }
  segment.Publish(scan.valid_bytes);
  TM_RETURN_IF_ERROR(producers_.CompleteTransactions(&segment));
  TM_RETURN_IF_ERROR(KeepUnsynced(&segment, std::move(file), scan.valid_bytes));
  const bool is_whole =
      ends_in_damage || scan.stop == BatchScanStop::kEnd || scan.stop == BatchScanStop::kZeroTail;
  const bool goes_on = is_whole && number + 1 < log_.segments.size() &&
                       GoesOnAt(log_.segments[number + 1]->base_offset());
  if (ends_in_damage && !goes_on) {
    TM_RETURN_IF_ERROR(DropSegmentsBehind(number));
    TM_RETURN_IF_ERROR(AddEmptySegment(continuity_.next_offset));
  } else if (!goes_on) {
    log_.active_index = std::move(index);
    return false;
  }
  const absl::Status completed = CompleteSideFiles(segment, index.get());
  if (!completed.ok()) {
    report_->notes.emplace_back(completed.message());
    log_.unfinished.push_back({log_.segments[number], std::move(index), continuity_.next_offset,
                               FormatProducerSnapshot(log_.producers.Snapshot())});
  }
  return true;
}

// Scans the whole segment, also behind what is damaged below the recovery point. Stops of other
// damage than that are the caller's; if there is nothing good behind that, the scan ends at the end
// of the file with another stop than kEnd.
absl::StatusOr<SegmentScan> LogLoader::ScanAroundDamage(size_t number, File* file,
                                                        SegmentIndex* index,
                                                        EpochRecovery* epochs) {
  Segment& segment = *log_.segments[number];
  const int64_t file_bytes = segment.size_bytes();
  SettledLog settled{parameters_.recovery_point, absl::nullopt};
  if (number + 1 < log_.segments.size()) {
    settled.next_segment = log_.segments[number + 1]->base_offset();
  }
  ScanOptions options;
  std::shared_ptr<MappedRegion> region;
  if (file_bytes > 0) {
    TM_ASSIGN_OR_RETURN(region, file->Map(MapMode::kRead, file_bytes));
  }
  options.region = region.get();
  options.also_check = [&](const RecordBatchView& batch) {
    TM_RETURN_IF_ERROR(CheckSettled(settled, continuity_, batch));
    return epochs->Check(batch);
  };
  while (true) {
    TM_ASSIGN_OR_RETURN(SegmentScan scan,
                        ScanSegment(file, file_bytes, options, &continuity_, index,
                                    [&](const RecordBatchView& batch) {
                                      continuity_.leader_epoch = epochs->Take(batch);
                                      if (batch.last_offset() < log_.log_start) return;
                                      ReplayProducerBatch(batch, &log_.producers, &segment);
                                    }));
    report_->scanned_bytes += scan.valid_bytes - options.from_position;
    report_->batches_kept += scan.batch_count;
    if (scan.valid_bytes == file_bytes) return scan;
    if (continuity_.next_offset >= parameters_.recovery_point) return scan;
    TM_ASSIGN_OR_RETURN(options.from_position,
                        PassDamage(file, file_bytes, scan.valid_bytes,
                                   scan.stop == BatchScanStop::kZeroTail ? "zeros" : scan.reason,
                                   &settled, &segment, &continuity_, report_));
    if (options.from_position == file_bytes) {
      scan.valid_bytes = file_bytes;
      return scan;
    }
  }
}

// Whether the segment that begins at `base_offset` continues the one that was scanned last. Then no
// offset below it is given any more, whatever compaction took from the end of that one.
bool LogLoader::GoesOnAt(Offset base_offset) {
  // Of those below the log start, a deletion that was interrupted may have left any.
  const bool may_leave_gap = continuity_.gaps_allowed || base_offset <= log_.log_start;
  if (may_leave_gap ? base_offset < continuity_.next_offset
                    : base_offset != continuity_.next_offset) {
    return false;
  }
  continuity_.next_offset = base_offset;
  return true;
}

// Makes the index files of a sealed segment, which was scanned last, and the snapshot behind it
// agree with what was scanned, on stable storage. Those that do are stored again: a process may
// have died between writing and syncing them.
absl::Status LogLoader::CompleteSideFiles(const Segment& segment, SegmentIndex* index) {
  index->CompleteTimeIndex();
  auto stored = NewIndex(segment);
  const absl::Status loaded = LoadIndexFiles(environment_.file_system, segment.index_paths(),
                                             segment.size_bytes(), stored.get());
  if (!loaded.ok() || *stored != *index) {
    report_->rebuilt_files.push_back(
        FormatSegmentFileName({segment.base_offset(), SegmentFileKind::kOffsetIndex}));
  }
  TM_RETURN_IF_ERROR(StoreIndexFiles(environment_.file_system, segment.index_paths(), *index));
  const Offset end = continuity_.next_offset;
  if (end <= log_.log_start) return absl::OkStatus();
  return producers_.files().Store(end, FormatProducerSnapshot(log_.producers.Snapshot()));
}

absl::Status LogLoader::CutSegment(size_t number, const SegmentScan& scan, File* file,
                                   int64_t file_bytes) {
  const Segment& segment = *log_.segments[number];
  TM_ASSIGN_OR_RETURN(const int64_t dropped, CountWrittenBytes(file, scan.valid_bytes, file_bytes));
  const std::string place = absl::StrCat(segment.log_path(), " at position ", scan.valid_bytes,
                                         ", offset ", continuity_.next_offset.value());
  if (dropped > 0) {
    report_->dropped_bytes += dropped;
    report_->notes.push_back(absl::StrCat(place, ": ", dropped, " bytes dropped: ", scan.reason));
  }
  // First, while the damage still says that they are not to be kept.
  if (scan.stop != BatchScanStop::kZeroTail) TM_RETURN_IF_ERROR(DropSegmentsBehind(number));
  return file->Truncate(scan.valid_bytes);
}

// From the end, so that a crash in between leaves a prefix; where gaps are allowed, nothing else
// tells that what a power loss kept is none. In any case they are gone before anything is appended:
// what is synced of that may come first, and must not be continued by what was dropped.
absl::Status LogLoader::DropSegmentsBehind(size_t number) {
  if (log_.segments.size() <= number + 1) return absl::OkStatus();
  while (log_.segments.size() > number + 1) {
    Segment& last = *log_.segments.back();
    report_->dropped_bytes += last.size_bytes();
    ++report_->dropped_segments;
    report_->notes.push_back(absl::StrCat(last.log_path(), ": dropped, ", last.size_bytes(),
                                          " bytes: it does not continue what is before it"));
    TM_RETURN_IF_ERROR(last.RemoveFiles());
    if (continuity_.gaps_allowed) {
      TM_RETURN_IF_ERROR(environment_.file_system->SyncDirectory(parameters_.directory));
    }
    log_.segments.pop_back();
  }
  return environment_.file_system->SyncDirectory(parameters_.directory);
}

// An earlier process's sync may have failed: then its bytes are in memory only, marked as written.
// Populated for writing they are written by the next sync.
absl::Status LogLoader::KeepUnsynced(Segment* segment, std::unique_ptr<File> file,
                                     int64_t size_bytes) {
  if (size_bytes == 0) return absl::OkStatus();
  TM_ASSIGN_OR_RETURN(std::shared_ptr<MappedRegion> region,
                      file->Map(MapMode::kReadWrite, size_bytes));
  TM_RETURN_IF_ERROR(region->Populate(0, size_bytes));
  segment->SetWritableRegion(std::move(region));
  return absl::OkStatus();
}

absl::Status LogLoader::StartAnew(Offset offset) {
  log_.unfinished.clear();
  log_.segments.clear();
  TM_RETURN_IF_ERROR(AddEmptySegment(offset));
  log_.epochs_changed |= !log_.epochs.entries().empty();
  log_.epochs.Clear();
  log_.producers.Clear();
  continuity_.next_offset = offset;
  return absl::OkStatus();
}

absl::Status LogLoader::AddEmptySegment(Offset offset) {
  log_.segments.push_back(NewSegment(offset, 0));
  const Segment& active = *log_.segments.back();
  for (const std::string& path :
       {active.log_path(), active.index_paths().offset_index, active.index_paths().time_index}) {
    TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                        environment_.file_system->Open(path, OpenMode::kCreate));
    TM_RETURN_IF_ERROR(file->Truncate(0));
  }
  log_.active_index = NewIndex(active);
  log_.active_index_is_stored = true;
  log_.names_changed = true;
  return absl::OkStatus();
}

// The segment that holds `offset`, or the first one.
size_t LogLoader::SegmentOf(Offset offset) const {
  size_t number = log_.segments.size() - 1;
  while (number > 0 && log_.segments[number]->base_offset() > offset) --number;
  return number;
}

}  // namespace

absl::StatusOr<LoadedLog> LoadLog(const SegmentEnvironment& environment,
                                  const LoadParameters& parameters, LogRecoveryReport* report) {
  return LogLoader(environment, parameters, report).Load();
}

}  // namespace tidemark
