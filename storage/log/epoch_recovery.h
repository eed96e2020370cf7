#ifndef TIDEMARK_STORAGE_LOG_EPOCH_RECOVERY_H_
#define TIDEMARK_STORAGE_LOG_EPOCH_RECOVERY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "storage/log/leader_epoch_cache.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// The leader epochs of recovered batches, which no CRC covers, against leader-epoch-checkpoint: an
// epoch is in there, on stable storage, before its first batch is in the log. Either may have
// rotted. Not thread-safe.
class EpochRecovery {
 public:
  // `epochs`, which is not owned, is what the file said. Below `settled_end` the batches were on
  // stable storage, and are held against it; above, and everywhere if that is not above 0, they
  // tell which epochs there are.
  EpochRecovery(LeaderEpochCache* epochs, Offset settled_end)
      : epochs_(epochs), settled_end_(settled_end) {}

  // DATA_LOSS for a settled batch of an earlier epoch than its offset has: such bytes may have been
  // cut off once, and what was written in their place be lost.
  absl::Status Check(const RecordBatchView& batch) const;

  // Takes a batch that is kept; all are, in order. Returns the epoch that those behind it must not
  // be below. A settled batch of a later epoch than the file has is believed if the next one is of
  // the same; alone it is a flipped bit, which changes no record.
  LeaderEpoch Take(const RecordBatchView& batch);

  // After the last batch: what was not believed, a sentence each.
  std::vector<std::string> TakeFindings();

  bool has_changed() const { return has_changed_; }    // The file does not hold them.
  bool must_rebuild() const { return must_rebuild_; }  // The file is wrong.

 private:
  // A batch of an epoch that the file does not have there.
  struct Doubt {
    LeaderEpoch epoch;
    LeaderEpoch expected;
    Offset first_offset;
    Offset last_offset;
  };

  // The epoch that the file has for a settled batch.
  absl::optional<LeaderEpoch> Expected(const RecordBatchView& batch) const;
  void SettleDoubt();

  LeaderEpochCache* const epochs_;
  const Offset settled_end_;
  LeaderEpoch floor_ = kNoLeaderEpoch;
  absl::optional<Doubt> doubt_;
  std::vector<std::string> findings_;
  bool has_changed_ = false;
  bool must_rebuild_ = false;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_EPOCH_RECOVERY_H_
