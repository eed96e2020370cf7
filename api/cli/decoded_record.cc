#include "api/cli/decoded_record.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "api/catalog/internal_topics.h"
#include "api/groups/group_metadata_value.h"
#include "api/groups/offset_commit_value.h"
#include "api/groups/offsets_key.h"
#include "api/transactions/transaction_key.h"
#include "api/transactions/transaction_value.h"
#include "storage/types.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

Json Text(const absl::optional<absl::string_view>& text) {
  return text.has_value() ? Json(std::string(*text)) : Json();
}

Json Error(const absl::Status& status) { return {{"error", std::string(status.message())}}; }

Json ToJson(const OffsetCommitValue& value) {
  return {
      {"offset", value.offset.value()},
      {"leader_epoch", value.leader_epoch.value()},
      {"metadata", value.metadata},
      {"commit_time", value.commit_time.value()},
      {"expire_time", value.expire_time.has_value() ? Json(value.expire_time->value()) : Json()}};
}

Json ToJson(const GroupMetadataValue& value) {
  Json json = {{"protocol_type", std::string(value.protocol_type)},
               {"generation", value.generation},
               {"protocol", Text(value.protocol)},
               {"leader", Text(value.leader)},
               {"current_state_time", value.current_state_time.value()},
               {"members", Json::array()}};
  for (const GroupMember& member : value.members) {
    json["members"].push_back({{"member_id", std::string(member.member_id)},
                               {"group_instance_id", Text(member.group_instance_id)},
                               {"client_id", std::string(member.client_id)},
                               {"client_host", std::string(member.client_host)},
                               {"rebalance_timeout_ms", member.rebalance_timeout_ms},
                               {"session_timeout_ms", member.session_timeout_ms}});
  }
  return json;
}

Json ProducerIdOrNull(ProducerId id) { return id == kNoProducerId ? Json() : Json(id.value()); }

Json ToJson(const TransactionValue& value) {
  Json json = {{"producer_id", value.producer_id.value()},
               {"producer_epoch", value.producer_epoch.value()},
               {"status", std::string(TransactionStatusName(value.status))},
               {"partitions", Json::array()},
               {"timeout_ms", absl::ToInt64Milliseconds(value.timeout)},
               {"last_update_time", value.last_update_time.value()},
               {"start_time", value.start_time.value()},
               {"previous_producer_id", ProducerIdOrNull(value.previous_producer_id)},
               {"next_producer_id", ProducerIdOrNull(value.next_producer_id)},
               {"client_transaction_version", value.client_transaction_version}};
  for (const TopicPartition& partition : value.partitions) {
    json["partitions"].push_back(
        {{"topic", partition.topic}, {"partition", partition.partition.value()}});
  }
  return json;
}

template <typename Value>
Json Decode(absl::string_view bytes) {
  const absl::StatusOr<Value> value = Value::Parse(bytes);
  return value.ok() ? ToJson(*value) : Error(value.status());
}

Json DecodeOffsetsRecord(const RecordView& record) {
  const absl::StatusOr<OffsetsKey> key = OffsetsKey::Parse(record.key.value_or(""));
  if (!key.ok()) return Error(key.status());
  Json json = {{"type", key->type},
               {"name", std::string(OffsetsRecordTypeName(key->type))},
               {"group", std::string(key->group)}};
  if (key->is_offset()) {
    json["topic"] = std::string(key->topic);
    json["partition"] = key->partition.value();
  }
  if (key->member.has_value()) json["member"] = Text(key->member);
  if (!record.value.has_value()) {
    json["value"] = Json();
  } else if (key->is_offset()) {
    json["value"] = Decode<OffsetCommitValue>(*record.value);
  } else if (key->type == kGroupMetadataType) {
    json["value"] = Decode<GroupMetadataValue>(*record.value);
  }
  return json;
}

Json DecodeTransactionRecord(const RecordView& record) {
  const absl::StatusOr<absl::string_view> id = ParseTransactionKey(record.key.value_or(""));
  if (!id.ok()) return Error(id.status());
  Json json = {{"transactional_id", std::string(*id)}};
  json["value"] = record.value.has_value() ? Decode<TransactionValue>(*record.value) : Json();
  return json;
}

}  // namespace

RecordDecoder RecordDecoderFor(absl::string_view path) {
  const std::vector<absl::string_view> names = absl::StrSplit(path, '/');
  if (names.size() < 2) return nullptr;
  const absl::string_view directory = names[names.size() - 2];
  if (absl::StartsWith(directory, absl::StrCat(kOffsetsTopic, "-"))) return &DecodeOffsetsRecord;
  if (absl::StartsWith(directory, absl::StrCat(kTransactionsTopic, "-"))) {
    return &DecodeTransactionRecord;
  }
  return nullptr;
}

}  // namespace tidemark
