#ifndef TIDEMARK_API_CLI_COMMITTED_OFFSETS_H_
#define TIDEMARK_API_CLI_COMMITTED_OFFSETS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "api/groups.h"
#include "storage/env.h"

namespace tidemark {

// What each group has committed, read from the offsets topic of an engine's data directories
// without opening them; nothing where there is no such topic. NOT_FOUND if there is no such
// directory; errors of ListPartitions and ReadOnlyPartition; DATA_LOSS or UNIMPLEMENTED, naming
// partition and offset, for records that cannot be understood.
absl::StatusOr<std::map<std::string, OffsetsByPartition>> ReadCommittedOffsets(
    FileSystem* file_system, absl::Span<const std::string> data_directories);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_COMMITTED_OFFSETS_H_
