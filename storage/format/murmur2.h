#ifndef TIDEMARK_STORAGE_FORMAT_MURMUR2_H_
#define TIDEMARK_STORAGE_FORMAT_MURMUR2_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "storage/types.h"

namespace tidemark {

// The 32-bit Murmur2 hash by which Kafka's producers place keyed records.
uint32_t Murmur2(absl::string_view bytes);

// The partition that Kafka's producers choose for a record with this key. `partition_count` is at
// least 1.
PartitionId PartitionForKey(absl::string_view key, int32_t partition_count);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_MURMUR2_H_
