#ifndef TIDEMARK_STORAGE_FORMAT_PARTITION_METADATA_H_
#define TIDEMARK_STORAGE_FORMAT_PARTITION_METADATA_H_

// The file `partition.metadata`: docs/format/partition_metadata.md.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/types.h"

namespace tidemark {

// The file's text. `topic_id` is not zero.
std::string FormatPartitionMetadata(const TopicId& topic_id);

// DATA_LOSS, naming the line and what was expected, if `text` is not such a file of version 0, or
// if its topic id is zero. CRLF line ends are accepted.
absl::StatusOr<TopicId> ParsePartitionMetadata(absl::string_view text);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_PARTITION_METADATA_H_
