#ifndef TIDEMARK_STORAGE_ENV_OPEN_FILE_CACHE_H_
#define TIDEMARK_STORAGE_ENV_OPEN_FILE_CACHE_H_

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/env.h"

namespace tidemark {

// Keeps at most so many files open, those used last. Thread-safe; opens, maps and closes without
// holding its lock.
//
// An entry is found by the path as it was spelled. It stands for the file, not for the name:
// whoever renames, removes or replaces a file calls Forget for every name that is concerned, after
// the change. (An open that runs meanwhile is not kept.)
//
// Hazard: an evicted file is closed, and a failure to write back its dirty pages after that is
// reported to nobody. Never leave a file with unsynced writes to the cache alone: until its Sync
// has returned OK, hold the File, or a region that was mapped from it before the first of those
// writes, and sync through that one.
class OpenFileCache {
 public:
  struct Stats {
    int64_t entries = 0;
    int64_t hits = 0;
    int64_t opens = 0;      // Open calls that succeeded.
    int64_t evictions = 0;  // To stay within the bound.
  };

  // `file_system` must outlive it. At least one file is kept.
  OpenFileCache(FileSystem* file_system, int64_t open_files_max);
  OpenFileCache(const OpenFileCache&) = delete;
  OpenFileCache& operator=(const OpenFileCache&) = delete;

  // The open file. One that was opened for writing serves kRead too; asking for more than a cached
  // one allows opens it anew. Held files stay open when they are evicted or forgotten: hold them
  // for a call, not for good, since they then count in addition to the bound. Errors are those of
  // Open.
  absl::StatusOr<std::shared_ptr<File>> Acquire(absl::string_view path, OpenMode mode);

  // A region for reading of at least `size_bytes` (above 0), which the file has: mapped over the
  // whole file, kept with the entry, mapped anew once it is too short. It holds no descriptor. Must
  // still be populated. OUT_OF_RANGE if the file is shorter; else the errors of Open, Size and Map.
  absl::StatusOr<std::shared_ptr<MappedRegion>> AcquireRegion(absl::string_view path,
                                                              int64_t size_bytes = 1);

  // Drops the entry; the next Acquire opens the file anew.
  void Forget(absl::string_view path);
  // Drops every entry below the directory.
  void ForgetDirectory(absl::string_view path);

  Stats stats() const;

 private:
  struct Entry {
    std::shared_ptr<File> file;
    bool writable = false;
    std::shared_ptr<MappedRegion> region;
    std::list<std::string>::iterator use;
  };
  // Files and regions to let go of once the lock is released: that may be the last hold.
  struct Released {
    std::vector<std::shared_ptr<File>> files;
    std::vector<std::shared_ptr<MappedRegion>> regions;
  };

  // The entry, now the one used last; nullptr if absent or not writable enough.
  Entry* Find(absl::string_view path, bool writable) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::map<std::string, Entry>::iterator Erase(std::map<std::string, Entry>::iterator entry,
                                               Released* released)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FileSystem* const file_system_;
  const size_t entries_max_;
  mutable Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  // Paths, the one used last in front.
  std::list<std::string> uses_ ABSL_GUARDED_BY(mutex_);
  // Counts Forget and ForgetDirectory: what was opened before one may be stale after it.
  int64_t forgets_ ABSL_GUARDED_BY(mutex_) = 0;
  Stats stats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_OPEN_FILE_CACHE_H_
