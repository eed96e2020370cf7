#ifndef TIDEMARK_STORAGE_ENV_POSIX_FILE_SYSTEM_H_
#define TIDEMARK_STORAGE_ENV_POSIX_FILE_SYSTEM_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/env/posix_descriptor.h"

namespace tidemark {

class PosixFileSystem : public FileSystem {
 public:
  PosixFileSystem();

  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override;
  absl::Status Rename(absl::string_view from, absl::string_view to) override;
  absl::Status Remove(absl::string_view path) override;
  absl::Status CreateDirectory(absl::string_view path) override;
  absl::Status RemoveDirectory(absl::string_view path) override;
  absl::StatusOr<std::vector<DirectoryEntry>> List(absl::string_view path) override;
  absl::StatusOr<FileInfo> Stat(absl::string_view path) override;
  absl::StatusOr<int64_t> FreeBytes(absl::string_view path) override;
  absl::Status SyncDirectory(absl::string_view path) override;
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(absl::string_view path) override;

 private:
  void TakeReserve() ABSL_EXCLUSIVE_LOCKS_REQUIRED(reserve_mutex_);

  const bool mappable_;

  // A sync that fails is final for whoever asked for it, so none may fail for want of a descriptor:
  // one is kept, and given up for as long as a directory is synced that finds no other.
  Mutex reserve_mutex_;
  std::shared_ptr<PosixDescriptor> reserve_ ABSL_GUARDED_BY(reserve_mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_POSIX_FILE_SYSTEM_H_
