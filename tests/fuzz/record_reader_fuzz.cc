// The records of one batch whose header is sound: the input is what stands behind it.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"
#include "storage/record_batch.h"
#include "storage/types.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/read_records.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

std::string MakeBatch(int16_t attributes, int32_t record_count, int32_t last_offset_delta,
                      absl::string_view payload) {
  std::string batch(layout::kHeaderBytes, '\0');
  batch.append(payload.data(), payload.size());
  char* const bytes = batch.data();
  StoreBigEndian(static_cast<int32_t>(batch.size() - layout::kLengthOverheadBytes),
                 bytes + layout::kBatchLength);
  StoreBigEndian(layout::kMagicValue, bytes + layout::kMagic);
  StoreBigEndian(attributes, bytes + layout::kAttributes);
  StoreBigEndian(last_offset_delta, bytes + layout::kLastOffsetDelta);
  StoreBigEndian(int64_t{1000}, bytes + layout::kBaseTimestamp);
  StoreBigEndian(int64_t{2000}, bytes + layout::kMaxTimestamp);
  StoreBigEndian(kNoProducerId.value(), bytes + layout::kProducerId);
  StoreBigEndian(kNoProducerEpoch.value(), bytes + layout::kProducerEpoch);
  StoreBigEndian(kNoSequence.value(), bytes + layout::kBaseSequence);
  StoreBigEndian(record_count, bytes + layout::kRecordCount);
  StoreBigEndian(Crc32c(absl::string_view(batch).substr(layout::kAttributes)),
                 bytes + layout::kCrc);
  return batch;
}

}  // namespace

void FuzzRecordReader(absl::string_view input) {
  FuzzInput choices(input);
  const auto attributes = static_cast<int16_t>(choices.TakeByte());
  const int32_t record_count = choices.TakeUint16();
  const int32_t more_offsets = choices.TakeByte();
  const std::string bytes =
      MakeBatch(attributes, record_count, record_count + more_offsets - 1, choices.rest());
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  if (!batch.ok()) return;
  TM_CHECK(batch->VerifyCrc().ok());
  const absl::StatusOr<std::vector<OwnedRecord>> records = ReadOwnedRecords(*batch);
  if (records.ok()) CheckRebuild(*batch, *records);
}

}  // namespace tidemark
