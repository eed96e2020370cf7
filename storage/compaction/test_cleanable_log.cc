#include "storage/compaction/test_cleanable_log.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/file_names.h"
#include "storage/log/log_directory.h"
#include "storage/log/segment_swap.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

constexpr int64_t kAnySize = std::numeric_limits<int64_t>::max();

std::string NameOf(Offset base_offset, SegmentFileKind kind, SegmentFileState state) {
  return FormatSegmentFileName({base_offset, kind, state});
}

}  // namespace

TestCleanableLog::TestCleanableLog(FileSystem* file_system, absl::string_view topic)
    : file_system_(file_system),
      topic_partition_{std::string(topic), PartitionId(0)},
      directory_(absl::StrCat("/data/", topic, "-0")) {
  file_system_->CreateDirectory("/data").IgnoreError();
  file_system_->CreateDirectory(directory_).IgnoreError();
}

std::string TestCleanableLog::PathOf(Offset base_offset, SegmentFileKind kind) const {
  return absl::StrCat(directory_, "/", NameOf(base_offset, kind, SegmentFileState::kLive));
}

void TestCleanableLog::AddAborted(const TransactionIndexEntry& entry) {
  const auto behind = std::upper_bound(
      state.segments.begin(), state.segments.end(), entry.last_offset,
      [](Offset offset, const CompactionSegment& segment) { return offset < segment.base_offset; });
  const auto file = file_system_->Open(
      PathOf((behind - 1)->base_offset, SegmentFileKind::kTransactionIndex), OpenMode::kCreate);
  std::string bytes(TransactionIndexEntry::kBytes, '\0');
  entry.Encode(bytes.data());
  TM_CHECK(file.ok() && (*file)->Write(*(*file)->Size(), bytes).ok());
}

std::vector<TransactionIndexEntry> TestCleanableLog::Aborted() const {
  std::vector<TransactionIndexEntry> entries;
  for (const CompactionSegment& segment : state.segments) {
    const absl::StatusOr<std::string> bytes = ReadWholeFile(
        file_system_, PathOf(segment.base_offset, SegmentFileKind::kTransactionIndex), kAnySize);
    if (!bytes.ok()) continue;
    for (size_t at = 0; at < bytes->size(); at += TransactionIndexEntry::kBytes) {
      entries.push_back(TransactionIndexEntry::Decode(bytes->data() + at));
    }
  }
  return entries;
}

void TestCleanableLog::Roll(int64_t base_offset) {
  CompactionSegment segment;
  segment.base_offset = Offset(base_offset);
  state.segments.push_back(segment);
  state.log_end = state.last_stable = segment.base_offset;
  TM_CHECK(file_system_->Open(PathOf(segment.base_offset), OpenMode::kCreate).ok());
}

void TestCleanableLog::Append(absl::string_view batches) {
  CompactionSegment& active = state.segments.back();
  const auto file = file_system_->Open(PathOf(active.base_offset), OpenMode::kReadWrite);
  TM_CHECK(file.ok() && (*file)->Write(active.size_bytes, batches).ok());
  active.size_bytes += static_cast<int64_t>(batches.size());
  Note(batches);
}

void TestCleanableLog::Note(absl::string_view batches) {
  CompactionSegment& active = state.segments.back();
  while (!batches.empty()) {
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(batches);
    TM_CHECK(batch.ok());
    batches.remove_prefix(batch->bytes().size());
    state.log_end = state.last_stable = batch->next_offset();
    active.largest_timestamp = std::max(active.largest_timestamp, batch->max_timestamp());
  }
}

std::string TestCleanableLog::FileBytes(absl::string_view name) const {
  absl::StatusOr<std::string> bytes =
      ReadWholeFile(file_system_, absl::StrCat(directory_, "/", name), kAnySize);
  TM_CHECK(bytes.ok());
  return *bytes;
}

std::string TestCleanableLog::SegmentBytes(int64_t base_offset) const {
  return FileBytes(NameOf(Offset(base_offset), SegmentFileKind::kLog, SegmentFileState::kLive));
}

std::string TestCleanableLog::SealedBytes() const {
  std::string bytes;
  for (size_t i = 0; i + 1 < state.segments.size(); ++i) {
    bytes += SegmentBytes(state.segments[i].base_offset.value());
  }
  return bytes;
}

std::vector<int64_t> TestCleanableLog::BaseOffsets() const {
  std::vector<int64_t> base_offsets;
  for (const CompactionSegment& segment : state.segments) {
    base_offsets.push_back(segment.base_offset.value());
  }
  return base_offsets;
}

std::vector<std::string> TestCleanableLog::Files() const {
  std::vector<std::string> names;
  const auto entries = file_system_->List(directory_);
  TM_CHECK(entries.ok());
  for (const DirectoryEntry& entry : *entries) names.push_back(entry.name);
  return names;
}

absl::StatusOr<std::shared_ptr<File>> TestCleanableLog::OpenSegment(Offset base_offset) const {
  TM_ASSIGN_OR_RETURN(std::unique_ptr<File> file,
                      file_system_->Open(PathOf(base_offset), OpenMode::kRead));
  return std::shared_ptr<File>(std::move(file));
}

absl::StatusOr<std::vector<TransactionIndexEntry>> TestCleanableLog::AbortedTransactions(
    Offset start, Offset end) const {
  std::vector<TransactionIndexEntry> result;
  for (const TransactionIndexEntry& entry : Aborted()) {
    if (entry.last_offset >= start && entry.first_offset < end) result.push_back(entry);
  }
  return result;
}

absl::Status TestCleanableLog::ReplaceSegments(absl::Span<const CompactionSegment> covered,
                                               const CleanedSegment& cleaned) {
  if (before_replace) TM_RETURN_IF_ERROR(before_replace());
  auto first = std::find_if(state.segments.begin(), state.segments.end(),
                            [&](const CompactionSegment& segment) {
                              return segment.base_offset == covered[0].base_offset;
                            });
  TM_CHECK(first != state.segments.end());
  std::vector<Offset> covered_offsets;
  for (const CompactionSegment& segment : covered) covered_offsets.push_back(segment.base_offset);
  LogDirectory directory(file_system_, directory_);
  TM_RETURN_IF_ERROR(MarkCleanedForSwap(&directory, cleaned.base_offset));
  TM_RETURN_IF_ERROR(MarkCoveredDeleted(&directory, covered_offsets));
  TM_RETURN_IF_ERROR(CompleteSwap(&directory, cleaned.base_offset));
  for (size_t i = 1; i < covered.size(); ++i) {
    TM_CHECK((first + 1)->base_offset == covered_offsets[i]);
    first->largest_timestamp = std::max(first->largest_timestamp, (first + 1)->largest_timestamp);
    state.segments.erase(first + 1);
  }
  first->size_bytes = cleaned.size_bytes;
  return RemoveDeleted();
}

absl::Status TestCleanableLog::RemoveDeleted() {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system_->List(directory_));
  for (const DirectoryEntry& entry : entries) {
    if (!absl::EndsWith(entry.name, ".deleted")) continue;
    TM_RETURN_IF_ERROR(file_system_->Remove(absl::StrCat(directory_, "/", entry.name)));
  }
  return absl::OkStatus();
}

absl::Status TestCleanableLog::Load() {
  std::vector<std::string> notes;
  TM_RETURN_IF_ERROR(FinishInterruptedSwaps(file_system_, directory_, &notes));
  TM_RETURN_IF_ERROR(RemoveDeleted());
  state.segments.clear();
  for (const std::string& name : Files()) {
    const absl::optional<SegmentFileName> parsed = ParseSegmentFileName(name);
    if (!parsed.has_value() || parsed->kind != SegmentFileKind::kLog) continue;
    Roll(parsed->offset.value());
    const std::string bytes = SegmentBytes(parsed->offset.value());
    Note(bytes);
    state.segments.back().size_bytes = static_cast<int64_t>(bytes.size());
  }
  return absl::OkStatus();
}

void TestCleanableLog::SyncAll() {
  for (const std::string& name : Files()) {
    const auto file = file_system_->Open(absl::StrCat(directory_, "/", name), OpenMode::kReadWrite);
    TM_CHECK(file.ok() && (*file)->Sync().ok());
  }
  for (const absl::string_view directory :
       {absl::string_view("/"), absl::string_view("/data"), absl::string_view(directory_)}) {
    TM_CHECK(file_system_->SyncDirectory(directory).ok());
  }
}

}  // namespace tidemark
