#include "storage/log/name_recovery.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"
#include "storage/log/leftover_files.h"
#include "storage/log/segment_swap.h"

namespace tidemark {
namespace {

using Entries = std::vector<DirectoryEntry>;

// What is found may be changes of a process that did not live to sync them. A power loss must not
// undo them, or some of them, after they have been acted and built upon.
absl::Status SyncFound(FileSystem* file_system, absl::string_view directory) {
  TM_ASSIGN_OR_RETURN(const Entries entries, file_system->List(directory));
  const bool is_new = std::all_of(entries.begin(), entries.end(), [](const DirectoryEntry& entry) {
    return entry.name == kPartitionMetadataFileName;
  });
  return is_new ? absl::OkStatus() : file_system->SyncDirectory(directory);
}

}  // namespace

absl::StatusOr<Entries> RecoverNames(FileSystem* file_system, absl::string_view directory,
                                     bool was_clean, std::vector<std::string>* notes) {
  if (!was_clean) TM_RETURN_IF_ERROR(SyncFound(file_system, directory));
  TM_RETURN_IF_ERROR(FinishInterruptedSwaps(file_system, directory, notes));
  TM_ASSIGN_OR_RETURN(Entries entries, file_system->List(directory));
  for (const std::string& name : LeftoverFiles(entries)) {
    TM_RETURN_IF_ERROR(file_system->Remove(absl::StrCat(directory, "/", name)));
  }
  return entries;
}

}  // namespace tidemark
