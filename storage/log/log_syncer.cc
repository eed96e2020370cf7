#include "storage/log/log_syncer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/status_macros.h"

namespace tidemark {

LogSyncer::LogSyncer(LogDirectory* directory, SegmentList* segments, Offset synced_end,
                     Offset flushed_end, bool names_changed)
    : directory_(directory),
      segments_(segments),
      names_changed_(names_changed),
      flushed_end_(flushed_end.value()),
      synced_end_(synced_end) {}

void LogSyncer::AddSealed(std::unique_ptr<SegmentAppender> sealed, Offset end_offset,
                          std::string snapshot) {
  MutexLock lock(&mutex_);
  sealed_.push_back({std::move(sealed), end_offset, std::move(snapshot)});
}

Offset LogSyncer::recovery_point_max() const {
  MutexLock lock(&mutex_);
  return sealed_.empty() ? Offset(std::numeric_limits<int64_t>::max()) : sealed_.front().end_offset;
}

Offset LogSyncer::first_unfinished() const {
  MutexLock lock(&mutex_);
  return sealed_.empty() ? Offset(std::numeric_limits<int64_t>::max())
                         : sealed_.front().appender->segment()->base_offset();
}

absl::Status LogSyncer::Failed(absl::string_view what, const absl::Status& status) {
  failed_ = SyncFailed(what, status);
  return failed_;
}

absl::StatusOr<Offset> LogSyncer::SyncAll(Offset log_end) {
  MutexLock lock(&sync_mutex_);
  TM_RETURN_IF_ERROR(failed_);
  for (const std::shared_ptr<Segment>& segment : segments_->From(synced_end_)) {
    TM_RETURN_IF_ERROR(SyncSegment(segment.get()));
  }
  TM_RETURN_IF_ERROR(SyncNames());
  // A full disk, say, only delays it: the log is durable without it.
  const absl::Status finished = FinishAllSealed();
  if (absl::IsDataLoss(finished)) return finished;
  synced_end_ = log_end;
  flushed_end_.store(std::max(flushed_end(), log_end).value(), std::memory_order_release);
  sync_count_.fetch_add(1, std::memory_order_relaxed);
  return log_end;
}

absl::Status LogSyncer::RunBesideCommits(absl::FunctionRef<absl::Status()> work) {
  MutexLock lock(&beside_commits_mutex_);
  return work();
}

absl::Status LogSyncer::SyncSegment(Segment* segment) {
  const int64_t synced = segment->synced_bytes();
  const int64_t size = segment->size_bytes();
  if (synced == size) return absl::OkStatus();
  const std::shared_ptr<MappedRegion> region = segment->writable_region();
  TM_CHECK(region != nullptr);
  const absl::Status status = region->Sync(synced, size - synced);
  if (!status.ok()) return Failed(segment->log_path(), status);
  segment->set_synced_bytes(size);
  return absl::OkStatus();
}

absl::Status LogSyncer::FinishSealed() {
  MutexLock lock(&sync_mutex_);
  return FinishAllSealed();
}

absl::Status LogSyncer::FinishAllSealed() {
  TM_RETURN_IF_ERROR(failed_);
  while (true) {
    const Sealed* oldest = nullptr;
    {
      MutexLock lock(&mutex_);
      if (sealed_.empty()) return absl::OkStatus();
      oldest = &sealed_.front();
    }
    // The sync lock is held, which Clang does not see through the function.
    TM_RETURN_IF_ERROR(
        directory_->RunEssential([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return Finish(*oldest); }));
    MutexLock lock(&mutex_);
    sealed_.pop_front();
  }
}

absl::Status LogSyncer::Finish(const Sealed& sealed) {
  Segment& segment = *sealed.appender->segment();
  TM_RETURN_IF_ERROR(sealed.appender->Trim());
  if (sealed.end_offset > skip_indexes_below_ || segment.transactions() != nullptr) {
    TM_RETURN_IF_ERROR(StoreSideFiles(sealed));
  }
  // Recovery may trust that a finished segment has its index files, and that there is nothing
  // aborted in one without such a file.
  if (segment.transactions() != nullptr) NoteNewName();
  TM_RETURN_IF_ERROR(SyncNames());
  if (const std::shared_ptr<MappedRegion> region = segment.writable_region()) {
    const absl::Status status = region->Sync(0, segment.size_bytes());
    if (!status.ok()) return Failed(segment.log_path(), status);
    segment.set_synced_bytes(segment.size_bytes());
  }
  segment.SetLiveIndex(nullptr);
  segment.SetWritableRegion(nullptr);
  return absl::OkStatus();
}

absl::Status LogSyncer::StoreSideFiles(const Sealed& sealed) {
  // Before storing, which may fail behind the making of a file.
  if (sealed.appender->may_lack_index_files()) NoteNewName();
  TM_RETURN_IF_ERROR(sealed.appender->StoreIndex().status());
  return ProducerFiles(directory_->file_system(), directory_->path())
      .Store(sealed.end_offset, sealed.snapshot);
}

void LogSyncer::SkipIndexesBelow(Offset log_start) {
  MutexLock lock(&sync_mutex_);
  skip_indexes_below_ = std::max(skip_indexes_below_, log_start);
}

absl::Status LogSyncer::PrepareRoll(Offset log_end, bool offset_gaps_allowed) {
  if (offset_gaps_allowed) return SyncAll(log_end).status();
  return segments_->count() == 1 ? SyncNames() : absl::OkStatus();
}

absl::Status LogSyncer::SyncNames() {
  MutexLock lock(&names_mutex_);
  TM_RETURN_IF_ERROR(names_failed_);
  if (names_changed_.exchange(false)) names_failed_ = directory_->Sync();
  return names_failed_;
}

void LogSyncer::Lower(Offset offset) {
  flushed_end_.store(std::min(flushed_end(), offset).value(), std::memory_order_release);
}

void LogSyncer::ForgetSynced(Offset log_end) {
  MutexLock lock(&sync_mutex_);
  if (synced_end_ > log_end) synced_end_ = log_end;
  Lower(log_end);
  skip_indexes_below_ = std::min(skip_indexes_below_, log_end);
}

void LogSyncer::DropSealed(Offset log_end) {
  MutexLock lock(&mutex_);
  std::erase_if(sealed_, [log_end](const Sealed& sealed) {
    return sealed.appender->segment()->base_offset() >= log_end;
  });
}

}  // namespace tidemark
