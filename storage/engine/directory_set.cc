#include "storage/engine/directory_set.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/engine/directory_scan.h"

namespace tidemark {

DirectorySet::DirectorySet(std::vector<DataDirectory> directories)
    : directories_(std::move(directories)) {
  MutexLock lock(&mutex_);
  for (const DataDirectory& directory : directories_) failures_.push_back(directory.failure);
}

absl::Status DirectorySet::Health(size_t number) const {
  MutexLock lock(&mutex_);
  const absl::Status& failure = failures_[number];
  if (failure.ok()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(root(number), ": this data directory has failed: ", failure.message()));
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

absl::StatusOr<std::vector<size_t>> DirectorySet::Place(size_t count,
                                                        std::vector<int64_t> partitions) const {
  std::vector<size_t> sound;
  for (size_t number = 0; number < directories_.size(); ++number) {
    if (Health(number).ok()) sound.push_back(number);
  }
  if (sound.empty()) return WorstHealth();
  std::vector<size_t> places;
  while (places.size() < count) {
    size_t best = sound.front();
    for (const size_t number : sound) {
      if (partitions[number] < partitions[best]) best = number;
    }
    ++partitions[best];
    places.push_back(best);
  }
  return places;
}

void DirectorySet::Unlock() {
  for (DataDirectory& directory : directories_) directory.lock.reset();
}

}  // namespace tidemark
