#include "api/groups/offset_commit_value.h"

#include <cstdint>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/base/message_fields.h"

namespace tidemark {
namespace {

constexpr int16_t kExpireTimeVersion = 1;
constexpr int16_t kLeaderEpochVersion = 3;
constexpr int16_t kFlexibleVersion = 4;
constexpr int16_t kVersionMax = 4;
constexpr uint32_t kTopicIdTag = 0;

}  // namespace

std::string OffsetCommitValue::Encode() const {
  MessageWriter writer(MessageForm::kFlexible);
  writer.PutInt(kVersionMax);
  writer.PutInt(offset.value());
  writer.PutInt(leader_epoch.value());
  writer.PutString(metadata);
  writer.PutInt(commit_time.value());
  if (topic_id.IsZero()) {
    writer.PutUnsignedVarint(0);
    return writer.Finish();
  }
  writer.PutUnsignedVarint(1);
  writer.PutUnsignedVarint(kTopicIdTag);
  writer.PutUnsignedVarint(static_cast<uint32_t>(topic_id.bytes.size()));
  for (const uint8_t byte : topic_id.bytes) writer.PutInt(byte);
  return writer.Finish();
}

absl::StatusOr<OffsetCommitValue> OffsetCommitValue::Parse(absl::string_view value) {
  MessageReader reader(value);
  const int16_t version = reader.TakeInt<int16_t>();
  if (reader.ok() && version > kVersionMax) {
    return absl::UnimplementedError(absl::StrCat("a committed offset has version ", version,
                                                 "; versions up to ", kVersionMax, " are known"));
  }
  if (version >= kFlexibleVersion) reader.set_form(MessageForm::kFlexible);
  OffsetCommitValue result;
  result.offset = Offset(reader.TakeInt<int64_t>());
  if (version >= kLeaderEpochVersion) {
    result.leader_epoch = LeaderEpoch(reader.TakeInt<int32_t>());
  }
  result.metadata = std::string(reader.TakeString());
  result.commit_time = Timestamp(reader.TakeInt<int64_t>());
  if (version == kExpireTimeVersion) {
    const Timestamp expire_time(reader.TakeInt<int64_t>());
    if (expire_time != kNoTimestamp) result.expire_time = expire_time;
  }
  reader.TakeTags([&result](uint32_t tag, absl::string_view bytes) {
    if (tag != kTopicIdTag) return true;
    if (bytes.size() != result.topic_id.bytes.size()) return false;
    std::memcpy(result.topic_id.bytes.data(), bytes.data(), bytes.size());
    return true;
  });
  if (version < 0 || !reader.IsDone()) {
    return absl::DataLossError(absl::StrCat("a value of ", value.size(), " bytes and version ",
                                            version, " is not that of a committed offset"));
  }
  return result;
}

}  // namespace tidemark
