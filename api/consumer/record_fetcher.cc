#include "api/consumer/record_fetcher.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/consumer/aborted_batches.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

bool IsFull(const FetchedRecords& result, const FetchOptions& options) {
  return static_cast<int64_t>(result.size()) >= options.records_max;
}

absl::Status NamePlace(const absl::Status& status, const OpenPartition& partition, Offset offset) {
  return Annotate(status, absl::StrCat(PartitionName(partition.log->topic_partition()),
                                       ": the batch at offset ", offset.value()));
}

}  // namespace

absl::StatusOr<FetchedRecords> RecordFetcher::Fetch(const OpenPartition& partition, Offset offset,
                                                    const FetchOptions& options) {
  if (options.records_max < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("records_max is ", options.records_max, "; it must be at least 1"));
  }
  ReadOptions read_options;
  read_options.bytes_max = options.bytes_max;
  read_options.end_offset = partition.replicator->high_watermark();
  read_options.isolation = options.isolation;
  FetchedRecords result({offset, partition.log->offsets().log_start, *read_options.end_offset});
  // Batches without visible records are passed over, so that empty means that there are none.
  while (result.empty()) {
    const Offset position = result.next_offset();
    TM_ASSIGN_OR_RETURN(LogView view, partition.log->View(position, read_options));
    result.position_.log_start = view.info.offsets.log_start;
    if (view.bytes.empty()) break;
    if (absl::Status status = Decode(view, offset, options, &result); !status.ok()) {
      return NamePlace(status, partition, result.next_offset());
    }
    result.pin_ = std::move(view.pin);
  }
  return result;
}

absl::Status RecordFetcher::Decode(const LogView& view, Offset offset, const FetchOptions& options,
                                   FetchedRecords* result) {
  AbortedBatches aborted(view.info.aborted_transactions);
  absl::string_view rest = view.bytes;
  while (!rest.empty() && !IsFull(*result, options)) {
    TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(rest));
    TM_RETURN_IF_ERROR(batch.VerifyCrc());
    TM_ASSIGN_OR_RETURN(const bool is_visible, aborted.IsVisible(batch));
    if (is_visible) TM_RETURN_IF_ERROR(DecodeBatch(batch, offset, options, result));
    rest.remove_prefix(batch.bytes().size());
    result->position_.next_offset = IsFull(*result, options) ? result->back().offset + 1  //
                                                             : batch.next_offset();
  }
  return absl::OkStatus();
}

absl::Status RecordFetcher::DecodeBatch(const RecordBatchView& batch, Offset offset,
                                        const FetchOptions& options, FetchedRecords* result) {
  TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
  RecordView record;
  while (!IsFull(*result, options)) {
    TM_ASSIGN_OR_RETURN(const bool is_there, reader.Next(&record));
    if (!is_there) break;
    if (record.offset >= offset) result->records_.push_back(record);
  }
  if (batch.codec() != Codec::kNone) result->readers_.push_back(std::move(reader));
  return absl::OkStatus();
}

}  // namespace tidemark
