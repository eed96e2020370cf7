#include "storage/log/producer_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/file_names.h"
#include "storage/segment/batch_scanner.h"

namespace tidemark {
namespace {

// Ten million producers.
constexpr int64_t kSnapshotBytesMax = int64_t{460} << 20;

}  // namespace

std::string ProducerFiles::PathOf(Offset snapshot) const {
  return absl::StrCat(directory_, "/",
                      FormatSegmentFileName({snapshot, SegmentFileKind::kProducerSnapshot}));
}

absl::Status ProducerFiles::Store(Offset offset, absl::string_view bytes) const {
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                      file_system_->Open(PathOf(offset), OpenMode::kCreate));
  // In place of what is there: on a full disk there may be no room for it elsewhere.
  TM_RETURN_IF_ERROR(file->Write(0, bytes));
  TM_RETURN_IF_ERROR(file->Truncate(static_cast<int64_t>(bytes.size())));
  // One without producers is soon made again.
  return bytes == FormatProducerSnapshot({}) ? absl::OkStatus() : file->Sync();
}

absl::StatusOr<std::vector<Offset>> ProducerFiles::List() const {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system_->List(directory_));
  std::vector<Offset> snapshots;
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (name.has_value() && name->kind == SegmentFileKind::kProducerSnapshot &&
        name->state == SegmentFileState::kLive && entry.type == FileType::kFile) {
      snapshots.push_back(name->offset);
    }
  }
  std::sort(snapshots.begin(), snapshots.end());
  return snapshots;
}

absl::Status ProducerFiles::Remove(absl::Span<const Offset> snapshots) const {
  for (const Offset snapshot : snapshots) {
    TM_RETURN_IF_ERROR(RemoveIfPresent(file_system_, PathOf(snapshot)).status());
  }
  return absl::OkStatus();
}

absl::Status ProducerFiles::Restore(Offset snapshot, ProducerTable* producers) const {
  TM_ASSIGN_OR_RETURN(const std::string bytes,
                      ReadWholeFile(file_system_, PathOf(snapshot), kSnapshotBytesMax));
  TM_ASSIGN_OR_RETURN(const std::vector<ProducerSnapshotEntry> entries,
                      ParseProducerSnapshot(bytes));
  return producers->Restore(entries);
}

absl::StatusOr<absl::optional<Offset>> ProducerFiles::RestoreNewest(
    Offset log_start, Offset offset, ProducerTable* producers) const {
  TM_ASSIGN_OR_RETURN(std::vector<Offset> snapshots, List());
  for (; !snapshots.empty(); snapshots.pop_back()) {
    const Offset newest = snapshots.back();
    if (newest > offset) continue;
    if (newest <= log_start) break;
    const absl::Status status = Restore(newest, producers);
    if (status.ok()) return absl::optional<Offset>(newest);
    if (!absl::IsDataLoss(status)) return status;
    TM_RETURN_IF_ERROR(Remove({newest}));
  }
  return absl::optional<Offset>();
}

absl::StatusOr<ProducerTable> ProducerFiles::Load(
    absl::Span<const std::shared_ptr<Segment>> segments, Offset log_start, Offset offset) const {
  ProducerTable producers;
  if (offset <= log_start) return producers;
  TM_ASSIGN_OR_RETURN(const absl::optional<Offset> snapshot,
                      RestoreNewest(log_start, offset, &producers));
  const Offset from = snapshot.value_or(log_start);
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool is_below = i + 1 < segments.size() && segments[i + 1]->base_offset() <= from;
    if (is_below || segments[i]->base_offset() >= offset || from >= offset) continue;
    TM_RETURN_IF_ERROR(
        ReplayProducers(file_system_, *segments[i], from, offset, &producers, nullptr));
  }
  return producers;
}

void ReplayProducerBatch(const RecordBatchView& batch, ProducerTable* producers, Segment* segment) {
  const absl::StatusOr<absl::optional<ProducerBatch>> read = ReadProducerBatch(batch);
  if (!read.ok() || !read->has_value()) return;
  const absl::optional<TransactionIndexEntry> aborted = producers->Apply(**read);
  if (aborted.has_value() && segment != nullptr) segment->AddAborted(*aborted);
}

absl::Status ReplayProducers(FileSystem* file_system, const Segment& segment, Offset from,
                             Offset to, ProducerTable* producers, Segment* add_aborted_to) {
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                      file_system->Open(segment.log_path(), OpenMode::kRead));
  BatchScanner scanner(file.get(), 0, segment.size_bytes());
  while (true) {
    const absl::StatusOr<bool> found = scanner.Next();
    if (absl::IsDataLoss(found.status())) return absl::OkStatus();
    if (!found.ok()) return found.status();
    if (!*found || scanner.batch().base_offset() >= to) return absl::OkStatus();
    const RecordBatchView& batch = scanner.batch();
    if (batch.last_offset() < from || batch.producer_id() == kNoProducerId) continue;
    if (batch.VerifyCrc().ok()) ReplayProducerBatch(batch, producers, add_aborted_to);
  }
}

}  // namespace tidemark
