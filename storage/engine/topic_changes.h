#ifndef TIDEMARK_STORAGE_ENGINE_TOPIC_CHANGES_H_
#define TIDEMARK_STORAGE_ENGINE_TOPIC_CHANGES_H_

// The changes of topics on the disk, each of which a crash at any moment leaves done or not done:
// docs/format/topic_file.md.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine/directory_set.h"
#include "storage/engine/open_logs.h"
#include "storage/engine/topic_file.h"
#include "storage/engine/topic_map.h"
#include "storage/engine/topic_removal.h"
#include "storage/log/partition_log.h"
#include "storage/options.h"

namespace tidemark {

// Not thread-safe: one change after another. What a failed change leaves is taken back at once or,
// where that fails as well, later.
class TopicChanges {
 public:
  // Makes directories and logs `parallelism` at a time. Not owned: the directories.
  TopicChanges(const LogEnvironment& environment, DirectorySet* directories, int64_t parallelism);

  // Makes a topic as `file` says, its partitions in the directories with the numbers in `places`.
  // On stable storage on return.
  absl::StatusOr<LivePartitions> Create(const std::string& topic, const TopicFile& file,
                                        const std::vector<size_t>& places, const LogConfig& config);

  // Gives a topic that has a file one more partition for each of `places`, and returns the new
  // ones.
  absl::StatusOr<LivePartitions> AddPartitions(const std::string& topic, const LiveTopic& live,
                                               const std::vector<size_t>& places,
                                               const LogConfig& config);

  // Replaces the topic's file. After an error the old or the new one is there.
  absl::Status Write(const std::string& topic, const TopicFile& file);

  // Decides that the topic goes: it has a removal afterwards, even on error, unless nothing at all
  // has happened. Its logs must not be used any more.
  absl::Status Delete(const std::string& topic, const LiveTopic& live);

  // True for a topic that is gone, while something of it is on the disk.
  bool HasRemoval(absl::string_view topic) const;
  // Does what is left to do of a removal.
  absl::Status FinishRemoval(absl::string_view topic);

 private:
  absl::StatusOr<LivePartitions> MakePartitions(const std::string& topic, const TopicFile& file,
                                                const std::vector<size_t>& places,
                                                const LogConfig& config);
  absl::Status SyncPlaces(const std::vector<size_t>& places);
  absl::StatusOr<LivePartitions> MakeAll(const std::string& topic, const TopicFile& file,
                                         const std::vector<size_t>& places,
                                         const LogConfig& config);
  absl::Status TakePartitionsBack(const std::string& topic, const TopicFile& file,
                                  const std::vector<size_t>& places);
  // See DiskReserve; of the topics' files.
  absl::Status RunEssential(absl::FunctionRef<absl::Status()> work);
  bool StillSays(const std::string& topic, const TopicFile& file) const;

  const LogEnvironment environment_;
  DirectorySet* const directories_;
  const std::string& root_;  // The first directory, which has the topics' files.
  const int64_t parallelism_;
  std::map<std::string, TopicRemoval, std::less<>> removals_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_TOPIC_CHANGES_H_
