#include "api/producer/partition_choice.h"

#include "absl/strings/str_cat.h"
#include "storage/format/murmur2.h"
#include "storage/record_batch_builder.h"

namespace tidemark {

absl::StatusOr<PartitionId> ChoosePartition(absl::Span<const Record> records,
                                            absl::optional<PartitionId> asked,
                                            int32_t partition_count, StickyPartitioner* sticky) {
  if (records.empty()) return absl::InvalidArgumentError("there are no records to append");
  if (asked.has_value()) {
    if (asked->value() >= 0 && asked->value() < partition_count) return *asked;
    return absl::NotFoundError(absl::StrCat("there is no partition ", asked->value(),
                                            "; the topic has ", partition_count,
                                            ", counted from 0"));
  }
  absl::optional<PartitionId> by_key;
  int64_t size_bytes = 0;
  for (const Record& record : records) {
    size_bytes += RecordBatchBuilder::SizeBoundBytes(record);
    if (!record.key.has_value()) continue;
    const PartitionId partition = PartitionForKey(*record.key, partition_count);
    if (by_key.has_value() && *by_key != partition) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the records' keys belong to different partitions (", by_key->value(), " and ",
          partition.value(), "): append them in a batch for each, or name the partition"));
    }
    by_key = partition;
  }
  return by_key.has_value() ? *by_key : sticky->Place(size_bytes, partition_count);
}

}  // namespace tidemark
