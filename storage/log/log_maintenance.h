#ifndef TIDEMARK_STORAGE_LOG_LOG_MAINTENANCE_H_
#define TIDEMARK_STORAGE_LOG_LOG_MAINTENANCE_H_

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/env.h"
#include "storage/log/group_commit.h"
#include "storage/log/log_front.h"
#include "storage/log/log_syncer.h"
#include "storage/log/log_writer.h"
#include "storage/types.h"

namespace tidemark {

// What retention does to a log while others use it. Thread-safe. See PartitionLog for the calls.
class LogMaintenance {
 public:
  struct Parts {
    Clock* clock = nullptr;
    LogWriter* writer = nullptr;
    LogSyncer* syncer = nullptr;
    GroupCommit* commit = nullptr;
    LogFront* front = nullptr;
    std::function<Offset()> high_watermark;
  };

  explicit LogMaintenance(Parts parts) : parts_(std::move(parts)) {}

  absl::Status RollActive();
  absl::Status RollIfDue();
  absl::StatusOr<RemovedSegments> AdvanceLogStart(Offset offset);

 private:
  // Finishes what was rolled, as far as the disk lets, if some of it is below `offset`.
  void FinishBelow(Offset offset);

  const Parts parts_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_MAINTENANCE_H_
