#include "storage/log/segment_remover.h"

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"
#include "storage/log/segment_swap.h"

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
    const std::string snapshot =
        absl::StrCat(directory_->path(), "/",
                     FormatSegmentFileName({offset, SegmentFileKind::kProducerSnapshot}));
    const absl::Status renamed =
        directory_->file_system()->Rename(snapshot, absl::StrCat(snapshot, ".deleted"));
    if (!absl::IsNotFound(renamed)) TM_RETURN_IF_ERROR(renamed);
  }
  const absl::Status marked = MarkCoveredDeleted(directory_, base_offsets);
  for (const Offset offset : base_offsets) {
    open_files_->Forget(absl::StrCat(directory_->path(), "/",
                                     FormatSegmentFileName({offset, SegmentFileKind::kLog})));
  }
  TM_RETURN_IF_ERROR(marked);
  RemoveLater(base_offsets, delay);
  return absl::OkStatus();
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
