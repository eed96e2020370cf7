#ifndef TIDEMARK_API_GROUPS_OFFSET_COMMIT_VALUE_H_
#define TIDEMARK_API_GROUPS_OFFSET_COMMIT_VALUE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// The value of a committed offset in `__consumer_offsets`: docs/format/offsets_topic.md.
struct OffsetCommitValue {
  Offset offset;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::string metadata;
  Timestamp commit_time = kNoTimestamp;
  // Given a lifetime of its own. Never written.
  absl::optional<Timestamp> expire_time;
  TopicId topic_id;  // Zero where it is not known.

  // As Kafka 4.1 writes it.
  std::string Encode() const;

  // `value` is that of a record of either offset type. DATA_LOSS if it is cut short or has bytes
  // left over; UNIMPLEMENTED, with the version, for one that is newer than this reader.
  static absl::StatusOr<OffsetCommitValue> Parse(absl::string_view value);
};

}  // namespace tidemark

#endif  // TIDEMARK_API_GROUPS_OFFSET_COMMIT_VALUE_H_
