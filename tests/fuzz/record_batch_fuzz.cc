// Batches back to back, as they stand in a segment or come from a peer.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/format/recompression.h"
#include "storage/record_batch.h"
#include "storage/types.h"
#include "tests/fuzz/read_records.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

// Stamping changes what it says and nothing else; the CRC is right after it if it was before.
void CheckStamps(const RecordBatchView& batch) {
  std::string copy(batch.bytes());
  StampBatch(Offset(7), LeaderEpoch(3), absl::MakeSpan(copy));
  absl::StatusOr<RecordBatchView> stamped = RecordBatchView::Parse(copy);
  TM_CHECK(stamped.ok() && stamped->base_offset() == Offset(7));
  TM_CHECK(stamped->leader_epoch() == LeaderEpoch(3));
  TM_CHECK(stamped->VerifyCrc().ok() == batch.VerifyCrc().ok());
  TM_CHECK(stamped->last_offset_delta() == batch.last_offset_delta());
  StampLogAppendTime(Timestamp(1234), absl::MakeSpan(copy));
  stamped = RecordBatchView::Parse(copy);
  TM_CHECK(stamped.ok() && stamped->VerifyCrc().ok());
  TM_CHECK(stamped->timestamp_type() == TimestampType::kLogAppendTime);
  TM_CHECK(stamped->max_timestamp() == Timestamp(1234));
}

// With another codec the batch has the same records.
void CheckRecompression(const RecordBatchView& batch, const std::vector<OwnedRecord>& records) {
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    const absl::StatusOr<std::string> bytes = RecompressBatch(batch, codec, absl::nullopt);
    TM_CHECK(bytes.ok());
    const absl::StatusOr<RecordBatchView> other = RecordBatchView::Parse(*bytes);
    TM_CHECK(other.ok() && other->codec() == codec && other->VerifyCrc().ok());
    const absl::StatusOr<std::vector<OwnedRecord>> again = ReadOwnedRecords(*other);
    TM_CHECK(again.ok() && *again == records);
  }
}

}  // namespace

void FuzzRecordBatch(absl::string_view input) {
  while (true) {
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(input);
    if (!batch.ok()) {
      TM_CHECK(absl::IsOutOfRange(batch.status()) || absl::IsDataLoss(batch.status()) ||
               absl::IsInvalidArgument(batch.status()));
      return;
    }
    TM_CHECK(batch->size_bytes() > 0 && batch->bytes().size() <= input.size());
    TM_CHECK(batch->last_offset() >= batch->base_offset() && batch->record_count() >= 0);
    TM_CHECK(batch->payload().size() < batch->bytes().size());
    // A batch that is cut short is told as one, wherever that is.
    const absl::string_view cut = batch->bytes().substr(0, batch->bytes().size() - 1);
    TM_CHECK(absl::IsOutOfRange(RecordBatchView::Parse(cut).status()));
    CheckStamps(*batch);
    const absl::StatusOr<std::vector<OwnedRecord>> records = ReadOwnedRecords(*batch);
    if (records.ok()) {
      CheckRebuild(*batch, *records);
      CheckRecompression(*batch, *records);
    }
    input.remove_prefix(batch->bytes().size());
  }
}

}  // namespace tidemark
