#ifndef TIDEMARK_STORAGE_INSPECT_INDEX_LOOKUP_H_
#define TIDEMARK_STORAGE_INSPECT_INDEX_LOOKUP_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// Where to start looking for `offset` in the segment's .log: at the position of the last .index
// entry that is not above it, or 0. A hint: an index on disk may be absent, behind its log, or
// wrong.
FilePosition FindIndexedPosition(FileSystem* file_system, absl::string_view directory,
                                 Offset base_offset, Offset offset);

// The last timestamp of the segment's .timeindex; nothing if it cannot be told. The segment's
// largest, if the index is complete.
absl::optional<Timestamp> ReadLastIndexedTimestamp(FileSystem* file_system,
                                                   absl::string_view directory, Offset base_offset);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_INDEX_LOOKUP_H_
