#ifndef TIDEMARK_STORAGE_LOG_LOG_DIRECTORY_H_
#define TIDEMARK_STORAGE_LOG_LOG_DIRECTORY_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/env.h"

namespace tidemark {

// What is said of a sync of `what` that failed with `status`: DATA_LOSS.
absl::Status SyncFailed(absl::string_view what, const absl::Status& status);

// The directory of one open log. All who change names in it sync it here, since a sync that fails
// may have used up the kernel's error about names of others. Thread-safe.
class LogDirectory {
 public:
  LogDirectory(FileSystem* file_system, std::string path);

  FileSystem* file_system() const { return file_system_; }
  const std::string& path() const { return path_; }

  // Makes the names in it durable. DATA_LOSS if that failed, now or ever before.
  absl::Status Sync();

 private:
  FileSystem* const file_system_;
  const std::string path_;
  // Held over the sync, so that none succeeds after one that failed. Nobody who appends without
  // need of a sync, or reads, takes it.
  Mutex mutex_;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_DIRECTORY_H_
