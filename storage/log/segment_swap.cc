#include "storage/log/segment_swap.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"
#include "storage/segment/batch_scanner.h"

namespace tidemark {
namespace {

// The log comes first, as in Kafka: side files that are still to be renamed are then renamed at the
// next opening, while those in front of it would count as the old segment's and be removed.
constexpr SegmentFileKind kInSwapOrder[] = {SegmentFileKind::kLog, SegmentFileKind::kOffsetIndex,
                                            SegmentFileKind::kTimeIndex,
                                            SegmentFileKind::kTransactionIndex};
constexpr Offset kOffsetMax{std::numeric_limits<int64_t>::max()};

std::string PathOf(absl::string_view directory, const SegmentFileName& name) {
  return absl::StrCat(directory, "/", FormatSegmentFileName(name));
}

// NOT_FOUND counts as done: not every segment has every file, and an attempt may be a second one.
absl::Status RenameIfThere(FileSystem* file_system, const std::string& from,
                           const std::string& to) {
  const absl::Status status = file_system->Rename(from, to);
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

absl::Status Move(FileSystem* file_system, absl::string_view directory, Offset base_offset,
                  SegmentFileState from, SegmentFileState to) {
  for (const SegmentFileKind kind : kInSwapOrder) {
    TM_RETURN_IF_ERROR(RenameIfThere(file_system, PathOf(directory, {base_offset, kind, from}),
                                     PathOf(directory, {base_offset, kind, to})));
  }
  return absl::OkStatus();
}

class InterruptedSwaps {
 public:
  InterruptedSwaps(FileSystem* file_system, absl::string_view directory,
                   std::vector<std::string>* notes)
      : file_system_(file_system), directory_(directory), notes_(notes) {}

  absl::Status Run() {
    TM_RETURN_IF_ERROR(List());
    if (swapped_.empty() && cleaned_.empty()) return absl::OkStatus();
    TM_RETURN_IF_ERROR(CheckComplete());
    // What was found may be only in the cache: a process can die between a rename and its sync.
    TM_RETURN_IF_ERROR(file_system_->SyncDirectory(directory_));
    // In this order: a swap must not come to count because what speaks against it is gone.
    TM_RETURN_IF_ERROR(RemoveAll(incomplete_, "a compaction that was not finished"));
    TM_RETURN_IF_ERROR(RemoveAll(cleaned_, "a segment that was being compacted"));
    TM_RETURN_IF_ERROR(RemoveAll(covered_, ""));
    return PutInPlace();
  }

 private:
  absl::Status List();
  // Where the segment in a .log.swap file ends.
  absl::StatusOr<Offset> EndOf(const SegmentFileName& log) const;
  // Splits `swapped_` into what counts and what does not, and finds what is covered.
  absl::Status CheckComplete();
  absl::Status RemoveAll(const std::vector<SegmentFileName>& names, absl::string_view why);
  absl::Status PutInPlace();

  FileSystem* const file_system_;
  const absl::string_view directory_;
  std::vector<std::string>* const notes_;
  std::vector<SegmentFileName> live_;
  std::vector<SegmentFileName> swapped_;
  std::vector<SegmentFileName> cleaned_;
  std::vector<SegmentFileName> incomplete_;
  std::vector<SegmentFileName> covered_;
};

absl::Status InterruptedSwaps::List() {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system_->List(directory_));
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (!name.has_value() || entry.type != FileType::kFile) continue;
    if (name->state == SegmentFileState::kSwap) swapped_.push_back(*name);
    if (name->state == SegmentFileState::kCleaned) cleaned_.push_back(*name);
    if (name->state == SegmentFileState::kLive) live_.push_back(*name);
  }
  return absl::OkStatus();
}

absl::StatusOr<Offset> InterruptedSwaps::EndOf(const SegmentFileName& log) const {
  const std::string path = PathOf(directory_, log);
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, file_system_->Open(path, OpenMode::kRead));
  TM_ASSIGN_OR_RETURN(const int64_t size_bytes, file->Size());
  BatchScanner scanner(file.get(), 0, size_bytes);
  Offset end_offset = log.offset;
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
    if (!found) break;
    absl::Status crc = scanner.batch().VerifyCrc();
    if (!crc.ok() || scanner.batch().base_offset() < end_offset) {
      return absl::DataLossError(
          absl::StrCat(path, " at position ", scanner.position(), ": ",
                       crc.ok() ? "a batch that does not continue the one before" : crc.message(),
                       "; the compacted segment cannot take its place. Restore it, or move the "
                       "partition's .swap files away to keep the segments it was made from"));
    }
    end_offset = scanner.batch().next_offset();
  }
  if (scanner.stop() == BatchScanStop::kEnd) return end_offset;
  return absl::DataLossError(absl::StrCat(
      path, " at position ", scanner.position(), ": ", scanner.reason().message(),
      "; the compacted segment cannot take its place. Restore it, or move the partition's .swap "
      "files away to keep the segments it was made from"));
}

absl::Status InterruptedSwaps::CheckComplete() {
  Offset cleaned_min = kOffsetMax;
  for (const SegmentFileName& name : cleaned_) cleaned_min = std::min(cleaned_min, name.offset);
  const auto counts = [cleaned_min](const SegmentFileName& name) {
    return name.offset < cleaned_min;
  };
  const auto rest = std::stable_partition(swapped_.begin(), swapped_.end(), counts);
  incomplete_.assign(rest, swapped_.end());
  swapped_.erase(rest, swapped_.end());
  Offset begin = kOffsetMax;
  Offset end{0};
  for (const SegmentFileName& name : swapped_) {
    if (name.kind != SegmentFileKind::kLog) continue;
    TM_ASSIGN_OR_RETURN(const Offset segment_end, EndOf(name));
    begin = std::min(begin, name.offset);
    // An empty one takes the place of its first segment, and the others come back as they were.
    end = std::max(end, std::max(segment_end, name.offset + 1));
  }
  for (const SegmentFileName& name : live_) {
    // Snapshots are of offsets, which compaction does not change.
    if (name.kind == SegmentFileKind::kProducerSnapshot) continue;
    if (name.offset >= begin && name.offset < end) covered_.push_back(name);
  }
  return absl::OkStatus();
}

absl::Status InterruptedSwaps::RemoveAll(const std::vector<SegmentFileName>& names,
                                         absl::string_view why) {
  for (const SegmentFileName& name : names) {
    TM_RETURN_IF_ERROR(file_system_->Remove(PathOf(directory_, name)));
    if (name.kind != SegmentFileKind::kLog || why.empty()) continue;
    notes_->push_back(absl::StrCat(PathOf(directory_, name), ": removed, ", why,
                                   "; the segments it was made from are there"));
  }
  return names.empty() ? absl::OkStatus() : file_system_->SyncDirectory(directory_);
}

absl::Status InterruptedSwaps::PutInPlace() {
  // The side files of a segment whose log is in place come along.
  for (const SegmentFileName& name : swapped_) {
    TM_RETURN_IF_ERROR(Move(file_system_, directory_, name.offset, SegmentFileState::kSwap,
                            SegmentFileState::kLive));
    if (name.kind != SegmentFileKind::kLog) continue;
    notes_->push_back(absl::StrCat(PathOf(directory_, {name.offset}),
                                   ": put in place of the segments it was compacted from"));
  }
  return swapped_.empty() ? absl::OkStatus() : file_system_->SyncDirectory(directory_);
}

}  // namespace

absl::Status MarkCleanedForSwap(LogDirectory* directory, Offset base_offset) {
  TM_RETURN_IF_ERROR(Move(directory->file_system(), directory->path(), base_offset,
                          SegmentFileState::kCleaned, SegmentFileState::kSwap));
  return directory->Sync();
}

absl::Status MarkCoveredDeleted(LogDirectory* directory, absl::Span<const Offset> covered) {
  for (const Offset base_offset : covered) {
    TM_RETURN_IF_ERROR(Move(directory->file_system(), directory->path(), base_offset,
                            SegmentFileState::kLive, SegmentFileState::kDeleted));
  }
  return directory->Sync();
}

absl::Status CompleteSwap(LogDirectory* directory, Offset base_offset) {
  TM_RETURN_IF_ERROR(Move(directory->file_system(), directory->path(), base_offset,
                          SegmentFileState::kSwap, SegmentFileState::kLive));
  return directory->Sync();
}

absl::Status FinishInterruptedSwaps(FileSystem* file_system, absl::string_view directory,
                                    std::vector<std::string>* notes) {
  return InterruptedSwaps(file_system, directory, notes).Run();
}

}  // namespace tidemark
