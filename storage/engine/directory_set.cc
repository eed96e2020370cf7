#include "storage/engine/directory_set.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/engine/directory_scan.h"

namespace tidemark {
namespace {

absl::Status FailedError(absl::string_view root, const absl::Status& failure) {
  return absl::UnavailableError(
      absl::StrCat(root, ": this data directory has failed: ", failure.message()));
}

}  // namespace

DirectorySet::DirectorySet(std::vector<DataDirectory> directories, const Environment& environment,
                           int64_t journal_bytes)
    : directories_(std::move(directories)) {
  for (const DataDirectory& directory : directories_) {
    journals_.push_back(std::make_shared<Journal>(environment.file_system, environment.executor,
                                                  directory.root, journal_bytes));
  }
  MutexLock lock(&mutex_);
  for (const DataDirectory& directory : directories_) failures_.push_back(directory.failure);
}

absl::Status DirectorySet::Health(size_t number) const {
  MutexLock lock(&mutex_);
  const absl::Status& failure = failures_[number];
  if (failure.ok()) return absl::OkStatus();
  return FailedError(root(number), failure);
}

absl::Status DirectorySet::WorstHealth() const {
  for (size_t number = 0; number < count(); ++number) TM_RETURN_IF_ERROR(Health(number));
  return absl::OkStatus();
}

void DirectorySet::Note(size_t number, const absl::Status& status) {
  if (!is_open(number)) return;
  const bool has_failed = IsDiskFailure(status) && !absl::IsResourceExhausted(status);
  MutexLock lock(&mutex_);
  if (has_failed || status.ok()) failures_[number] = status;
}

absl::StatusOr<std::vector<PlacementTarget>> DirectorySet::FindTargets(
    FileSystem* file_system, PlacementRule rule,
    const std::vector<PlacementTarget>& directories) const {
  std::vector<PlacementTarget> targets;
  absl::Status failure;
  for (PlacementTarget target : directories) {
    absl::Status health = Health(target.directory);
    if (health.ok() && rule == PlacementRule::kSpace) {
      const absl::StatusOr<int64_t> free_bytes = file_system->FreeBytes(root(target.directory));
      if (free_bytes.ok()) {
        target.free_bytes = *free_bytes;
      } else {
        health = FailedError(root(target.directory), free_bytes.status());
      }
    }
    if (health.ok()) targets.push_back(target);
    failure.Update(health);
  }
  if (targets.empty()) return failure;
  return targets;
}

// RoomErrors tells of what fails in these two.
void DirectorySet::RecoverRoom() {
  for (size_t number = 0; number < count(); ++number) {
    if (!is_open(number)) continue;
    reserve(number)->Take().IgnoreError();
    journal(number)->Recover();
  }
}

void DirectorySet::ResizeRoom(int64_t reserve_bytes, int64_t journal_bytes) {
  for (size_t number = 0; number < count(); ++number) {
    if (!is_open(number)) continue;
    reserve(number)->Resize(reserve_bytes).IgnoreError();
    journal(number)->Resize(journal_bytes).IgnoreError();
  }
}

std::vector<absl::Status> DirectorySet::RoomErrors() const {
  std::vector<absl::Status> errors;
  for (size_t number = 0; number < count(); ++number) {
    if (!is_open(number)) continue;
    const absl::Status journal_status = Annotate(journal(number)->status(), root(number));
    if (!journal_status.ok()) errors.push_back(journal_status);
    const absl::Status status = reserve(number)->status();
    if (!status.ok()) errors.push_back(status);
  }
  return errors;
}

void DirectorySet::Unlock() {
  for (DataDirectory& directory : directories_) directory.lock.reset();
}

}  // namespace tidemark
