#ifndef TIDEMARK_STORAGE_LOG_DISK_RESERVE_H_
#define TIDEMARK_STORAGE_LOG_DISK_RESERVE_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/env.h"

namespace tidemark {

// Room on the disk of one data directory that stays unused until the disk is full
// (docs/format/reserve.md). Then what must go on has it, and appends get nothing until it is there
// again. Thread-safe; its lock is a leaf.
class DiskReserve {
 public:
  // `file_system` must outlive it. Touches no file.
  DiskReserve(FileSystem* file_system, absl::string_view data_directory);

  // Finds out what an earlier process has left. Changes nothing.
  void Load();

  // From now on the reserve has so many bytes; with 0 there is none. Takes them as Take does.
  absl::Status Resize(int64_t size_bytes);

  // Takes the room, unless it is taken already. RESOURCE_EXHAUSTED where the disk does not have it,
  // or while essential work goes on in it; else the file system's errors. One that was never taken
  // is done without; one that was given back keeps appends out until it is taken.
  absl::Status Take();

  // Runs what must be done on a full disk. If that finds no room, gives it the reserve and runs it
  // once more, and takes the reserve again as soon as that is possible: so `work` can be repeated.
  absl::Status RunEssential(absl::FunctionRef<absl::Status()> work);

  // To be asked before anything else takes new room. While the reserve is given back, tries to take
  // it first; then, if that fails, an error that IsDiskFull knows, or the file system's.
  absl::Status CheckRoom();

  // OK while all of it is taken, or there shall be none. Otherwise why it is not: IsDiskFull where
  // it was given back, so that appends wait for room.
  absl::Status status() const;

 private:
  enum class State { kAbsent, kTaken, kGivenBack };

  absl::Status TakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckFree(int64_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Make() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Fill() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Abolish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // False if there is nothing to be gained by running the work again.
  bool GiveBack(int64_t times_before);
  void EndEssential();

  FileSystem* const file_system_;
  const std::string root_;
  const std::string path_;
  // How often it was given back. Lets one who found the disk full tell that it was done meanwhile.
  std::atomic<int64_t> times_given_back_{0};
  // Whether appends have to ask; changed with the state.
  std::atomic<bool> is_given_back_{false};

  mutable Mutex mutex_;  // Held over the reserve's own file work, which is short.
  int64_t size_bytes_ ABSL_GUARDED_BY(mutex_) = -1;  // Until it is known.
  State state_ ABSL_GUARDED_BY(mutex_) = State::kAbsent;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);         // Of the last attempt to take it.
  int64_t essential_count_ ABSL_GUARDED_BY(mutex_) = 0;  // That run in it now.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_DISK_RESERVE_H_
