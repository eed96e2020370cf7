#ifndef TIDEMARK_STORAGE_ENGINE_PARTITION_DIRECTORY_H_
#define TIDEMARK_STORAGE_ENGINE_PARTITION_DIRECTORY_H_

// The directories `<topic>-<partition>` as a whole. What is inside belongs to the log.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine/startup_plan.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// "<root>/<topic>-<partition>".
std::string PartitionDirectoryPath(absl::string_view root, const TopicPartition& partition);

// Makes the directory with its partition.metadata; both are on stable storage on return, except
// for the directory's own name. ALREADY_EXISTS if it is there; after any error it may be, in part.
absl::Status MakePartitionDirectory(FileSystem* file_system, const std::string& path,
                                    const TopicId& topic_id);

// What partition.metadata says.
absl::StatusOr<FoundPartition> ReadPartitionMetadata(FileSystem* file_system,
                                                     const std::string& path);

// True if no `.log` file in the directory holds a batch, or says by its name that one was there.
absl::StatusOr<bool> PartitionLogIsEmpty(FileSystem* file_system, const std::string& path);

// True if the directory is there, is of the topic or says of none, and has an empty log: what a
// change that was not committed leaves.
absl::StatusOr<bool> IsLeftover(FileSystem* file_system, const std::string& path,
                                const TopicId& topic_id);

// Removes the directory and all that is in it. OK if it is absent. Not on stable storage until the
// directory around it is synced.
absl::Status RemoveTree(FileSystem* file_system, const std::string& path);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_PARTITION_DIRECTORY_H_
