#include "storage/env/open_file_cache.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {

OpenFileCache::OpenFileCache(FileSystem* file_system, int64_t open_files_max)
    : file_system_(file_system),
      entries_max_(static_cast<size_t>(std::max<int64_t>(open_files_max, 1))) {}

OpenFileCache::Entry* OpenFileCache::Find(absl::string_view path, bool writable) {
  const auto found = entries_.find(std::string(path));
  if (found == entries_.end() || (writable && !found->second.writable)) return nullptr;
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return &found->second;
}

std::map<std::string, OpenFileCache::Entry>::iterator OpenFileCache::Erase(
    std::map<std::string, Entry>::iterator entry, Released* released) {
  released->files.push_back(std::move(entry->second.file));
  released->regions.push_back(std::move(entry->second.region));
  uses_.erase(entry->second.use);
  return entries_.erase(entry);
}

absl::StatusOr<std::shared_ptr<File>> OpenFileCache::Acquire(absl::string_view path,
                                                             OpenMode mode) {
  const bool writable = mode != OpenMode::kRead;
  int64_t forgets_before = 0;
  {
    MutexLock lock(&mutex_);
    if (const Entry* entry = Find(path, writable); entry != nullptr) {
      ++stats_.hits;
      return entry->file;
    }
    forgets_before = forgets_;
  }
  TM_ASSIGN_OR_RETURN(std::shared_ptr<File> file, file_system_->Open(path, mode));
  Released released;
  MutexLock lock(&mutex_);
  ++stats_.opens;
  if (forgets_ != forgets_before) return file;
  if (const Entry* entry = Find(path, writable); entry != nullptr) {
    released.files.push_back(std::move(file));  // Another open of the same path was faster.
    return entry->file;
  }
  if (const auto narrower = entries_.find(std::string(path)); narrower != entries_.end()) {
    Erase(narrower, &released);
  }
  if (entries_.size() == entries_max_) {
    Erase(entries_.find(uses_.back()), &released);
    ++stats_.evictions;
  }
  uses_.emplace_front(path);
  entries_.emplace(std::string(path), Entry{file, writable, nullptr, uses_.begin()});
  return file;
}

absl::StatusOr<std::shared_ptr<MappedRegion>> OpenFileCache::AcquireRegion(absl::string_view path,
                                                                           int64_t size_bytes) {
  {
    MutexLock lock(&mutex_);
    const Entry* entry = Find(path, /*writable=*/false);
    if (entry != nullptr && entry->region != nullptr && entry->region->size_bytes() >= size_bytes) {
      ++stats_.hits;
      return entry->region;
    }
  }
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, Acquire(path, OpenMode::kRead));
  TM_ASSIGN_OR_RETURN(const int64_t file_bytes, file->Size());
  if (file_bytes < size_bytes) {
    return absl::OutOfRangeError(
        absl::StrCat("map ", path, ": ", size_bytes, " bytes asked for of a file of ", file_bytes));
  }
  TM_ASSIGN_OR_RETURN(std::shared_ptr<MappedRegion> region, file->Map(MapMode::kRead, file_bytes));
  Released released;
  MutexLock lock(&mutex_);
  Entry* const entry = Find(path, /*writable=*/false);
  // Kept only with the file that it maps.
  if (entry == nullptr || entry->file != file) return region;
  if (entry->region == nullptr || entry->region->size_bytes() < file_bytes) {
    released.regions.push_back(std::exchange(entry->region, region));
  }
  return region;
}

void OpenFileCache::Forget(absl::string_view path) {
  Released released;
  MutexLock lock(&mutex_);
  ++forgets_;
  const auto entry = entries_.find(std::string(path));
  if (entry != entries_.end()) Erase(entry, &released);
}

void OpenFileCache::ForgetDirectory(absl::string_view path) {
  Released released;
  const std::string prefix = absl::StrCat(path, "/");
  MutexLock lock(&mutex_);
  ++forgets_;
  auto entry = entries_.lower_bound(prefix);
  while (entry != entries_.end() && absl::StartsWith(entry->first, prefix)) {
    entry = Erase(entry, &released);
  }
}

OpenFileCache::Stats OpenFileCache::stats() const {
  MutexLock lock(&mutex_);
  Stats stats = stats_;
  stats.entries = static_cast<int64_t>(entries_.size());
  return stats;
}

}  // namespace tidemark
