#ifndef TIDEMARK_STORAGE_COMPACTION_FIRST_TIMESTAMPS_H_
#define TIDEMARK_STORAGE_COMPACTION_FIRST_TIMESTAMPS_H_

#include "storage/compaction/cleanable_log.h"
#include "storage/types.h"

namespace tidemark {

// Reads the first timestamps of the sealed segments that end above `first_dirty`. They stay unknown
// where a segment is empty, is gone, or cannot be read: how long it has waited is then not judged.
void FillFirstTimestamps(const CleanableLog& log, Offset first_dirty, CleanableState* state);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_FIRST_TIMESTAMPS_H_
