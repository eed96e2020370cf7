#include "storage/log/log_syncer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

absl::Status SyncFailed(absl::string_view what, const absl::Status& status) {
  return absl::DataLossError(
      absl::StrCat(what, ": sync failed: ", status.message(),
                   "; what was not durable yet may be lost. Close the log and open it again"));
}

}  // namespace

LogSyncer::LogSyncer(FileSystem* file_system, std::string directory, SegmentList* segments,
                     Offset synced_end)
    : file_system_(file_system),
      directory_(std::move(directory)),
      segments_(segments),
      synced_end_(synced_end) {}

void LogSyncer::AddSealed(std::unique_ptr<SegmentAppender> sealed) {
  MutexLock lock(&mutex_);
  sealed_.push_back(std::move(sealed));
}

absl::StatusOr<Offset> LogSyncer::SyncAll(Offset log_end) {
  const bool names_changed = names_changed_.exchange(false);
  for (const std::shared_ptr<Segment>& segment : segments_->From(synced_end_)) {
    TM_RETURN_IF_ERROR(SyncSegment(segment.get()));
  }
  if (names_changed) {
    const absl::Status status = file_system_->SyncDirectory(directory_);
    if (!status.ok()) return SyncFailed(directory_, status);
  }
  // What fails here is tried again next time: the log is durable without it.
  FinishSealed().IgnoreError();
  synced_end_ = log_end;
  sync_count_.fetch_add(1, std::memory_order_relaxed);
  return log_end;
}

absl::Status LogSyncer::SyncSegment(Segment* segment) {
  const int64_t synced = segment->synced_bytes();
  const int64_t size = segment->size_bytes();
  if (synced == size) return absl::OkStatus();
  const std::shared_ptr<MappedRegion> region = segment->writable_region();
  TM_CHECK(region != nullptr);
  const absl::Status status = region->Sync(synced, size - synced);
  if (!status.ok()) return SyncFailed(segment->log_path(), status);
  segment->set_synced_bytes(size);
  return absl::OkStatus();
}

absl::Status LogSyncer::FinishSealed() {
  std::vector<std::unique_ptr<SegmentAppender>> sealed;
  {
    MutexLock lock(&mutex_);
    sealed.swap(sealed_);
  }
  absl::Status first_error;
  for (std::unique_ptr<SegmentAppender>& appender : sealed) {
    absl::Status status = appender->Trim();
    if (status.ok()) status = appender->StoreIndex();
    Segment& segment = *appender->segment();
    if (status.ok() && segment.synced_bytes() == segment.size_bytes()) {
      segment.SetLiveIndex(nullptr);
      segment.SetWritableRegion(nullptr);
      continue;
    }
    first_error.Update(status);
    AddSealed(std::move(appender));
  }
  return first_error;
}

void LogSyncer::ForgetSynced(Offset log_end) {
  if (synced_end_ > log_end) synced_end_ = log_end;
}

void LogSyncer::DropSealed(Offset log_end) {
  MutexLock lock(&mutex_);
  std::erase_if(sealed_, [log_end](const std::unique_ptr<SegmentAppender>& appender) {
    return appender->segment()->base_offset() >= log_end;
  });
}

}  // namespace tidemark
