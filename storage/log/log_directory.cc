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

LogDirectory::LogDirectory(FileSystem* file_system, std::string path,
                           std::shared_ptr<DiskReserve> reserve)
    : file_system_(file_system), path_(std::move(path)), reserve_(std::move(reserve)) {}

absl::Status LogDirectory::Sync() {
  MutexLock lock(&mutex_);
  TM_RETURN_IF_ERROR(failed_);
  const absl::Status status = file_system_->SyncDirectory(path_);
  if (status.ok()) return status;
  failed_ = SyncFailed(path_, status);
  return failed_;
}

absl::Status LogDirectory::RunEssential(absl::FunctionRef<absl::Status()> work) {
  return reserve_ == nullptr ? work() : reserve_->RunEssential(work);
}

absl::Status LogDirectory::CheckRoom() {
  return reserve_ == nullptr ? absl::OkStatus() : reserve_->CheckRoom();
}

}  // namespace tidemark
