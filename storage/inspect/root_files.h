#ifndef TIDEMARK_STORAGE_INSPECT_ROOT_FILES_H_
#define TIDEMARK_STORAGE_INSPECT_ROOT_FILES_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine/topic_file.h"
#include "storage/env.h"
#include "storage/inspect/finding_list.h"
#include "storage/types.h"

namespace tidemark {

using OffsetCheckpoint = std::map<TopicPartition, Offset>;

// What the files at the root of a data directory say. What is absent or damaged counts as empty.
struct RootFiles {
  std::string data_directory;
  OffsetCheckpoint recovery_points;
  OffsetCheckpoint log_starts;
  std::map<std::string, TopicFile> topics;
};

// Reads them, and says of every entry of the directory, other than partitions, what is wrong with
// it. Errors: those of listing the directory.
absl::StatusOr<RootFiles> ReadRootFiles(FileSystem* file_system, absl::string_view data_directory,
                                        FindingList* findings);

// 0 where there is no entry.
Offset LookUp(const OffsetCheckpoint& checkpoint, const TopicPartition& partition);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_ROOT_FILES_H_
