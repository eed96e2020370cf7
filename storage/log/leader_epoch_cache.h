#ifndef TIDEMARK_STORAGE_LOG_LEADER_EPOCH_CACHE_H_
#define TIDEMARK_STORAGE_LOG_LEADER_EPOCH_CACHE_H_

#include <vector>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/format/checkpoint_file.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

// Which leader epoch began at which offset: a value, no file
// (docs/format/leader_epoch_checkpoint.md). Epochs and start offsets both rise strictly. Not
// thread-safe.
class LeaderEpochCache {
 public:
  LeaderEpochCache() = default;
  // The entries rise, as ParseLeaderEpochCheckpoint makes sure.
  explicit LeaderEpochCache(std::vector<LeaderEpochEntry> entries);

  absl::Span<const LeaderEpochEntry> entries() const { return entries_; }
  absl::optional<LeaderEpoch> latest_epoch() const;

  // The epoch that `offset` is in; absent below the first.
  absl::optional<LeaderEpoch> EpochAt(Offset offset) const;

  // Notes that `epoch` begins at `start_offset`. An epoch that is known already changes nothing;
  // one that began at or behind the new one's start, without a record then, gives way to it.
  // Returns whether anything changed. Negative epochs are not noted.
  bool Assign(LeaderEpoch epoch, Offset start_offset);

  // Where the largest epoch that is not above `epoch` ended (KIP-279); `log_end` where it is the
  // latest. Absent if there is none.
  absl::optional<EpochEndOffset> EndOffsetFor(LeaderEpoch epoch, Offset log_end) const;

  // Forgets the epochs that end at or below `log_start`; the one that goes on there begins there.
  // Returns whether anything changed.
  bool TruncateFromStart(Offset log_start);
  // Forgets the epochs that begin at or behind `log_end`, of which no record is left. Returns
  // whether there were any.
  bool TruncateFromEnd(Offset log_end);
  // The same, but an epoch that begins just at `log_end` may still get its first record.
  bool TruncateBehind(Offset log_end);

  void Clear() { entries_.clear(); }

 private:
  std::vector<LeaderEpochEntry> entries_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LEADER_EPOCH_CACHE_H_
