#ifndef TIDEMARK_API_GROUPS_OFFSETS_KEY_H_
#define TIDEMARK_API_GROUPS_OFFSETS_KEY_H_

// Keys of `__consumer_offsets`: docs/format/offsets_topic.md.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// The record types that Tidemark acts on, by Kafka's numbers.
inline constexpr int16_t kLegacyOffsetCommitType = 0;
inline constexpr int16_t kOffsetCommitType = 1;
inline constexpr int16_t kGroupMetadataType = 2;

// Kafka's name of a record type: "OffsetCommit". Empty for a type that is not known here.
absl::string_view OffsetsRecordTypeName(int16_t type);

// What a record is about. The strings are views of the key.
struct OffsetsKey {
  int16_t type = 0;
  absl::string_view group;
  // Of committed offsets.
  absl::string_view topic;
  PartitionId partition{-1};
  // Of records about a member (its id), or about a regular expression (that).
  absl::optional<absl::string_view> member;

  bool is_offset() const { return type == kOffsetCommitType || type == kLegacyOffsetCommitType; }

  // DATA_LOSS if the key is cut short, has bytes left over or a negative partition. Of a type that
  // is not known here, only the group is read.
  static absl::StatusOr<OffsetsKey> Parse(absl::string_view key);
};

// Group and topic have at most 32767 bytes.
std::string EncodeOffsetCommitKey(absl::string_view group, const TopicPartition& topic_partition);
std::string EncodeGroupMetadataKey(absl::string_view group);

}  // namespace tidemark

#endif  // TIDEMARK_API_GROUPS_OFFSETS_KEY_H_
