#include "api/cli/dump_text.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "api/base/utf8.h"
#include "api/cli/dump_names.h"
#include "api/cli/json_line.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

using Row = std::vector<std::string>;

Row ColumnNames(DataFileKind kind) {
  switch (kind) {
    case DataFileKind::kLog:
      return {"POSITION",       "SIZE",          "BASE_OFFSET", "LAST_OFFSET",    "COUNT",
              "EPOCH",          "CRC",           "CODEC",       "FLAGS",          "TIMESTAMPS",
              "BASE_TIMESTAMP", "MAX_TIMESTAMP", "PRODUCER",    "PRODUCER_EPOCH", "SEQUENCE"};
    case DataFileKind::kOffsetIndex:
      return {"OFFSET", "POSITION"};
    case DataFileKind::kTimeIndex:
      return {"TIMESTAMP", "OFFSET"};
    case DataFileKind::kTransactionIndex:
      return {"PRODUCER", "FIRST_OFFSET", "LAST_OFFSET", "LAST_STABLE_OFFSET"};
    case DataFileKind::kProducerSnapshot:
      return {"PRODUCER", "EPOCH",          "LAST_SEQUENCE",     "LAST_OFFSET",
              "DELTA",    "LAST_TIMESTAMP", "COORDINATOR_EPOCH", "OPEN_TRANSACTION"};
    case DataFileKind::kLeaderEpochCheckpoint:
      return {"EPOCH", "START_OFFSET"};
    case DataFileKind::kOffsetCheckpoint:
      return {"TOPIC", "PARTITION", "OFFSET"};
    case DataFileKind::kPartitionMetadata:
    case DataFileKind::kTopicSettings:
    case DataFileKind::kProducerIds:
    case DataFileKind::kProperties:
    case DataFileKind::kCleanShutdown:
    case DataFileKind::kUnknown:
      break;
  }
  return {"NAME", "VALUE"};
}

// Room for the numbers that are usual.
std::vector<size_t> WidthsMin(DataFileKind kind, const Row& names) {
  std::vector<size_t> widths;
  for (const std::string& name : names) {
    const bool is_timestamp = name == "BASE_TIMESTAMP" || name == "MAX_TIMESTAMP" ||
                              name == "TIMESTAMP" || name == "LAST_TIMESTAMP";
    const bool is_large = name == "POSITION" || name == "OFFSET";
    widths.push_back(is_timestamp ? 14 : is_large ? 10 : name == "NAME" ? 24 : name.size());
  }
  if (kind == DataFileKind::kOffsetCheckpoint) widths[0] = 24;
  return widths;
}

std::string Flags(const BatchItem& item) {
  const RecordBatchView& batch = item.batch;
  std::string flags = batch.is_transactional() ? "transactional" : "";
  if (batch.is_control()) absl::StrAppend(&flags, flags.empty() ? "" : ",", "control");
  if (item.marker.has_value()) absl::StrAppend(&flags, ",", NameOf(*item.marker));
  if (batch.delete_horizon().has_value()) {
    absl::StrAppend(&flags, flags.empty() ? "" : ",", "delete_horizon");
  }
  return flags.empty() ? "-" : flags;
}

// Every byte can be told from what is shown; text stays legible.
std::string Escaped(absl::string_view bytes) {
  return IsUtf8(bytes) ? absl::Utf8SafeCHexEscape(bytes) : absl::CHexEscape(bytes);
}

struct RowMaker {
  Row operator()(const BatchItem& item) const {
    const RecordBatchView& batch = item.batch;
    return {absl::StrCat(item.position.value()),
            absl::StrCat(batch.size_bytes()),
            absl::StrCat(batch.base_offset().value()),
            absl::StrCat(batch.last_offset().value()),
            absl::StrCat(batch.record_count()),
            absl::StrCat(batch.leader_epoch().value()),
            item.crc.ok() ? "ok" : "BAD",
            NameOf(batch.codec()),
            Flags(item),
            NameOf(batch.timestamp_type()),
            absl::StrCat(batch.base_timestamp().value()),
            absl::StrCat(batch.max_timestamp().value()),
            absl::StrCat(batch.producer_id().value()),
            absl::StrCat(batch.producer_epoch().value()),
            absl::StrCat(batch.base_sequence().value())};
  }
  Row operator()(const OffsetIndexItem& item) const {
    return {absl::StrCat(item.offset.value()), absl::StrCat(item.position.value())};
  }
  Row operator()(const TimeIndexItem& item) const {
    return {absl::StrCat(item.timestamp.value()), absl::StrCat(item.offset.value())};
  }
  Row operator()(const AbortedTransactionItem& item) const {
    return {absl::StrCat(item.producer_id.value()), absl::StrCat(item.first_offset.value()),
            absl::StrCat(item.last_offset.value()), absl::StrCat(item.last_stable_offset.value())};
  }
  Row operator()(const ProducerItem& item) const {
    const absl::optional<Offset>& open = item.open_transaction_first_offset;
    return {absl::StrCat(item.producer_id.value()),
            absl::StrCat(item.producer_epoch.value()),
            absl::StrCat(item.last_sequence.value()),
            absl::StrCat(item.last_offset.value()),
            absl::StrCat(item.last_offset_delta),
            absl::StrCat(item.last_timestamp.value()),
            absl::StrCat(item.coordinator_epoch),
            open.has_value() ? absl::StrCat(open->value()) : "-"};
  }
  Row operator()(const LeaderEpochItem& item) const {
    return {absl::StrCat(item.leader_epoch.value()), absl::StrCat(item.start_offset.value())};
  }
  Row operator()(const CheckpointItem& item) const {
    return {item.topic_partition.topic, absl::StrCat(item.topic_partition.partition.value()),
            absl::StrCat(item.offset.value())};
  }
  Row operator()(const PropertyItem& item) const {
    return {Escaped(item.name), Escaped(item.value)};
  }
  Row operator()(const NoteItem&) const { return {}; }
  Row operator()(const DamageItem&) const { return {}; }
};

std::string Quoted(const absl::optional<absl::string_view>& bytes) {
  return bytes.has_value() ? absl::StrCat("\"", Escaped(*bytes), "\"") : "null";
}

void AppendRecord(const RecordView& record, std::string* out) {
  absl::StrAppend(out, "    offset ", record.offset.value(), " timestamp ",
                  record.timestamp.value(), " key ", Quoted(record.key), " value ",
                  Quoted(record.value));
  record.headers.ForEach([&](const RecordHeader& header) {
    absl::StrAppend(out, " header ", Quoted(header.key), "=", Quoted(header.value));
  });
  *out += '\n';
}

absl::Status AppendRecords(const RecordBatchView& batch, RecordDecoder decoder, std::string* out) {
  absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
  if (!reader.ok()) return reader.status();
  for (RecordView record;;) {
    const absl::StatusOr<bool> is_record = reader->Next(&record);
    if (!is_record.ok()) return is_record.status();
    if (!*is_record) return absl::OkStatus();
    AppendRecord(record, out);
    if (decoder != nullptr && !batch.is_control()) {
      absl::StrAppend(out, "      ", JsonLine(decoder(record)));
    }
  }
}

}  // namespace

DumpText::DumpText(absl::string_view path, bool with_records)
    : path_(path),
      with_records_(with_records),
      decoder_(RecordDecoderFor(path)),
      names_(ColumnNames(DataFileKindOf(path))),
      columns_(WidthsMin(DataFileKindOf(path), names_)) {}

void DumpText::AppendHeading(std::string* out) {
  absl::StrAppend(out, path_, "\n");
  columns_.AppendRow(names_, out);
}

absl::Status DumpText::Append(const DataFileItem& item, std::string* out) {
  if (const auto* const note = std::get_if<NoteItem>(&item); note != nullptr) {
    absl::StrAppend(out, "# position ", note->position.value(), ": ", note->message, "\n");
    return absl::OkStatus();
  }
  const Row row = std::visit(RowMaker(), item);
  if (!row.empty()) columns_.AppendRow(row, out);
  const auto* const batch = std::get_if<BatchItem>(&item);
  if (batch == nullptr || !with_records_) return absl::OkStatus();
  return AppendRecords(batch->batch, decoder_, out);
}

}  // namespace tidemark
