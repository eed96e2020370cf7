#ifndef TIDEMARK_API_CLI_COMMITTED_OFFSETS_H_
#define TIDEMARK_API_CLI_COMMITTED_OFFSETS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "api/groups.h"
#include "storage/env.h"

namespace tidemark {

// What each group has committed, read from the offsets topic of a data directory without opening
// it; nothing where there is no such topic. NOT_FOUND if there is no such directory; errors of
// ReadOnlyPartition; DATA_LOSS or UNIMPLEMENTED, naming partition and offset, for records that
// cannot be understood.
absl::StatusOr<std::map<std::string, OffsetsByPartition>> ReadCommittedOffsets(
    FileSystem* file_system, absl::string_view data_directory);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_COMMITTED_OFFSETS_H_
