#include "api/cli/dump_json.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "api/base/utf8.h"
#include "api/cli/dump_names.h"
#include "api/cli/json_line.h"
#include "nlohmann/json.hpp"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

Json Base64(const absl::optional<absl::string_view>& bytes) {
  return bytes.has_value() ? Json(absl::Base64Escape(*bytes)) : Json();
}

Json Readable(const absl::optional<absl::string_view>& bytes) {
  return bytes.has_value() && IsUtf8(*bytes) ? Json(std::string(*bytes)) : Json();
}

Json ToJson(const RecordView& record, RecordDecoder decoder) {
  Json json = {{"offset", record.offset.value()}, {"timestamp", record.timestamp.value()},
               {"key", Readable(record.key)},     {"key_b64", Base64(record.key)},
               {"value", Readable(record.value)}, {"value_b64", Base64(record.value)},
               {"headers", Json::array()}};
  record.headers.ForEach([&](const RecordHeader& header) {
    json["headers"].push_back(
        {{"key", std::string(header.key)}, {"value_b64", Base64(header.value)}});
  });
  if (decoder != nullptr) json["decoded"] = decoder(record);
  return json;
}

// Adds what can be read.
absl::Status AddRecords(const RecordBatchView& batch, RecordDecoder decoder, Json* json) {
  Json& records = (*json)["records"] = Json::array();
  absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
  if (!reader.ok()) return reader.status();
  for (RecordView record;;) {
    const absl::StatusOr<bool> is_record = reader->Next(&record);
    if (!is_record.ok()) return is_record.status();
    if (!*is_record) return absl::OkStatus();
    records.push_back(ToJson(record, batch.is_control() ? nullptr : decoder));
  }
}

// One object for each kind of item.
struct JsonMaker {
  Json operator()(const BatchItem& item) const {
    const RecordBatchView& batch = item.batch;
    const absl::optional<TransactionMarker>& marker = item.marker;
    const absl::optional<Timestamp> horizon = batch.delete_horizon();
    return {{"base_offset", batch.base_offset().value()},
            {"last_offset", batch.last_offset().value()},
            {"count", batch.record_count()},
            {"partition_leader_epoch", batch.leader_epoch().value()},
            {"crc_ok", item.crc.ok()},
            {"codec", NameOf(batch.codec())},
            {"producer_id", batch.producer_id().value()},
            {"producer_epoch", batch.producer_epoch().value()},
            {"base_sequence", batch.base_sequence().value()},
            {"transactional", batch.is_transactional()},
            {"control", batch.is_control()},
            {"marker", marker.has_value() ? Json(NameOf(*marker)) : Json()},
            {"coordinator_epoch", marker.has_value() ? Json(marker->coordinator_epoch) : Json()},
            {"timestamp_type", NameOf(batch.timestamp_type())},
            {"base_timestamp", batch.base_timestamp().value()},
            {"max_timestamp", batch.max_timestamp().value()},
            {"delete_horizon", horizon.has_value() ? Json(horizon->value()) : Json()},
            {"position", item.position.value()},
            {"size", batch.size_bytes()}};
  }
  Json operator()(const OffsetIndexItem& item) const {
    return {{"offset", item.offset.value()}, {"position", item.position.value()}};
  }
  Json operator()(const TimeIndexItem& item) const {
    return {{"timestamp", item.timestamp.value()}, {"offset", item.offset.value()}};
  }
  Json operator()(const AbortedTransactionItem& item) const {
    return {{"producer_id", item.producer_id.value()},
            {"first_offset", item.first_offset.value()},
            {"last_offset", item.last_offset.value()},
            {"last_stable_offset", item.last_stable_offset.value()}};
  }
  Json operator()(const ProducerItem& item) const {
    const absl::optional<Offset>& open = item.open_transaction_first_offset;
    return {{"producer_id", item.producer_id.value()},
            {"producer_epoch", item.producer_epoch.value()},
            {"last_sequence", item.last_sequence.value()},
            {"last_offset", item.last_offset.value()},
            {"last_offset_delta", item.last_offset_delta},
            {"last_timestamp", item.last_timestamp.value()},
            {"coordinator_epoch", item.coordinator_epoch},
            {"open_transaction_first_offset", open.has_value() ? Json(open->value()) : Json()}};
  }
  Json operator()(const LeaderEpochItem& item) const {
    return {{"leader_epoch", item.leader_epoch.value()},
            {"start_offset", item.start_offset.value()}};
  }
  Json operator()(const CheckpointItem& item) const {
    return {{"topic", item.topic_partition.topic},
            {"partition", item.topic_partition.partition.value()},
            {"offset", item.offset.value()}};
  }
  Json operator()(const PropertyItem& item) const {
    return {{"name", item.name}, {"value", item.value}};
  }
  Json operator()(const NoteItem&) const { return {}; }
  Json operator()(const DamageItem&) const { return {}; }
};

}  // namespace

absl::Status AppendDumpJson(const DataFileItem& item, const DumpJsonOptions& options,
                            std::string* out) {
  Json json = std::visit(JsonMaker(), item);
  if (json.is_null()) return absl::OkStatus();
  absl::Status status;
  const auto* const batch = std::get_if<BatchItem>(&item);
  if (batch != nullptr && options.with_records) {
    status = AddRecords(batch->batch, options.decoder, &json);
  }
  if (options.file.has_value()) json["file"] = *options.file;
  // Names in a file may be no UTF-8; the bytes of keys and values stand there in base64 as well.
  *out += JsonLine(json);
  return status;
}

}  // namespace tidemark
