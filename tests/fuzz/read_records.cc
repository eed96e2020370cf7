#include "tests/fuzz/read_records.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/record.h"
#include "storage/record_batch_builder.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

absl::optional<std::string> Own(const absl::optional<absl::string_view>& bytes) {
  if (!bytes.has_value()) return absl::nullopt;
  return std::string(*bytes);
}

OwnedRecord Own(const RecordView& record) {
  OwnedRecord owned{record.offset, record.timestamp, Own(record.key), Own(record.value), {}};
  record.headers.ForEach([&](const RecordHeader& header) {
    owned.headers.emplace_back(std::string(header.key), Own(header.value));
  });
  TM_CHECK(static_cast<int64_t>(owned.headers.size()) == record.headers.count());
  return owned;
}

absl::optional<absl::string_view> ViewOf(const absl::optional<std::string>& bytes) {
  if (!bytes.has_value()) return absl::nullopt;
  return absl::string_view(*bytes);
}

// False where the builder refuses the record.
bool AddTo(RecordBatchBuilder* builder, Offset base, const OwnedRecord& owned) {
  std::vector<RecordHeader> headers;
  for (const auto& [key, value] : owned.headers) headers.push_back({key, ViewOf(value)});
  Record record;
  record.key = ViewOf(owned.key);
  record.value = ViewOf(owned.value);
  record.headers = headers;
  record.timestamp = owned.timestamp;
  const absl::Status added = builder->AddAt(static_cast<int32_t>(owned.offset - base), record);
  TM_CHECK(added.ok() || absl::IsInvalidArgument(added));
  return added.ok();
}

}  // namespace

absl::StatusOr<std::vector<OwnedRecord>> ReadOwnedRecords(const RecordBatchView& batch) {
  absl::StatusOr<RecordReader> reader = RecordReader::Open(batch, kFuzzDecompressedBytesMax);
  if (!reader.ok()) {
    TM_CHECK(absl::IsDataLoss(reader.status()) || absl::IsResourceExhausted(reader.status()));
    return reader.status();
  }
  std::vector<OwnedRecord> records;
  RecordView record;
  while (true) {
    const absl::StatusOr<bool> more = reader->Next(&record);
    if (!more.ok()) {
      TM_CHECK(absl::IsDataLoss(more.status()));
      TM_CHECK(reader->Next(&record).status() == more.status());
      return more.status();
    }
    if (!*more) break;
    TM_CHECK(record.offset >= batch.base_offset() && record.offset <= batch.last_offset());
    TM_CHECK(records.empty() || record.offset > records.back().offset);
    records.push_back(Own(record));
  }
  TM_CHECK(!*reader->Next(&record));
  TM_CHECK(static_cast<int64_t>(records.size()) == batch.record_count());
  return records;
}

void CheckRebuild(const RecordBatchView& batch, const std::vector<OwnedRecord>& records) {
  RecordBatchOptions options;
  options.base_offset = batch.base_offset();
  options.leader_epoch = batch.leader_epoch();
  options.producer_id = batch.producer_id();
  options.producer_epoch = batch.producer_epoch();
  options.base_sequence = batch.base_sequence();
  RecordBatchBuilder builder(options);
  for (const OwnedRecord& record : records) {
    if (!AddTo(&builder, batch.base_offset(), record)) return;
  }
  if (builder.empty()) return;
  const int64_t size_bytes = builder.size_bytes();
  const absl::StatusOr<absl::Span<char>> built = builder.Finish();
  TM_CHECK(built.ok() && static_cast<int64_t>(built->size()) == size_bytes);
  const absl::StatusOr<RecordBatchView> parsed =
      RecordBatchView::Parse({built->data(), built->size()});
  TM_CHECK(parsed.ok() && parsed->VerifyCrc().ok() && parsed->size_bytes() == size_bytes);
  TM_CHECK(parsed->base_offset() == batch.base_offset());
  TM_CHECK(parsed->producer_id() == batch.producer_id());
  TM_CHECK(parsed->base_sequence() == batch.base_sequence());
  const absl::StatusOr<std::vector<OwnedRecord>> again = ReadOwnedRecords(*parsed);
  TM_CHECK(again.ok() && *again == records);
}

}  // namespace tidemark
