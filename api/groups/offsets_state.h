#ifndef TIDEMARK_API_GROUPS_OFFSETS_STATE_H_
#define TIDEMARK_API_GROUPS_OFFSETS_STATE_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "api/groups/offset_commit_value.h"
#include "api/groups/offsets_key.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// An offset that a group has committed, and the record that says so.
struct CommittedOffset {
  OffsetCommitValue value;
  Offset record_offset;
};

using CommittedOffsets = std::map<TopicPartition, CommittedOffset>;

// What the records of one partition of `__consumer_offsets` say in the end: pure, batches in,
// answers out. Not thread-safe.
class OffsetsState {
 public:
  // Takes in one batch; in the order of the log. Records of types that nothing here acts on are
  // remembered by their keys alone, for the deletion of their group. DATA_LOSS or UNIMPLEMENTED,
  // naming the offset, for a record that cannot be understood; the batch's others before it count.
  absl::Status Replay(const RecordBatchView& batch);

  // The producer's transaction has ended: what it committed holds, or never will.
  void EndTransaction(ProducerId producer_id, bool is_commit);

  // Null if there is none.
  const CommittedOffsets* FindOffsets(absl::string_view group) const;
  const CommittedOffset* FindOffset(absl::string_view group,
                                    const TopicPartition& topic_partition) const;

  // True if anything is known of the group, in an open transaction at least.
  bool HasGroup(absl::string_view group) const;
  // With committed offsets or other records, sorted.
  std::vector<std::string> Groups() const;

  // The keys whose tombstones make the state forget ...
  std::vector<std::string> KeysOfOffset(absl::string_view group,
                                        const TopicPartition& topic_partition) const;
  std::vector<std::string> KeysOfGroup(absl::string_view group) const;
  std::vector<std::string> KeysOfTopic(absl::string_view topic) const;
  // ... what was committed `retention` ago, and not since, or has outlived its own expiry time; and
  // classic groups without members that have nothing left and have not changed for as long. Offsets
  // of groups that were in use until later count from then. What is in an open transaction stays.
  std::vector<std::string> ExpiredKeys(Timestamp now, absl::Duration retention) const;

 private:
  // A record that is not about an offset.
  struct OtherRecord {
    int16_t type = 0;
    bool has_members = false;
    Timestamp current_state_time = kNoTimestamp;
  };
  struct Group {
    CommittedOffsets offsets;
    std::map<std::string, OtherRecord> others;  // By key.
  };
  using GroupOffset = std::pair<std::string, TopicPartition>;
  using PendingOffsets = std::map<GroupOffset, CommittedOffset>;

  absl::Status ReplayControl(const RecordBatchView& batch);
  absl::Status ReplayRecord(const RecordBatchView& batch, const RecordView& record);
  absl::Status ReplayOffset(const RecordBatchView& batch, const OffsetsKey& key,
                            const RecordView& record);
  absl::Status ReplayOther(const OffsetsKey& key, const RecordView& record);
  void Put(const GroupOffset& name, CommittedOffset offset);
  void Forget(const GroupOffset& name);
  void DropIfEmpty(const std::string& group);
  bool IsPending(const GroupOffset& name) const;

  std::map<std::string, Group> groups_;
  std::map<ProducerId, PendingOffsets> pending_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_GROUPS_OFFSETS_STATE_H_
