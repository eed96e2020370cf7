#ifndef TIDEMARK_STORAGE_LOG_LOG_FRONT_H_
#define TIDEMARK_STORAGE_LOG_LOG_FRONT_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/log/epoch_log.h"
#include "storage/log/log_syncer.h"
#include "storage/log/segment_list.h"
#include "storage/log/segment_remover.h"
#include "storage/types.h"

namespace tidemark {

// Segments that were taken off a log.
struct RemovedSegments {
  int64_t segment_count = 0;
  int64_t size_bytes = 0;
};

// The start of a log, and what is taken off there. All but start() and start_to_store() is for one
// thread at a time, while nothing is rolled or truncated by another.
class LogFront {
 public:
  struct Parts {
    std::function<absl::Status(Offset)> store_log_start;  // See LogParameters.
    SegmentList* segments = nullptr;
    EpochLog* epochs = nullptr;
    LogSyncer* syncer = nullptr;
    SegmentRemover* remover = nullptr;
  };

  LogFront(Parts parts, Offset log_start)
      : parts_(std::move(parts)), start_(log_start.value()), stored_start_(log_start) {}

  Offset start() const { return Offset(start_.load(std::memory_order_acquire)); }
  // What a checkpoint may say: while the log starts anew, not less than where it did, as long as
  // records below that may be left. In this order: it is taken back last.
  Offset start_to_store() const {
    const Offset seen = start();
    return std::max(seen, Offset(lowered_from_.load(std::memory_order_acquire)));
  }

  // Moves the start up to `offset`, on stable storage, unless it is there already; then removes the
  // segments that are wholly below it, but for those that the syncer has not finished, and what a
  // call that failed has left. Where the disk is too full to store the start, the segments go all
  // the same. After an error the start may have moved, and nothing is lost that is above it.
  absl::StatusOr<RemovedSegments> MoveUp(Offset offset, absl::Duration remove_delay);

  // For a log that starts anew. First, the start as it is is stored: once the first segment is gone
  // nothing else tells it; and what MoveUp has failed to remove goes, as it would be the front of
  // what is to come. RESOURCE_EXHAUSTED if just the storing failed, for want of room;
  absl::Status Keep(absl::Duration remove_delay);
  // then it goes down to `offset` if it is above, but for what is stored;
  void Lower(Offset offset);
  // (and is taken back up to what is stored if what follows fails, as records may be left below;)
  void TakeBack();
  // then, with the new files in place, the stored one;
  absl::Status StoreLowered(Offset offset);
  // last, the start is `offset`, where the first segment begins.
  void Restart(Offset offset);

 private:
  absl::Status StoreUp(Offset new_start);
  absl::StatusOr<RemovedSegments> RemoveBelow(Offset new_start, absl::Duration remove_delay);
  absl::Status StoreStart(Offset offset);

  const Parts parts_;
  std::atomic<int64_t> start_;
  // From Lower to StoreLowered or TakeBack, the start before; else 0.
  std::atomic<int64_t> lowered_from_{0};
  // At most this, or where the first segment begins, is the start after a crash.
  Offset stored_start_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_FRONT_H_
