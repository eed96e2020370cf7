#ifndef TIDEMARK_STORAGE_LOG_NAME_RECOVERY_H_
#define TIDEMARK_STORAGE_LOG_NAME_RECOVERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"

namespace tidemark {

// Puts the names of a partition directory in order before its files are looked at: finishes or
// undoes interrupted swaps (segment_swap.h, whose errors and notes these are), and removes files
// whose removal or making was interrupted, and indexes of segments that are gone. Returns the
// names, among them those of what it removed; no live segment's log is among these. May itself be
// interrupted and run again.
//
// Unless the log was closed cleanly, what it finds is on stable storage before it acts on it. What
// it has removed then may still come back after a power loss.
absl::StatusOr<std::vector<DirectoryEntry>> RecoverNames(FileSystem* file_system,
                                                         absl::string_view directory,
                                                         bool was_clean,
                                                         std::vector<std::string>* notes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_NAME_RECOVERY_H_
