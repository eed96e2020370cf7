#include "storage/log/log_directory.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {

LogDirectory::LogDirectory(FileSystem* file_system, std::string path)
    : file_system_(file_system), path_(std::move(path)) {}

absl::Status LogDirectory::Sync() {
  MutexLock lock(&mutex_);
  TM_RETURN_IF_ERROR(failed_);
  const absl::Status status = file_system_->SyncDirectory(path_);
  if (status.ok()) return status;
  failed_ = absl::DataLossError(
      absl::StrCat(path_, ": sync failed: ", status.message(),
                   "; what was not durable yet may be lost. Close the log and open it again"));
  return failed_;
}

}  // namespace tidemark
