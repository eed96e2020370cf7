#ifndef TIDEMARK_STORAGE_ENGINE_PRODUCER_IDS_H_
#define TIDEMARK_STORAGE_ENGINE_PRODUCER_IDS_H_

// Numbers for producers, none of them given twice: docs/format/producer_ids.md.

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/env.h"

namespace tidemark {

// Thread-safe.
class ProducerIds {
 public:
  // `root` is the data directory that keeps what was reserved; it is looked at when the first id is
  // asked for. Not owned: the file system and the numbers.
  ProducerIds(FileSystem* file_system, std::string root, Random* random);

  // An id that nobody got before, in this process or an earlier one. DATA_LOSS if the file is
  // damaged, naming it and what to do; the file system's errors, after which it may be tried again;
  // RESOURCE_EXHAUSTED when there are none left.
  absl::StatusOr<int64_t> Allocate();

 private:
  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Reserve() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FileSystem* const file_system_;
  const std::string root_;
  Random* const random_;
  Mutex mutex_;
  bool is_loaded_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t reserved_end_ ABSL_GUARDED_BY(mutex_) = 0;  // Below it, ids may be given.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_PRODUCER_IDS_H_
