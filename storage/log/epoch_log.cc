#include "storage/log/epoch_log.h"

#include <utility>

#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/file_names.h"

namespace tidemark {

EpochLog::EpochLog(LogDirectory* directory, LeaderEpochCache epochs)
    : directory_(directory), epochs_(std::move(epochs)) {}

std::vector<LeaderEpochEntry> EpochLog::entries() const {
  MutexLock lock(&mutex_);
  return {epochs_.entries().begin(), epochs_.entries().end()};
}

absl::optional<LeaderEpoch> EpochLog::latest_epoch() const {
  MutexLock lock(&mutex_);
  return epochs_.latest_epoch();
}

absl::optional<EpochEndOffset> EpochLog::EndOffsetFor(LeaderEpoch epoch, Offset log_end) const {
  MutexLock lock(&mutex_);
  return epochs_.EndOffsetFor(epoch, log_end);
}

absl::Status EpochLog::Assign(LeaderEpoch epoch, Offset start_offset) {
  LeaderEpochCache changed = Copy();
  return changed.Assign(epoch, start_offset) ? Change(std::move(changed)) : absl::OkStatus();
}

absl::Status EpochLog::TruncateFromStart(Offset log_start) {
  LeaderEpochCache changed = Copy();
  if (!changed.TruncateFromStart(log_start)) return absl::OkStatus();
  return directory_->RunEssential([&] { return Change(changed); });
}

absl::Status EpochLog::TruncateFromEnd(Offset log_end) {
  LeaderEpochCache changed = Copy();
  return changed.TruncateFromEnd(log_end) ? Change(std::move(changed)) : absl::OkStatus();
}

absl::Status EpochLog::Clear() { return Change(LeaderEpochCache()); }

absl::Status EpochLog::Store() { return Change(Copy()); }

absl::Status EpochLog::Change(LeaderEpochCache changed) {
  TM_RETURN_IF_ERROR(PutWholeFile(directory_->file_system(), directory_->path(),
                                  kLeaderEpochCheckpointName,
                                  FormatLeaderEpochCheckpoint(changed.entries())));
  TM_RETURN_IF_ERROR(directory_->Sync());
  MutexLock lock(&mutex_);
  epochs_ = std::move(changed);
  return absl::OkStatus();
}

LeaderEpochCache EpochLog::Copy() const {
  MutexLock lock(&mutex_);
  return epochs_;
}

}  // namespace tidemark
