#include "storage/compaction/test_batches.h"

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"

namespace tidemark {
namespace {

std::string TextOf(const absl::optional<absl::string_view>& bytes) {
  return std::string(bytes.value_or("null"));
}

std::string TextOf(const RecordBatchView& batch, const RecordView& record) {
  if (!batch.is_control()) {
    return absl::StrCat(record.offset.value(), ":", TextOf(record.key), "=", TextOf(record.value));
  }
  const absl::StatusOr<ControlRecordKey> key = ControlRecordKey::Parse(record.key.value_or(""));
  TM_CHECK(key.ok());
  return absl::StrCat(record.offset.value(), key->type == ControlRecordType::kCommit  ? ":commit"
                                             : key->type == ControlRecordType::kAbort ? ":abort"
                                                                                      : ":control");
}

}  // namespace

std::string MakeTestBatch(const std::vector<TestRecord>& records, const RecordBatchOptions& options,
                          Timestamp timestamp) {
  RecordBatchBuilder builder(options);
  for (const TestRecord& test_record : records) {
    Record record;
    if (test_record.key.has_value()) record.key = *test_record.key;
    if (test_record.value.has_value()) record.value = *test_record.value;
    record.timestamp = timestamp;
    ++timestamp;
    TM_CHECK(builder.Add(record).ok());
  }
  const absl::StatusOr<absl::Span<char>> batch = builder.Finish();
  TM_CHECK(batch.ok());
  return std::string(batch->data(), batch->size());
}

RecordBatchOptions TransactionalOptions(int64_t base_offset, int64_t producer_id,
                                        int32_t base_sequence) {
  RecordBatchOptions options;
  options.base_offset = Offset(base_offset);
  options.producer_id = ProducerId(producer_id);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(base_sequence);
  options.is_transactional = true;
  return options;
}

std::string MakeTestMarker(int64_t offset, int64_t producer_id, ControlRecordType type) {
  RecordBatchOptions options = TransactionalOptions(offset, producer_id, -1);
  options.is_control = true;
  ControlRecordKey key;
  key.type = type;
  const auto key_bytes = key.Encode();
  const auto value_bytes = EndTransactionMarker().Encode();
  return MakeTestBatch({{std::string(key_bytes.data(), key_bytes.size()),
                         std::string(value_bytes.data(), value_bytes.size())}},
                       options);
}

RecordBatchView ParseTestBatch(absl::string_view bytes) {
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  TM_CHECK(batch.ok());
  TM_CHECK(batch->VerifyCrc().ok());
  return *batch;
}

std::vector<std::string> DescribeTestBatches(absl::string_view bytes) {
  std::vector<std::string> texts;
  while (!bytes.empty()) {
    const RecordBatchView batch = ParseTestBatch(bytes);
    bytes.remove_prefix(batch.bytes().size());
    absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
    TM_CHECK(reader.ok());
    if (batch.record_count() == 0) {
      texts.push_back(
          absl::StrCat("(", batch.base_offset().value(), "-", batch.last_offset().value(), ")"));
    }
    RecordView record;
    for (int32_t i = 0; i < batch.record_count(); ++i) {
      const absl::StatusOr<bool> has_record = reader->Next(&record);
      TM_CHECK(has_record.ok() && *has_record);
      texts.push_back(TextOf(batch, record));
    }
  }
  return texts;
}

}  // namespace tidemark
