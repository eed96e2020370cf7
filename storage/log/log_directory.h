#ifndef TIDEMARK_STORAGE_LOG_LOG_DIRECTORY_H_
#define TIDEMARK_STORAGE_LOG_LOG_DIRECTORY_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/log/disk_reserve.h"

namespace tidemark {

// What is said of a sync of `what` that failed with `status`: DATA_LOSS.
absl::Status SyncFailed(absl::string_view what, const absl::Status& status);

// The directory of one open log. All who change names in it sync it here, since a sync that fails
// may have used up the kernel's error about names of others. Thread-safe.
class LogDirectory {
 public:
  // `reserve`: of the data directory; may be null.
  LogDirectory(FileSystem* file_system, std::string path,
               std::shared_ptr<DiskReserve> reserve = nullptr);

  FileSystem* file_system() const { return file_system_; }
  const std::string& path() const { return path_; }

  // Makes the names in it durable. DATA_LOSS if that failed, now or ever before.
  absl::Status Sync();

  // See DiskReserve.
  absl::Status RunEssential(absl::FunctionRef<absl::Status()> work);
  absl::Status CheckRoom();

 private:
  FileSystem* const file_system_;
  const std::string path_;
  const std::shared_ptr<DiskReserve> reserve_;
  // Held over the sync, so that none succeeds after one that failed. Nobody who appends without
  // need of a sync, or reads, takes it.
  Mutex mutex_;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_DIRECTORY_H_
