#ifndef TIDEMARK_STORAGE_LOG_SEGMENT_SWAP_H_
#define TIDEMARK_STORAGE_LOG_SEGMENT_SWAP_H_

// How compacted segments take the place of those they were made from, in files: Kafka's order, so
// that whatever a crash leaves, Kafka and this code finish or undo it alike. docs/format/
// segment_log.md, "While a log is compacted".

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/log/log_directory.h"
#include "storage/types.h"

namespace tidemark {

// The forward way, for one cleaned segment that begins at `base_offset`; the calls in this order.
// Each is on stable storage on return. After an error, or a crash between any two file operations,
// FinishInterruptedSwaps has to run before the directory is used.

// From `.cleaned` to `.swap`: from here on the cleaned segment counts. Its bytes are on stable
// storage.
absl::Status MarkCleanedForSwap(LogDirectory* directory, Offset base_offset);
// The files of the segments that begin at `covered` get `.deleted` behind their names.
absl::Status MarkCoveredDeleted(LogDirectory* directory, absl::Span<const Offset> covered);
// From `.swap` to the final names.
absl::Status CompleteSwap(LogDirectory* directory, Offset base_offset);

// What a crash left, before a log is loaded: swaps that were begun are finished; those that do not
// reach below what was still being cleaned, and what was being cleaned, are removed. On stable
// storage on return; may itself be interrupted and run again. Adds a sentence to `notes` for each
// segment put in its place or removed. DATA_LOSS, with file and position, if a segment to be put in
// place is damaged; nothing is removed then.
absl::Status FinishInterruptedSwaps(FileSystem* file_system, absl::string_view directory,
                                    std::vector<std::string>* notes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_SEGMENT_SWAP_H_
