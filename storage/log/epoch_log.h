#ifndef TIDEMARK_STORAGE_LOG_EPOCH_LOG_H_
#define TIDEMARK_STORAGE_LOG_EPOCH_LOG_H_

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "storage/base/mutex.h"
#include "storage/log.h"
#include "storage/log/leader_epoch_cache.h"
#include "storage/log/log_directory.h"
#include "storage/types.h"

namespace tidemark {

// The leader epochs of one log and their file. A change is on stable storage before it is seen.
// Reading is thread-safe; changes are made by one thread at a time.
class EpochLog {
 public:
  // `directory` must outlive it.
  EpochLog(LogDirectory* directory, LeaderEpochCache epochs);

  std::vector<LeaderEpochEntry> entries() const;
  absl::optional<LeaderEpoch> latest_epoch() const;
  absl::optional<EpochEndOffset> EndOffsetFor(LeaderEpoch epoch, Offset log_end) const;

  // See LeaderEpochCache.
  absl::Status Assign(LeaderEpoch epoch, Offset start_offset);
  absl::Status TruncateFromStart(Offset log_start);  // Also on a full disk: see DiskReserve.
  absl::Status TruncateFromEnd(Offset log_end);
  absl::Status Clear();

  // Writes the file as it should be.
  absl::Status Store();

 private:
  absl::Status Change(LeaderEpochCache changed);
  LeaderEpochCache Copy() const;

  LogDirectory* const directory_;
  mutable Mutex mutex_;
  LeaderEpochCache epochs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_EPOCH_LOG_H_
