#include "storage/log/segment_remover.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr SegmentFileKind kKinds[] = {
    SegmentFileKind::kLog, SegmentFileKind::kOffsetIndex, SegmentFileKind::kTimeIndex,
    SegmentFileKind::kTransactionIndex, SegmentFileKind::kProducerSnapshot};

}  // namespace

struct SegmentRemover::State {
  State(FileSystem* file_system_in, std::shared_ptr<const void> owner_in)
      : owner(std::move(owner_in)), file_system(file_system_in) {}

  const std::shared_ptr<const void> owner;
  FileSystem* const file_system;
  Mutex mutex;
  bool is_stopped ABSL_GUARDED_BY(mutex) = false;
};

SegmentRemover::SegmentRemover(LogDirectory* directory, OpenFileCache* open_files,
                               Executor* executor, std::shared_ptr<const void> owner)
    : directory_(directory),
      open_files_(open_files),
      executor_(executor),
      state_(std::make_shared<State>(directory->file_system(), std::move(owner))) {}

absl::Status SegmentRemover::Remove(absl::Span<const Offset> base_offsets, absl::Duration delay) {
  for (const Offset offset : base_offsets) {
    open_files_->Forget(absl::StrCat(directory_->path(), "/",
                                     FormatSegmentFileName({offset, SegmentFileKind::kLog})));
  }
  unmarked_.insert(unmarked_.end(), base_offsets.begin(), base_offsets.end());
  if (unmarked_.empty()) return absl::OkStatus();
  TM_RETURN_IF_ERROR(MarkDeleted(unmarked_));
  RemoveLater(unmarked_, delay);
  unmarked_.clear();
  return absl::OkStatus();
}

absl::Status SegmentRemover::MarkDeleted(absl::Span<const Offset> base_offsets) {
  for (const Offset offset : base_offsets) {
    TM_RETURN_IF_ERROR(MarkDeleted(offset, SegmentFileKind::kProducerSnapshot));
  }
  for (const Offset offset : base_offsets) {
    for (const SegmentFileKind kind : kKinds) TM_RETURN_IF_ERROR(MarkDeleted(offset, kind));
  }
  return directory_->Sync();
}

absl::Status SegmentRemover::MarkDeleted(Offset offset, SegmentFileKind kind) {
  FileSystem* const file_system = directory_->file_system();
  const std::string path =
      absl::StrCat(directory_->path(), "/", FormatSegmentFileName({offset, kind}));
  absl::Status gone = file_system->Rename(path, absl::StrCat(path, ".deleted"));
  // The directory has no room for a longer name. Nobody can wait for what would make room.
  if (absl::IsResourceExhausted(gone)) gone = file_system->Remove(path);
  return absl::IsNotFound(gone) ? absl::OkStatus() : gone;
}

void SegmentRemover::RemoveLater(absl::Span<const Offset> base_offsets, absl::Duration delay) {
  std::vector<std::string> paths;
  for (const Offset offset : base_offsets) {
    for (const SegmentFileKind kind : kKinds) {
      paths.push_back(
          absl::StrCat(directory_->path(), "/",
                       FormatSegmentFileName({offset, kind, SegmentFileState::kDeleted})));
    }
  }
  executor_->RunAfter(delay, [state = state_, paths = std::move(paths)] {
    MutexLock lock(&state->mutex);
    if (state->is_stopped) return;
    for (const std::string& path : paths) state->file_system->Remove(path).IgnoreError();
  });
}

void SegmentRemover::Stop() {
  MutexLock lock(&state_->mutex);
  state_->is_stopped = true;
}

}  // namespace tidemark
