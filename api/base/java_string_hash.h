#ifndef TIDEMARK_API_BASE_JAVA_STRING_HASH_H_
#define TIDEMARK_API_BASE_JAVA_STRING_HASH_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// Java's String.hashCode of the text. Absent if `utf8` is not well-formed UTF-8: Kafka's names are
// text, and have no hash otherwise.
absl::optional<int32_t> JavaStringHash(absl::string_view utf8);

// The partition of `__consumer_offsets` or `__transaction_state` that a group's or transactional
// id's records go to: docs/format/offsets_topic.md. `partition_count` is at least 1.
PartitionId CoordinatorPartition(int32_t java_string_hash, int32_t partition_count);

}  // namespace tidemark

#endif  // TIDEMARK_API_BASE_JAVA_STRING_HASH_H_
