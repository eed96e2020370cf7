#include "storage/log/producer_recovery.h"

#include <limits>

#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"
#include "storage/index/transaction_index.h"
#include "storage/log/snapshot_policy.h"

namespace tidemark {
namespace {

std::vector<Offset> BaseOffsets(ProducerRecovery::Segments segments) {
  std::vector<Offset> base_offsets;
  base_offsets.reserve(segments.size());
  for (const std::shared_ptr<Segment>& segment : segments) {
    base_offsets.push_back(segment->base_offset());
  }
  return base_offsets;
}

}  // namespace

absl::Status ProducerRecovery::RemoveSnapshots(const std::vector<Offset>& snapshots) const {
  if (snapshots.empty()) return absl::OkStatus();
  TM_RETURN_IF_ERROR(files_.Remove(snapshots));
  // One that came back after a power loss could speak of other batches than are there then.
  return file_system_->SyncDirectory(directory_);
}

absl::Status ProducerRecovery::RemoveStraySnapshots(Segments segments) const {
  TM_ASSIGN_OR_RETURN(const std::vector<Offset> snapshots, files_.List());
  return RemoveSnapshots(StraySnapshots(snapshots, BaseOffsets(segments)));
}

absl::Status ProducerRecovery::RemoveOtherSnapshots(Segments segments) const {
  TM_ASSIGN_OR_RETURN(const std::vector<Offset> snapshots, files_.List());
  return RemoveSnapshots(OtherSnapshots(snapshots, BaseOffsets(segments)));
}

absl::StatusOr<absl::optional<Offset>> ProducerRecovery::RemoveSnapshotsOutside(
    Offset log_start, Offset log_end) const {
  TM_ASSIGN_OR_RETURN(const std::vector<Offset> snapshots, files_.List());
  TM_RETURN_IF_ERROR(RemoveSnapshots(SnapshotsOutside(snapshots, log_start, log_end)));
  absl::optional<Offset> newest;
  for (const Offset snapshot : snapshots) {
    if (snapshot > log_start && snapshot <= log_end) newest = snapshot;
  }
  return newest;
}

absl::Status ProducerRecovery::LoadTransactions(Segments segments, size_t number,
                                                Offset log_start) const {
  Segment& segment = *segments[number];
  if (!index_files_.contains(segment.base_offset())) return absl::OkStatus();
  const absl::StatusOr<std::vector<TransactionIndexEntry>> entries =
      LoadTransactionIndex(file_system_, segment.transaction_index_path(), segment.base_offset());
  if (entries.ok()) {
    for (const TransactionIndexEntry& entry : *entries) segment.AddAborted(entry);
    return absl::OkStatus();
  }
  if (!absl::IsDataLoss(entries.status())) return entries.status();
  NoteRebuilt(segment);
  TM_ASSIGN_OR_RETURN(ProducerTable producers,
                      files_.Load(segments.first(number), log_start, segment.base_offset()));
  TM_RETURN_IF_ERROR(ReplayProducers(file_system_, segment, log_start,
                                     Offset(std::numeric_limits<int64_t>::max()), &producers,
                                     &segment));
  return segment.StoreTransactions();
}

absl::Status ProducerRecovery::CompleteTransactions(Segment* segment) const {
  if (!FileAgrees(*segment)) {
    NoteRebuilt(*segment);
  } else if (segment->transactions() == nullptr) {
    return absl::OkStatus();
  }
  return segment->StoreTransactions();
}

bool ProducerRecovery::FileAgrees(const Segment& segment) const {
  const std::shared_ptr<const TransactionIndex> index = segment.transactions();
  const bool has_file = index_files_.contains(segment.base_offset());
  if (!has_file || index == nullptr) return !has_file && index == nullptr;
  const absl::StatusOr<std::vector<TransactionIndexEntry>> stored =
      LoadTransactionIndex(file_system_, segment.transaction_index_path(), segment.base_offset());
  if (!stored.ok() || static_cast<int64_t>(stored->size()) != index->size()) return false;
  for (size_t i = 0; i < stored->size(); ++i) {
    if ((*stored)[i] != index->entry(static_cast<int64_t>(i))) return false;
  }
  return true;
}

void ProducerRecovery::NoteRebuilt(const Segment& segment) const {
  report_->rebuilt_files.push_back(
      FormatSegmentFileName({segment.base_offset(), SegmentFileKind::kTransactionIndex}));
}

}  // namespace tidemark
