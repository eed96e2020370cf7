#include "tests/crash/mutants/mutant_file_system.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/file_names.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

constexpr int64_t kFileBytesMax = int64_t{1} << 24;

class RetryingRegion : public ForwardingRegion {
 public:
  using ForwardingRegion::ForwardingRegion;
  absl::Status Sync(int64_t position, int64_t length_bytes) override {
    if (ForwardingRegion::Sync(position, length_bytes).ok()) return absl::OkStatus();
    return ForwardingRegion::Sync(position, length_bytes);
  }
};

class RetryingFile : public FileWithRegions<RetryingRegion> {
 public:
  using FileWithRegions::FileWithRegions;
  absl::Status Sync() override {
    if (ForwardingFile::Sync().ok()) return absl::OkStatus();
    return ForwardingFile::Sync();
  }
};

// Where the batches of a partition's last segment end, synced or not.
absl::StatusOr<Offset> FindLogEnd(FileSystem* file_system, const std::string& directory) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system->List(directory));
  Offset end{0};
  std::string last;
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (!name.has_value() || name->kind != SegmentFileKind::kLog ||
        name->state != SegmentFileState::kLive) {
      continue;
    }
    end = name->offset;
    last = absl::StrCat(directory, "/", entry.name);
  }
  if (last.empty()) return end;
  TM_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(file_system, last, kFileBytesMax));
  absl::string_view rest = bytes;
  while (true) {
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
    if (!batch.ok()) return end;
    end = batch->next_offset();
    rest.remove_prefix(static_cast<size_t>(batch->size_bytes()));
  }
}

// A checkpoint that is written with log ends in the place of recovery points.
class AheadFile : public ForwardingFile {
 public:
  AheadFile(std::unique_ptr<File> target, FileSystem* file_system, std::string root)
      : ForwardingFile(std::move(target)), file_system_(file_system), root_(std::move(root)) {}

  absl::Status Write(int64_t position, absl::string_view bytes) override {
    TM_ASSIGN_OR_RETURN(std::vector<OffsetCheckpointEntry> entries, ParseOffsetCheckpoint(bytes));
    for (OffsetCheckpointEntry& entry : entries) {
      TM_ASSIGN_OR_RETURN(
          const Offset end,
          FindLogEnd(file_system_, absl::StrCat(root_, "/", entry.partition.topic, "-",
                                                entry.partition.partition.value())));
      entry.offset = std::max(entry.offset, end);
    }
    return ForwardingFile::Write(position, FormatOffsetCheckpoint(entries));
  }

 private:
  FileSystem* const file_system_;
  const std::string root_;
};

bool IsRecoveryPoint(absl::string_view path) {
  return absl::StrContains(path, kRecoveryPointCheckpointName);
}

}  // namespace

absl::string_view MutantName(Mutant mutant) {
  switch (mutant) {
    case Mutant::kAckBeforeSync:
      return "acknowledge before the sync";
    case Mutant::kNoRecoveredSync:
      return "no sync of what was recovered";
    case Mutant::kRetriedSync:
      return "retry a failed sync";
    case Mutant::kNoDirectorySync:
      return "no directory sync";
    case Mutant::kCheckpointAhead:
      return "checkpoint ahead of the log";
    case Mutant::kSwapWithoutSync:
      return "swap without sync";
    case Mutant::kDamageCutAsTorn:
      return "cut damage as if torn";
  }
  return "";
}

absl::StatusOr<std::unique_ptr<File>> MutantFileSystem::Open(absl::string_view path,
                                                             OpenMode mode) {
  if (mutant_ == Mutant::kDamageCutAsTorn && mode == OpenMode::kRead && IsRecoveryPoint(path)) {
    return absl::NotFoundError(absl::StrCat("open ", path, ": hidden"));
  }
  TM_ASSIGN_OR_RETURN(std::unique_ptr<File> file, ForwardingFileSystem::Open(path, mode));
  const bool is_segment = absl::EndsWith(path, ".log");
  const bool is_swap = absl::EndsWith(path, ".cleaned") || absl::EndsWith(path, ".swap");
  if ((mutant_ == Mutant::kAckBeforeSync && is_segment) ||
      (mutant_ == Mutant::kSwapWithoutSync && is_swap)) {
    return std::unique_ptr<File>(std::make_unique<NeverSyncedFile>(std::move(file)));
  }
  if (mutant_ == Mutant::kNoRecoveredSync && is_segment && mode == OpenMode::kReadWrite) {
    TM_ASSIGN_OR_RETURN(const int64_t size, file->Size());
    // A new one is empty.
    if (size == 0) return file;
    return std::unique_ptr<File>(std::make_unique<NeverSyncedFile>(std::move(file)));
  }
  if (mutant_ == Mutant::kRetriedSync && is_segment) {
    return std::unique_ptr<File>(std::make_unique<RetryingFile>(std::move(file)));
  }
  if (mutant_ == Mutant::kCheckpointAhead && IsRecoveryPoint(path) && mode == OpenMode::kCreate) {
    return std::unique_ptr<File>(std::make_unique<AheadFile>(
        std::move(file), target(), std::string(path.substr(0, path.rfind('/')))));
  }
  return file;
}

absl::Status MutantFileSystem::SyncDirectory(absl::string_view path) {
  if (mutant_ == Mutant::kNoDirectorySync) return absl::OkStatus();
  return ForwardingFileSystem::SyncDirectory(path);
}

}  // namespace tidemark
