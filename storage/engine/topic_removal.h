#ifndef TIDEMARK_STORAGE_ENGINE_TOPIC_REMOVAL_H_
#define TIDEMARK_STORAGE_ENGINE_TOPIC_REMOVAL_H_

// Taking a topic off the disk, after its deletion or after a creation that failed. Every step may
// fail and be tried again, and may be the last before a crash.

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine/topic_file.h"
#include "storage/env.h"
#include "storage/log/partition_log.h"
#include "storage/types.h"

namespace tidemark {

// A partition, and the data directory that it is in.
struct PlacedPartition {
  PartitionId partition;
  std::string root;
};

// Removes the directories named by the paths, all in `root`, then makes that durable.
absl::Status RemoveDirectories(FileSystem* file_system, const std::string& root,
                               const std::vector<std::string>& paths);

class TopicRemoval {
 public:
  // `file` is the topic's, in the state kCreating or kDeleting. `partitions` may have directories;
  // those of a topic in creation go only if they are of this topic, and their logs empty.
  TopicRemoval(std::string topic, TopicFile file, std::vector<PlacedPartition> partitions);

  const std::string& topic() const { return topic_; }

  // Makes the removal certain: from here on, a crash leads to it. A creation that has not been
  // committed is certain to be taken back, and needs no write, for which there may be no room. No
  // effect after it has succeeded.
  absl::Status Commit(FileSystem* file_system, const std::string& root);

  // After Commit, removes everything: the directories, under another name first, and then the
  // topic's file. On stable storage when OK; after an error, to be called again.
  absl::Status Finish(const LogEnvironment& environment, const std::string& root);

 private:
  absl::Status RenameDirectory(const LogEnvironment& environment, const PlacedPartition& placed);

  const std::string topic_;
  const bool was_creating_;
  TopicFile file_;
  bool is_committed_ = false;
  std::vector<PlacedPartition> partitions_;  // With a directory under its own name, perhaps.
  // To be removed, by data directory.
  std::map<std::string, std::vector<std::string>> renamed_paths_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_TOPIC_REMOVAL_H_
