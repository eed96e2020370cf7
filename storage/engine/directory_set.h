#ifndef TIDEMARK_STORAGE_ENGINE_DIRECTORY_SET_H_
#define TIDEMARK_STORAGE_ENGINE_DIRECTORY_SET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/compaction/cleaner_checkpoint.h"
#include "storage/engine/checkpoints.h"
#include "storage/engine/data_directory.h"
#include "storage/engine/placement_policy.h"
#include "storage/env.h"
#include "storage/journal/journal.h"
#include "storage/log/disk_reserve.h"

namespace tidemark {

// The data directories of an engine, by number, for as long as it is open. Thread-safe, except for
// Unlock.
class DirectorySet {
 public:
  // The journals are to have `journal_bytes` each; see Journal.
  DirectorySet(std::vector<DataDirectory> directories, const Environment& environment,
               int64_t journal_bytes);

  size_t count() const { return directories_.size(); }
  const std::string& root(size_t number) const { return directories_[number].root; }
  // Where the files of topics and settings are.
  const std::string& home() const { return root(0); }
  bool was_clean(size_t number) const { return directories_[number].was_clean; }
  const std::shared_ptr<Checkpoints>& checkpoints(size_t number) const {
    return directories_[number].checkpoints;
  }
  const std::shared_ptr<CleanerCheckpoint>& cleaner_checkpoint(size_t number) const {
    return directories_[number].cleaner_checkpoint;
  }

  const std::shared_ptr<DiskReserve>& reserve(size_t number) const {
    return directories_[number].reserve;
  }

  const std::shared_ptr<Journal>& journal(size_t number) const { return journals_[number]; }
  const JournalReplay& replay(size_t number) const { return directories_[number].replay; }

  // False for one that could not be opened, which nothing touches until the next opening.
  bool is_open(size_t number) const { return directories_[number].failure.ok(); }

  // UNAVAILABLE, naming the directory, for one that is not open, or where the last thing that was
  // noted is a failure.
  absl::Status Health(size_t number) const;
  // That of the first directory with a failure.
  absl::Status WorstHealth() const;
  // Notes how a change of the directory went. A full disk is no failure of it.
  void Note(size_t number, const absl::Status& status);

  // Those of `directories`, one for each by number, that are sound; under kSpace with their free
  // bytes, and without those that cannot be asked for them. UNAVAILABLE, naming the first that is
  // not, if none is left.
  absl::StatusOr<std::vector<PlacementTarget>> FindTargets(
      FileSystem* file_system, PlacementRule rule,
      const std::vector<PlacementTarget>& directories) const;

  // Tries to take the reserves that are not taken, and lets journals get over failures.
  void RecoverRoom();
  // From now on the reserves and the journals have so many bytes each.
  void ResizeRoom(int64_t reserve_bytes, int64_t journal_bytes);
  // Of each directory whose reserve is not taken, or whose journal is not used, why.
  std::vector<absl::Status> RoomErrors() const;

  // Lets go of all locks.
  void Unlock();

 private:
  std::vector<DataDirectory> directories_;
  std::vector<std::shared_ptr<Journal>> journals_;
  mutable Mutex mutex_;
  std::vector<absl::Status> failures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_DIRECTORY_SET_H_
