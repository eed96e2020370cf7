#include "api/groups/offsets_key.h"

#include <cstddef>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/base/message_fields.h"

namespace tidemark {
namespace {

enum class KeyBody { kOffset, kGroup, kGroupAndMember };

struct RecordType {
  absl::string_view name;
  KeyBody body;
};

// By Kafka's number.
constexpr RecordType kTypes[] = {
    {"LegacyOffsetCommit", KeyBody::kOffset},
    {"OffsetCommit", KeyBody::kOffset},
    {"GroupMetadata", KeyBody::kGroup},
    {"ConsumerGroupMetadata", KeyBody::kGroup},
    {"ConsumerGroupPartitionMetadata", KeyBody::kGroup},
    {"ConsumerGroupMemberMetadata", KeyBody::kGroupAndMember},
    {"ConsumerGroupTargetAssignmentMetadata", KeyBody::kGroup},
    {"ConsumerGroupTargetAssignmentMember", KeyBody::kGroupAndMember},
    {"ConsumerGroupCurrentMemberAssignment", KeyBody::kGroupAndMember},
    {"ShareGroupPartitionMetadata", KeyBody::kGroup},
    {"ShareGroupMemberMetadata", KeyBody::kGroupAndMember},
    {"ShareGroupMetadata", KeyBody::kGroup},
    {"ShareGroupTargetAssignmentMetadata", KeyBody::kGroup},
    {"ShareGroupTargetAssignmentMember", KeyBody::kGroupAndMember},
    {"ShareGroupCurrentMemberAssignment", KeyBody::kGroupAndMember},
    {"ShareGroupStatePartitionMetadata", KeyBody::kGroup},
    {"ConsumerGroupRegularExpression", KeyBody::kGroupAndMember},
    {"StreamsGroupMetadata", KeyBody::kGroup},
    {"StreamsGroupPartitionMetadata", KeyBody::kGroup},
    {"StreamsGroupMemberMetadata", KeyBody::kGroupAndMember},
    {"StreamsGroupTargetAssignmentMetadata", KeyBody::kGroup},
    {"StreamsGroupTargetAssignmentMember", KeyBody::kGroupAndMember},
    {"StreamsGroupCurrentMemberAssignment", KeyBody::kGroupAndMember},
    {"StreamsGroupTopology", KeyBody::kGroup},
};

const RecordType* FindType(int16_t type) {
  if (type < 0 || static_cast<size_t>(type) >= std::size(kTypes)) return nullptr;
  return &kTypes[type];
}

}  // namespace

absl::string_view OffsetsRecordTypeName(int16_t type) {
  const RecordType* found = FindType(type);
  return found == nullptr ? absl::string_view() : found->name;
}

absl::StatusOr<OffsetsKey> OffsetsKey::Parse(absl::string_view key) {
  MessageReader reader(key);
  OffsetsKey result;
  result.type = reader.TakeInt<int16_t>();
  result.group = reader.TakeString();
  const RecordType* type = FindType(result.type);
  if (type != nullptr && type->body == KeyBody::kOffset) {
    result.topic = reader.TakeString();
    result.partition = PartitionId(reader.TakeInt<int32_t>());
  } else if (type != nullptr && type->body == KeyBody::kGroupAndMember) {
    result.member = reader.TakeString();
  }
  const bool is_whole = type == nullptr ? reader.ok() : reader.IsDone();
  if (!is_whole || (result.is_offset() && result.partition < PartitionId(0))) {
    return absl::DataLossError(absl::StrCat("a key of ", key.size(), " bytes and record type ",
                                            result.type, " is not one of the offsets topic"));
  }
  return result;
}

std::string EncodeOffsetCommitKey(absl::string_view group, const TopicPartition& topic_partition) {
  MessageWriter writer;
  writer.PutInt(kOffsetCommitType);
  writer.PutString(group);
  writer.PutString(topic_partition.topic);
  writer.PutInt(topic_partition.partition.value());
  return writer.Finish();
}

std::string EncodeGroupMetadataKey(absl::string_view group) {
  MessageWriter writer;
  writer.PutInt(kGroupMetadataType);
  writer.PutString(group);
  return writer.Finish();
}

}  // namespace tidemark
