#ifndef TIDEMARK_STORAGE_ENGINE_UPKEEP_H_
#define TIDEMARK_STORAGE_ENGINE_UPKEEP_H_

// What is done to all logs of a data directory together. One call at a time for each directory.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "storage/engine/directory_set.h"
#include "storage/engine/topic_map.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// Writes the checkpoints of the directory, and notes how that went.
absl::Status WriteCheckpointsOf(size_t directory, const TopicMap& topics,
                                DirectorySet* directories);

// The same in every directory that is open, whatever becomes of the others. Returns the first
// error.
absl::Status WriteAllCheckpoints(const TopicMap& topics, DirectorySet* directories);

// Before partitions of `topic` numbered `first` and above are made: what older ones of that name
// left in the checkpoints goes.
absl::Status ForgetOldPartitions(const std::string& topic, PartitionId first,
                                 const TopicMap& topics, DirectorySet* directories);

// Closes the logs of every directory that is open, `parallelism` at a time, writes its checkpoints
// and, if all went well and none of its partitions is offline, its clean-shutdown marker. Returns
// the first error.
absl::Status CloseAllDirectories(Executor* executor, FileSystem* file_system, int64_t parallelism,
                                 const TopicMap& topics, DirectorySet* directories);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_UPKEEP_H_
