#include "storage/log/log_truncation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/log/snapshot_policy.h"
#include "storage/segment/batch_scanner.h"
#include "storage/segment/segment_reader.h"
#include "storage/segment/segment_recovery.h"

namespace tidemark {
namespace {

constexpr absl::string_view kCopyName = "truncation.tmp";

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

}  // namespace

absl::StatusOr<LogTruncator::Ends> LogTruncator::Cut(Offset offset) {
  const Offset log_start = parts_.front->start();
  const Offset log_end = parts_.writer->log_end();
  // A log that is empty, or becomes so, forgets its epochs. Batches below the start must go with
  // them: what is then appended with a lower epoch would be taken for damage behind those.
  if (log_end == log_start && parts_.segments->TotalBytes() > 0) return StartAnew(log_start);
  if (offset >= log_end) {
    TM_RETURN_IF_ERROR(parts_.epochs->TruncateFromEnd(offset));
    parts_.writer->SetLatestEpoch(parts_.epochs->latest_epoch());
    return Ends{.kept_end = log_end};
  }
  TM_ASSIGN_OR_RETURN(const CutPoint cut, FindCutPoint(offset));
  if (cut.log_end <= log_start) return StartAnew(log_start);
  TM_RETURN_IF_ERROR(LowerRecoveryPoint(cut.log_end));
  TM_ASSIGN_OR_RETURN(Remainder left, CutSegments(cut));
  TM_RETURN_IF_ERROR(CutTransactions(cut, left.segment.get()));
  TM_RETURN_IF_ERROR(RemoveSnapshotsAbove(cut.log_end));
  TM_RETURN_IF_ERROR(parts_.directory->Sync());
  TM_RETURN_IF_ERROR(parts_.epochs->TruncateFromEnd(cut.log_end));
  TM_ASSIGN_OR_RETURN(ProducerTable producers, ProducersUpTo(cut.log_end));
  parts_.syncer->DropSealed(left.segment->base_offset());
  parts_.syncer->ForgetSynced(cut.log_end);
  parts_.writer->ReplaceActive(
      parts_.writer->NewAppender(std::move(left.segment), std::move(left.index),
                                 left.first_timestamp),
      cut.log_end, parts_.epochs->latest_epoch(), std::move(producers));
  return Ends{.kept_end = cut.log_end};
}

absl::StatusOr<LogTruncator::Ends> LogTruncator::StartAnew(Offset offset) {
  const absl::Duration remove_delay = parts_.writer->config().file_delete_delay;
  const absl::Status kept = parts_.front->Keep(remove_delay);
  if (!kept.ok() && !absl::IsResourceExhausted(kept)) return kept;
  // Next, as nothing is flushed below the start, and in this order the start is never seen behind
  // the end.
  parts_.front->Lower(offset);
  TM_RETURN_IF_ERROR(LowerRecoveryPoint(parts_.front->start()));
  parts_.syncer->DropSealed(Offset(0));
  // A power loss that took the first one alone would leave what is no prefix.
  while (parts_.segments->count() > 1) TM_RETURN_IF_ERROR(RemoveLast());
  TM_RETURN_IF_ERROR(parts_.directory->Sync());
  // What is gone may have made the room.
  if (!kept.ok()) TM_RETURN_IF_ERROR(parts_.front->Keep(remove_delay));
  TM_RETURN_IF_ERROR(RemoveLast());
  TM_RETURN_IF_ERROR(RemoveSnapshotsAbove(Offset(-1)));
  // Where gaps are allowed, what came back would be taken for the front of the new segment.
  TM_RETURN_IF_ERROR(parts_.directory->Sync());
  TM_ASSIGN_OR_RETURN(std::unique_ptr<SegmentAppender> first, parts_.writer->CreateSegment(offset));
  parts_.segments->Add(first->segment());
  TM_RETURN_IF_ERROR(parts_.directory->Sync());
  TM_RETURN_IF_ERROR(parts_.front->StoreLowered(offset));
  TM_RETURN_IF_ERROR(parts_.epochs->Clear());
  parts_.syncer->ForgetSynced(offset);
  parts_.writer->ReplaceActive(std::move(first), offset, absl::nullopt, ProducerTable());
  parts_.front->Restart(offset);
  return Ends{.kept_end = Offset(0), .durable_end = offset};
}

absl::Status LogTruncator::LowerRecoveryPoint(Offset offset) {
  // First, so that nobody reads the old ones here and writes them back.
  parts_.commit->Lower(offset);
  parts_.syncer->Lower(offset);
  return parts_.lower_recovery_point == nullptr ? absl::OkStatus()
                                                : parts_.lower_recovery_point(offset);
}

// Where gaps are allowed, a segment that a power loss keeps without the one before it would be
// taken for the log's end.
absl::Status LogTruncator::RemoveLast() {
  const std::shared_ptr<Segment> last = parts_.segments->RemoveLast();
  last->Retire();
  TM_RETURN_IF_ERROR(last->RemoveFiles());
  return parts_.writer->config().offset_gaps_allowed ? parts_.directory->Sync() : absl::OkStatus();
}

absl::StatusOr<LogTruncator::CutPoint> LogTruncator::FindCutPoint(Offset offset) const {
  // Not pinned: a pin of our own would look like a reader's.
  const std::shared_ptr<Segment> segment = parts_.segments->Floor(offset).segment;
  if (segment == nullptr) {
    return absl::OutOfRangeError(absl::StrCat("offset ", offset.value(), " is below the log"));
  }
  TM_ASSIGN_OR_RETURN(const SegmentPlace place, LocateBatch(segment.get(), offset));
  CutPoint cut{segment, place.position, std::min(offset, place.base_offset)};
  if (parts_.writer->config().offset_gaps_allowed) {
    TM_ASSIGN_OR_RETURN(const Offset end, EndInFrontOf(cut));
    cut.log_end = std::min(cut.log_end, end);
  }
  return cut;
}

// Where the last batch in front of the cut ends. Nothing else tells the next opening where the log
// does, if compaction has taken what came behind it.
absl::StatusOr<Offset> LogTruncator::EndInFrontOf(const CutPoint& cut) const {
  Offset end = cut.segment->base_offset();
  if (cut.position == 0) return end;
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentIndex> index, cut.segment->index());
  int64_t from = 0;
  for (int64_t i = 0; i < index->offset_entry_count(); ++i) {
    const int64_t position = index->offset_entry(i).position.value();
    if (position < cut.position) from = position;
  }
  TM_ASSIGN_OR_RETURN(
      const std::unique_ptr<File> file,
      parts_.environment.file_system->Open(cut.segment->log_path(), OpenMode::kRead));
  BatchScanner scanner(file.get(), from, cut.position);
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
    if (!found) return end;
    end = scanner.batch().next_offset();
  }
}

// Removes the segments behind the cut, from the end, so that a crash leaves a prefix; then cuts.
absl::StatusOr<LogTruncator::Remainder> LogTruncator::CutSegments(const CutPoint& cut) {
  while (parts_.segments->Last() != cut.segment) TM_RETURN_IF_ERROR(RemoveLast());
  TM_ASSIGN_OR_RETURN(
      const std::unique_ptr<File> file,
      parts_.environment.file_system->Open(cut.segment->log_path(), OpenMode::kReadWrite));
  Remainder left;
  TM_ASSIGN_OR_RETURN(left.index, IndexInFrontOf(cut, file.get()));
  TM_ASSIGN_OR_RETURN(left.first_timestamp, ReadFirstTimestamp(file.get(), cut.position));
  TM_RETURN_IF_ERROR(CutFile(cut, file.get()));
  left.segment = parts_.segments->Last();
  return left;
}

// In place, or, if somebody reads the segment, by putting a copy of what is left in its place.
absl::Status LogTruncator::CutFile(const CutPoint& cut, File* file) {
  const std::string& path = cut.segment->log_path();
  TM_ASSIGN_OR_RETURN(
      const bool was_unpinned,
      parts_.segments->ReplaceLastIfUnpinned([&]() -> absl::StatusOr<std::shared_ptr<Segment>> {
        TM_RETURN_IF_ERROR(file->Truncate(cut.position));
        return NewSegment(cut);
      }));
  if (was_unpinned) {
    TM_RETURN_IF_ERROR(file->Sync());
    // It may be kept open with a region of its old size.
    parts_.environment.open_files->Forget(path);
  } else {
    const std::string copy_path = absl::StrCat(parts_.directory->path(), "/", kCopyName);
    FileSystem* const file_system = parts_.environment.file_system;
    TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> copy,
                        file_system->Open(copy_path, OpenMode::kCreate));
    TM_RETURN_IF_ERROR(copy->Truncate(0));
    TM_RETURN_IF_ERROR(CopyPrefix(file, copy.get(), cut.position));
    // Who opens the path from now on may get either file: retiring the segment makes them look
    // again.
    cut.segment->Retire();
    TM_RETURN_IF_ERROR(file_system->Rename(copy_path, path));
    parts_.environment.open_files->Forget(path);
    parts_.segments->ReplaceLast(NewSegment(cut));
  }
  return absl::OkStatus();
}

// The entries in front of the cut, completed from the last one on.
absl::StatusOr<std::shared_ptr<SegmentIndex>> LogTruncator::IndexInFrontOf(const CutPoint& cut,
                                                                           File* file) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentIndex> old, cut.segment->index());
  auto index = std::make_shared<SegmentIndex>(cut.segment->base_offset(),
                                              parts_.writer->config().index_interval_bytes);
  ScanOptions options{.from_position = 0, .is_unclean = false};
  for (int64_t i = 0; i < old->offset_entry_count(); ++i) {
    const OffsetIndexEntry& entry = old->offset_entry(i);
    // Kafka up to 4.0 lets an entry of several batches end behind the first of them.
    if (entry.position.value() >= cut.position ||
        old->base_offset() + entry.relative_offset.value() >= cut.log_end) {
      break;
    }
    index->RestoreOffsetEntry(entry);
    options.from_position = entry.position.value();
  }
  for (int64_t i = 0; i < old->time_entry_count(); ++i) {
    const TimeIndexEntry& entry = old->time_entry(i);
    if (old->base_offset() + entry.relative_offset.value() >= cut.log_end) break;
    index->RestoreTimeEntry(entry);
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

// Leaves `left` those of the cut segment's aborted transactions whose markers are in front of the
// cut.
absl::Status LogTruncator::CutTransactions(const CutPoint& cut, Segment* left) const {
  const std::shared_ptr<const TransactionIndex> transactions = cut.segment->transactions();
  if (transactions == nullptr) return absl::OkStatus();
  for (int64_t i = 0; i < transactions->size(); ++i) {
    const TransactionIndexEntry& entry = transactions->entry(i);
    if (entry.last_offset < cut.log_end) left->AddAborted(entry);
  }
  return left->StoreTransactions();
}

absl::Status LogTruncator::RemoveSnapshotsAbove(Offset log_end) const {
  TM_ASSIGN_OR_RETURN(const std::vector<Offset> snapshots, producer_files_.List());
  return producer_files_.Remove(SnapshotsOutside(snapshots, Offset(-1), log_end));
}

absl::StatusOr<ProducerTable> LogTruncator::ProducersUpTo(Offset log_end) const {
  if (!parts_.writer->has_producers()) return ProducerTable();
  const Offset log_start = parts_.front->start();
  return producer_files_.Load(parts_.segments->From(log_start), log_start, log_end);
}

std::shared_ptr<Segment> LogTruncator::NewSegment(const CutPoint& cut) const {
  auto segment = std::make_shared<Segment>(
      parts_.environment, parts_.directory->path(), cut.segment->base_offset(),
      parts_.writer->config().index_interval_bytes, cut.position);
  segment->set_synced_bytes(cut.position);
  return segment;
}

absl::Status LogTruncator::CutTo(Offset offset) {
  return Run(&LogTruncator::Cut, offset, [&] {
    const Offset log_start = parts_.front->start();
    if (offset >= log_start) return absl::OkStatus();
    return absl::OutOfRangeError(
        absl::StrCat("offset ", offset.value(), " is below the log start ", log_start.value()));
  });
}

absl::Status LogTruncator::StartAnewAt(Offset offset) {
  return Run(&LogTruncator::StartAnew, offset, [] { return absl::OkStatus(); });
}

// `work` leaves no state in between: if it fails the log has to be opened again.
absl::Status LogTruncator::Run(absl::StatusOr<Ends> (LogTruncator::*work)(Offset), Offset offset,
                               absl::FunctionRef<absl::Status()> check) {
  GroupCommit& commit = *parts_.commit;
  bool is_paused = false;
  absl::Status fenced;
  const absl::Status status = parts_.writer->RunExclusive([&]() -> absl::Status {
    TM_RETURN_IF_ERROR(parts_.writer->stopped());
    TM_RETURN_IF_ERROR(commit.status());
    TM_RETURN_IF_ERROR(check());
    commit.Pause();
    is_paused = true;
    Ends ends;
    absl::Status cut = parts_.journal->Forget();
    if (cut.ok()) {
      cut = parts_.syncer->RunBesideCommits([&]() -> absl::Status {
        TM_ASSIGN_OR_RETURN(ends, (this->*work)(offset));
        return absl::OkStatus();
      });
    }
    if (cut.ok()) {
      parts_.high_watermark->LowerTo(parts_.writer->log_end());
      const Offset durable_end = std::min(commit.durable_end(), ends.kept_end);
      commit.Cut(ends.kept_end, std::max(durable_end, ends.durable_end),
                 absl::OutOfRangeError(
                     absl::StrCat("cut off by a truncation to offset ", offset.value())));
      return absl::OkStatus();
    }
    parts_.front->TakeBack();
    fenced = absl::FailedPreconditionError(
        absl::StrCat("fenced: a truncation failed, open the log again: ", cut.message()));
    parts_.writer->Fence(fenced);
    commit.Fence(fenced);
    return cut;
  });
  // They call back, so no lock is held.
  if (is_paused) commit.Resume();
  if (!fenced.ok()) parts_.writer->Stop(fenced);
  return status;
}

}  // namespace tidemark
