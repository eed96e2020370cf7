#include "storage/inspect/transaction_fates.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/file_names.h"
#include "storage/format/producer_snapshot.h"
#include "storage/inspect/transaction_marker.h"

namespace tidemark {
namespace {

struct Snapshot {
  Offset offset;
  OpenTransactions open;
};

// The last one at or below `offset` that can be read; else the log's beginning, with nothing.
absl::StatusOr<Snapshot> LoadSnapshot(FileSystem* file_system, const PartitionPlace& place,
                                      Offset first, Offset offset) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries,
                      file_system->List(place.directory));
  std::set<Offset> found;
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (name.has_value() && name->kind == SegmentFileKind::kProducerSnapshot &&
        name->state == SegmentFileState::kLive && name->offset >= first && name->offset <= offset) {
      found.insert(name->offset);
    }
  }
  Snapshot snapshot{first, {}};
  for (auto one = found.rbegin(); one != found.rend(); ++one) {
    const absl::StatusOr<std::string> bytes = ReadWholeFile(
        file_system, SegmentPath(place.directory, *one, SegmentFileKind::kProducerSnapshot),
        kSideFileBytesMax);
    if (!bytes.ok()) continue;
    const absl::StatusOr<std::vector<ProducerSnapshotEntry>> producers =
        ParseProducerSnapshot(*bytes);
    if (!producers.ok()) continue;
    snapshot.offset = *one;
    for (const ProducerSnapshotEntry& producer : *producers) {
      const absl::optional<Offset>& open = producer.open_transaction_first_offset;
      if (open.has_value()) snapshot.open[producer.producer_id] = *open;
    }
    break;
  }
  return snapshot;
}

void Follow(const RecordBatchView& batch, OpenTransactions* open) {
  if (batch.is_control()) {
    if (ReadTransactionMarker(batch).has_value()) open->erase(batch.producer_id());
  } else if (batch.is_transactional()) {
    open->emplace(batch.producer_id(), batch.base_offset());
  }
}

// Moves the walker to the batch that holds `offset`, or to what comes behind; returns what is open
// there.
absl::StatusOr<OpenTransactions> WalkTo(Offset offset, FileSystem* file_system,
                                        const PartitionPlace& place,
                                        const std::vector<Offset>& segments, LogWalker* walker) {
  TM_ASSIGN_OR_RETURN(Snapshot snapshot,
                      LoadSnapshot(file_system, place, segments.front(), offset));
  const auto behind = std::upper_bound(segments.begin(), segments.end(), snapshot.offset);
  TM_RETURN_IF_ERROR(walker->StartAt(*(behind - 1), snapshot.offset));
  for (;;) {
    TM_ASSIGN_OR_RETURN(const absl::optional<ScannedBatch> next, walker->Next());
    if (!next.has_value()) return snapshot.open;
    const RecordBatchView& batch = next->batch;
    if (batch.last_offset() >= offset) {
      walker->PutBack(*next);
      return snapshot.open;
    }
    if (batch.base_offset() >= snapshot.offset) Follow(batch, &snapshot.open);
  }
}

}  // namespace

absl::StatusOr<OpenTransactions> FindOpenTransactions(FileSystem* file_system,
                                                      const PartitionPlace& place,
                                                      bool are_gaps_allowed,
                                                      const std::vector<Offset>& segments,
                                                      Offset offset) {
  LogWalker walker(file_system, &place, are_gaps_allowed);
  return WalkTo(offset, file_system, place, segments, &walker);
}

absl::StatusOr<TransactionFates> TransactionFates::Create(FileSystem* file_system,
                                                          const PartitionPlace* place,
                                                          bool are_gaps_allowed,
                                                          const std::vector<Offset>& segments,
                                                          Offset offset) {
  LogWalker walker(file_system, place, are_gaps_allowed);
  TM_ASSIGN_OR_RETURN(const OpenTransactions open,
                      WalkTo(offset, file_system, *place, segments, &walker));
  return TransactionFates(std::move(walker), open);
}

TransactionFates::TransactionFates(LogWalker walker, const OpenTransactions& open)
    : walker_(std::move(walker)), passed_(walker_.next_offset()), open_in_front_(open) {}

absl::StatusOr<absl::optional<TransactionFates::Marker>> TransactionFates::FindMarker(
    ProducerId producer_id, Offset offset) {
  passed_ = std::max(passed_, offset);
  std::deque<Marker>& known = markers_[producer_id];
  while (!known.empty() && known.front().offset < offset) known.pop_front();
  while (known.empty()) {
    TM_ASSIGN_OR_RETURN(const absl::optional<ScannedBatch> next, walker_.Next());
    if (!next.has_value()) return absl::optional<Marker>();
    const RecordBatchView& batch = next->batch;
    if (!batch.is_control() || batch.base_offset() < passed_) continue;
    const absl::optional<TransactionMarker> marker = ReadTransactionMarker(batch);
    if (!marker.has_value()) continue;
    markers_[batch.producer_id()].push_back({batch.base_offset(), marker->is_commit});
  }
  return absl::make_optional(known.front());
}

absl::StatusOr<bool> TransactionFates::IsOpenInFront() {
  while (!open_in_front_.empty()) {
    TM_ASSIGN_OR_RETURN(const absl::optional<Marker> marker,
                        FindMarker(open_in_front_.begin()->first, passed_));
    if (!marker.has_value()) return true;
    open_in_front_.erase(open_in_front_.begin());
  }
  return false;
}

absl::StatusOr<TransactionFates::Fate> TransactionFates::Of(const RecordBatchView& batch) {
  TM_ASSIGN_OR_RETURN(const absl::optional<Marker> marker,
                      FindMarker(batch.producer_id(), batch.base_offset()));
  if (!marker.has_value()) return Fate::kOpen;
  return marker->is_commit ? Fate::kCommitted : Fate::kAborted;
}

void TransactionFates::Pass(const RecordBatchView& control_batch) {
  passed_ = std::max(passed_, control_batch.next_offset());
  const auto known = markers_.find(control_batch.producer_id());
  if (known == markers_.end()) return;
  std::deque<Marker>& markers = known->second;
  while (!markers.empty() && markers.front().offset < passed_) markers.pop_front();
  if (markers.empty()) markers_.erase(known);
}

}  // namespace tidemark
