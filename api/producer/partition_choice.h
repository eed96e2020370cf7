#ifndef TIDEMARK_API_PRODUCER_PARTITION_CHOICE_H_
#define TIDEMARK_API_PRODUCER_PARTITION_CHOICE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "api/producer/sticky_partitioner.h"
#include "storage/record.h"
#include "storage/types.h"

namespace tidemark {

// The one partition that all of `records` go to: `asked`, if there is one; else where their keys
// belong; else, if none has a key, where `sticky` places them. `partition_count` is at least 1.
//
// NOT_FOUND if the topic has no partition `asked`; INVALID_ARGUMENT if there are no records, or if
// their keys belong to different partitions.
absl::StatusOr<PartitionId> ChoosePartition(absl::Span<const Record> records,
                                            absl::optional<PartitionId> asked,
                                            int32_t partition_count, StickyPartitioner* sticky);

}  // namespace tidemark

#endif  // TIDEMARK_API_PRODUCER_PARTITION_CHOICE_H_
