#include "storage/log/disk_reserve.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/error_code.h"
#include "storage/format/file_names.h"

namespace tidemark {

DiskReserve::DiskReserve(FileSystem* file_system, absl::string_view data_directory)
    : file_system_(file_system),
      root_(data_directory),
      path_(absl::StrCat(data_directory, "/", kReserveFileName)) {}

void DiskReserve::Load() {
  MutexLock lock(&mutex_);
  const absl::StatusOr<FileInfo> info = file_system_->Stat(path_);
  if (!info.ok() || info->type != FileType::kFile) return;
  state_ = info->size_bytes > 0 ? State::kTaken : State::kGivenBack;
  is_given_back_.store(state_ == State::kGivenBack);
}

absl::Status DiskReserve::Resize(int64_t size_bytes) {
  MutexLock lock(&mutex_);
  if (size_bytes == size_bytes_) return failure_;
  size_bytes_ = size_bytes;
  return TakeLocked();
}

absl::Status DiskReserve::Take() {
  MutexLock lock(&mutex_);
  const bool is_as_wanted = state_ == (size_bytes_ > 0 ? State::kTaken : State::kAbsent);
  return is_as_wanted && failure_.ok() ? absl::OkStatus() : TakeLocked();
}

absl::Status DiskReserve::TakeLocked() {
  if (essential_count_ > 0) {
    return absl::ResourceExhaustedError(absl::StrCat(path_, ": essential work needs the room"));
  }
  // What an earlier process had serves until it is known how much there shall be.
  if (size_bytes_ < 0) return absl::OkStatus();
  if (size_bytes_ == 0) {
    failure_ = Abolish();
    return failure_;
  }
  failure_ = state_ == State::kAbsent ? Make() : Fill();
  // Somebody took it for rubbish.
  if (absl::IsNotFound(failure_)) failure_ = Make();
  if (!failure_.ok()) return failure_;
  state_ = State::kTaken;
  is_given_back_.store(false);
  return absl::OkStatus();
}

// An attempt to allocate takes what there is before it fails, and others would go short meanwhile.
absl::Status DiskReserve::CheckFree(int64_t bytes) const {
  TM_ASSIGN_OR_RETURN(const int64_t free_bytes, file_system_->FreeBytes(root_));
  if (free_bytes >= bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(path_, ": ", bytes, " bytes to be taken, ", free_bytes, " free on the disk"));
}

// An empty file would mean that it was given back, so it gets its name when it is full.
absl::Status DiskReserve::Make() {
  const std::string temporary = absl::StrCat(path_, kTemporaryFileSuffix);
  // One that a crash left has the very room that is looked for.
  TM_RETURN_IF_ERROR(RemoveIfPresent(file_system_, temporary).status());
  TM_RETURN_IF_ERROR(CheckFree(size_bytes_));
  absl::Status status;
  {
    TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                        file_system_->Open(temporary, OpenMode::kCreate));
    status = file->Allocate(size_bytes_);
    if (status.ok()) status = file->Sync();
  }
  if (status.ok()) status = file_system_->Rename(temporary, path_);
  // The error to report is the one that led here.
  if (!status.ok()) file_system_->Remove(temporary).IgnoreError();
  return status;
}

absl::Status DiskReserve::Fill() {
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                      file_system_->Open(path_, OpenMode::kReadWrite));
  TM_ASSIGN_OR_RETURN(const int64_t held_bytes, file->Size());
  if (held_bytes > size_bytes_) return file->Truncate(size_bytes_);
  if (held_bytes < size_bytes_) TM_RETURN_IF_ERROR(CheckFree(size_bytes_ - held_bytes));
  // Also where the size is right: a copy of the directory may have left the blocks out.
  return file->Allocate(size_bytes_);
}

absl::Status DiskReserve::Abolish() {
  state_ = State::kAbsent;
  is_given_back_.store(false);
  TM_RETURN_IF_ERROR(
      RemoveIfPresent(file_system_, absl::StrCat(path_, kTemporaryFileSuffix)).status());
  return RemoveIfPresent(file_system_, path_).status();
}

absl::Status DiskReserve::RunEssential(absl::FunctionRef<absl::Status()> work) {
  const int64_t times_before = times_given_back_.load();
  absl::Status status = work();
  if (!absl::IsResourceExhausted(status) || !GiveBack(times_before)) return status;
  status = work();
  EndEssential();
  return status;
}

bool DiskReserve::GiveBack(int64_t times_before) {
  MutexLock lock(&mutex_);
  if (times_given_back_.load() == times_before) {
    if (state_ != State::kTaken) return false;
    const absl::StatusOr<std::unique_ptr<File>> file =
        file_system_->Open(path_, OpenMode::kReadWrite);
    // Its size tells the next process how it stands: cut it and keep the name.
    if (!file.ok() || !(*file)->Truncate(0).ok()) return false;
    state_ = State::kGivenBack;
    is_given_back_.store(true);
    times_given_back_.fetch_add(1);
  }
  ++essential_count_;
  return true;
}

void DiskReserve::EndEssential() {
  MutexLock lock(&mutex_);
  --essential_count_;
  // If not now, an append or the next checkpoint tries again.
  if (essential_count_ == 0) TakeLocked().IgnoreError();
}

absl::Status DiskReserve::CheckRoom() {
  if (!is_given_back_.load(std::memory_order_acquire)) return absl::OkStatus();
  MutexLock lock(&mutex_);
  if (state_ != State::kGivenBack) return absl::OkStatus();
  return AsDiskFull(TakeLocked());
}

absl::Status DiskReserve::status() const {
  MutexLock lock(&mutex_);
  if (state_ == State::kGivenBack) {
    return AsDiskFull(absl::ResourceExhaustedError(
        absl::StrCat(path_, ": the reserve of ", size_bytes_, " bytes is given back")));
  }
  return Annotate(failure_, absl::StrCat("no reserve of ", size_bytes_, " bytes for a full disk"));
}

}  // namespace tidemark
