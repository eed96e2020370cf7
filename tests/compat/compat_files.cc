#include "tests/compat/compat_files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

std::string HexOrDash(const absl::optional<absl::string_view>& bytes) {
  return bytes.has_value() ? absl::BytesToHexString(*bytes) : "-";
}

void AppendRecordLine(const RecordView& record, std::string* lines) {
  absl::StrAppend(lines, record.offset.value(), "|", record.timestamp.value(), "|",
                  HexOrDash(record.key), "|", HexOrDash(record.value), "|");
  absl::string_view separator = "";
  record.headers.ForEach([&](const RecordHeader& header) {
    absl::StrAppend(lines, separator, header.key, "=", HexOrDash(header.value));
    separator = ",";
  });
  lines->push_back('\n');
}

}  // namespace

std::string ReadCompatFile(absl::string_view path) {
  std::ifstream file(absl::StrCat("tests/compat/", path), std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Json ReadCompatJson(absl::string_view path) { return Json::parse(ReadCompatFile(path)); }

std::string FromHex(const Json& text) { return absl::HexStringToBytes(text.get<std::string>()); }

absl::StatusOr<BatchesRead> ReadBatches(absl::string_view bytes) {
  BatchesRead result;
  while (!bytes.empty()) {
    TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(bytes));
    TM_RETURN_IF_ERROR(batch.VerifyCrc());
    TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
    RecordView record;
    while (true) {
      TM_ASSIGN_OR_RETURN(const bool has_record, reader.Next(&record));
      if (!has_record) break;
      ++result.record_count;
      AppendRecordLine(record, &result.record_lines);
    }
    result.batches.push_back(batch);
    bytes.remove_prefix(batch.bytes().size());
  }
  return result;
}

std::string Rebuild(const RecordBatchView& batch) {
  RecordBatchOptions options;
  options.codec = batch.codec();
  options.timestamp_type = batch.timestamp_type();
  options.producer_id = batch.producer_id();
  options.producer_epoch = batch.producer_epoch();
  options.base_sequence = batch.base_sequence();
  options.is_transactional = batch.is_transactional();
  options.is_control = batch.is_control();
  options.delete_horizon = batch.delete_horizon();
  options.base_offset = batch.base_offset();
  options.leader_epoch = batch.leader_epoch();
  RecordBatchBuilder builder(options);
  absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
  EXPECT_TRUE(reader.ok()) << reader.status();
  RecordView view;
  while (*reader->Next(&view)) {
    std::vector<RecordHeader> headers;
    view.headers.ForEach([&](const RecordHeader& header) { headers.push_back(header); });
    Record record;
    record.key = view.key;
    record.value = view.value;
    record.headers = headers;
    record.timestamp = view.timestamp;
    const int64_t delta = view.offset - batch.base_offset();
    EXPECT_TRUE(builder.AddAt(static_cast<int32_t>(delta), record).ok());
  }
  const absl::Span<char> bytes = *builder.Finish();
  return std::string(bytes.data(), bytes.size());
}

}  // namespace tidemark
