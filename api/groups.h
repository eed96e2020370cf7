#ifndef TIDEMARK_API_GROUPS_H_
#define TIDEMARK_API_GROUPS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/types.h"

namespace tidemark {

class OffsetStore;

// How far a group has come in one partition.
struct OffsetAndMetadata {
  Offset offset;  // The next one to read.
  // The epoch of the last record read, from its batch; kNoLeaderEpoch if that is not known.
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::string metadata = {};             // UTF-8, for the committer's own use.
  Timestamp commit_time = kNoTimestamp;  // Set by the commit.
};

using OffsetsByPartition = std::map<TopicPartition, OffsetAndMetadata>;

struct GroupSummary {
  std::string group;
  int64_t offset_count = 0;  // Partitions with a committed offset.
};

// The committed offsets of consumer groups, kept in the topic `__consumer_offsets` as Kafka keeps
// them (docs/format/offsets_topic.md). The first commit makes the topic, with
// `offsets.topic.num.partitions` partitions. Copies are cheap and share everything. Thread-safe.
//
// A group is a name: non-empty UTF-8 of at most 32767 bytes; nothing is known of members. A commit
// holds for those who fetch as soon as its record is in the log, and, once acknowledged, stays for
// as long as its durability says. A group's offset for a partition is dropped
// `offsets.retention.minutes` after its last commit, or with its topic.
//
// After the Tidemark is closed, calls return FAILED_PRECONDITION. Handles may outlive it; they must
// not be used then.
//
// Errors that every call may return besides its own: INVALID_ARGUMENT for a name that is no
// group's; DATA_LOSS or UNIMPLEMENTED, naming partition and offset, where the group's part of the
// topic holds what cannot be understood; what the log says of its partition of the topic. Blocking
// calls must not be made from a callback of Tidemark, nor where nothing else drives the executor.
class Groups {
 public:
  // Commits for all partitions together, or for none: one batch of the topic. Offsets may be below
  // or above what the log holds, as in Kafka, and may go back.
  // NOT_FOUND for a partition that does not exist. INVALID_ARGUMENT for a negative offset, an epoch
  // below -1, metadata that is not UTF-8 or above `offset.metadata.max.bytes`, or more offsets than
  // one batch holds. RESOURCE_EXHAUSTED, FAILED_PRECONDITION and DATA_LOSS as in Topic's appends.
  absl::Status CommitOffsets(absl::string_view group, const OffsetsByPartition& offsets,
                             Durability durability = Durability::kBuffered);

  // The same without waiting. `done` is called once, before or after this returns, on any thread,
  // and must not block.
  void CommitOffsetsAsync(absl::string_view group, const OffsetsByPartition& offsets,
                          Durability durability, std::function<void(absl::Status)> done);

  // All that the group has committed; nothing for a group that is not known. Offsets in open
  // transactions are not seen before their commit.
  absl::StatusOr<OffsetsByPartition> FetchOffsets(absl::string_view group) const;
  // Absent if the group has committed none there.
  absl::StatusOr<absl::optional<OffsetAndMetadata>> FetchOffset(
      absl::string_view group, const TopicPartition& topic_partition) const;

  // Forgets the group's offsets for these partitions; those that it has none for are no error.
  // NOT_FOUND for a group that is not known.
  absl::Status DeleteOffsets(absl::string_view group, absl::Span<const TopicPartition> partitions,
                             Durability durability = Durability::kBuffered);
  // Forgets everything about the group. NOT_FOUND.
  absl::Status DeleteGroup(absl::string_view group, Durability durability = Durability::kBuffered);

  // Sorted by name. Fails if any partition of the topic cannot be used.
  absl::StatusOr<std::vector<GroupSummary>> ListGroups() const;

  // Drops what has expired now, as happens by itself every `offsets.retention.check.interval.ms`.
  // Returns how many records that took. Goes on past errors, and returns the first.
  absl::StatusOr<int64_t> ExpireOffsets();

 private:
  friend class Tidemark;

  explicit Groups(std::shared_ptr<OffsetStore> store) : store_(std::move(store)) {}

  std::shared_ptr<OffsetStore> store_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_GROUPS_H_
