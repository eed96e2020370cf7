#include "storage/log/log_directory.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {

absl::Status SyncFailed(absl::string_view what, const absl::Status& status) {
  return absl::DataLossError(
      absl::StrCat(what, ": sync failed: ", status.message(),
                   "; what was not durable yet may be lost. Close the log and open it again"));
}

LogDirectory::LogDirectory(FileSystem* file_system, std::string path)
    : file_system_(file_system), path_(std::move(path)) {}

absl::Status LogDirectory::Sync() {
  MutexLock lock(&mutex_);
  TM_RETURN_IF_ERROR(failed_);
  const absl::Status status = file_system_->SyncDirectory(path_);
  if (status.ok()) return status;
  failed_ = SyncFailed(path_, status);
  return failed_;
}

}  // namespace tidemark
