#include "api/groups/group_metadata_value.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/base/message_fields.h"

namespace tidemark {
namespace {

constexpr int16_t kRebalanceTimeoutVersion = 1;
constexpr int16_t kCurrentStateTimeVersion = 2;
constexpr int16_t kInstanceIdVersion = 3;
constexpr int16_t kFlexibleVersion = 4;
constexpr int16_t kVersionMax = 4;

// Five lengths and the session timeout: the least that a member takes, in either form.
constexpr int64_t kMemberBytesMin = 5 + 4;

GroupMember TakeMember(int16_t version, MessageReader* reader) {
  GroupMember member;
  member.member_id = reader->TakeString();
  if (version >= kInstanceIdVersion) member.group_instance_id = reader->TakeNullableString();
  member.client_id = reader->TakeString();
  member.client_host = reader->TakeString();
  if (version >= kRebalanceTimeoutVersion) {
    member.rebalance_timeout_ms = reader->TakeInt<int32_t>();
  }
  member.session_timeout_ms = reader->TakeInt<int32_t>();
  member.subscription = reader->TakeBytes();
  member.assignment = reader->TakeBytes();
  reader->PassTags();
  return member;
}

}  // namespace

absl::StatusOr<GroupMetadataValue> GroupMetadataValue::Parse(absl::string_view value) {
  MessageReader reader(value);
  const int16_t version = reader.TakeInt<int16_t>();
  if (reader.ok() && version > kVersionMax) {
    return absl::UnimplementedError(absl::StrCat("a group has version ", version,
                                                 "; versions up to ", kVersionMax, " are known"));
  }
  if (version >= kFlexibleVersion) reader.set_form(MessageForm::kFlexible);
  GroupMetadataValue result;
  result.protocol_type = reader.TakeString();
  result.generation = reader.TakeInt<int32_t>();
  result.protocol = reader.TakeNullableString();
  result.leader = reader.TakeNullableString();
  if (version >= kCurrentStateTimeVersion) {
    result.current_state_time = Timestamp(reader.TakeInt<int64_t>());
  }
  const int32_t member_count = reader.TakeCount(kMemberBytesMin);
  for (int32_t i = 0; i < member_count && reader.ok(); ++i) {
    result.members.push_back(TakeMember(version, &reader));
  }
  reader.PassTags();
  if (version < 0 || !reader.IsDone()) {
    return absl::DataLossError(absl::StrCat("a value of ", value.size(), " bytes and version ",
                                            version, " is not that of a group"));
  }
  return result;
}

}  // namespace tidemark
