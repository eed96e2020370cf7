#ifndef TIDEMARK_STORAGE_LOG_LEFTOVER_FILES_H_
#define TIDEMARK_STORAGE_LOG_LEFTOVER_FILES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "storage/env.h"

namespace tidemark {

// The names in a partition's directory of files whose removal or making was interrupted, and of
// indexes of segments that are gone, in the order in which they are to be removed: the .deleted
// files last, as they tell an onlooker where indexes without a log come from. Interrupted swaps are
// finished already.
std::vector<std::string> LeftoverFiles(absl::Span<const DirectoryEntry> entries);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LEFTOVER_FILES_H_
