#include "storage/engine/upkeep.h"

#include <utility>
#include <vector>

#include "storage/base/status_macros.h"
#include "storage/engine/checkpoints.h"
#include "storage/engine/open_logs.h"

namespace tidemark {
namespace {

struct Contents {
  PartitionLogs logs;
  std::vector<TopicPartition> offline;
};

Contents ContentsOf(size_t directory, const TopicMap& topics) {
  Contents contents;
  for (auto& [name, partition] : topics.Partitions()) {
    if (partition.directory != directory) continue;
    if (partition.log == nullptr) {
      contents.offline.push_back(name);
    } else {
      contents.logs.push_back(partition.log);
    }
  }
  return contents;
}

absl::Status Write(size_t directory, const Contents& contents, DirectorySet* directories) {
  Checkpoints& checkpoints = *directories->checkpoints(directory);
  checkpoints.BeginWrite();
  std::vector<CheckpointedOffsets> partitions;
  partitions.reserve(contents.logs.size());
  for (const std::shared_ptr<PartitionLog>& log : contents.logs) {
    partitions.push_back({log->topic_partition(), log->OffsetsToStore()});
  }
  const absl::Status status = directories->reserve(directory)->RunEssential(
      [&] { return checkpoints.Write(partitions, contents.offline); });
  directories->Note(directory, status);
  return status;
}

absl::Status CloseDirectory(Executor* executor, FileSystem* file_system, int64_t parallelism,
                            size_t directory, const TopicMap& topics, DirectorySet* directories) {
  const Contents contents = ContentsOf(directory, topics);
  absl::Status status = CloseLogs(executor, parallelism, contents.logs);
  // Without it whoever opens the directory next sees segments that lack nothing.
  status.Update(directories->journal(directory)->Retire());
  status.Update(Write(directory, contents, directories));
  // What is damaged must be found damaged again, not be taken for sound without a look.
  if (!status.ok() || !contents.offline.empty()) return status;
  return directories->reserve(directory)->RunEssential(
      [&] { return WriteCleanShutdownMarker(file_system, directories->root(directory)); });
}

}  // namespace

absl::Status WriteCheckpointsOf(size_t directory, const TopicMap& topics,
                                DirectorySet* directories) {
  return Write(directory, ContentsOf(directory, topics), directories);
}

absl::Status WriteAllCheckpoints(const TopicMap& topics, DirectorySet* directories) {
  absl::Status status;
  for (size_t directory = 0; directory < directories->count(); ++directory) {
    if (!directories->is_open(directory)) continue;
    status.Update(WriteCheckpointsOf(directory, topics, directories));
  }
  return status;
}

absl::Status ForgetOldPartitions(const std::string& topic, PartitionId first,
                                 const TopicMap& topics, DirectorySet* directories) {
  for (size_t directory = 0; directory < directories->count(); ++directory) {
    if (!directories->is_open(directory)) continue;
    if (!directories->checkpoints(directory)->Mentions(topic, first)) continue;
    TM_RETURN_IF_ERROR(WriteCheckpointsOf(directory, topics, directories));
  }
  return absl::OkStatus();
}

absl::Status CloseAllDirectories(Executor* executor, FileSystem* file_system, int64_t parallelism,
                                 const TopicMap& topics, DirectorySet* directories) {
  absl::Status status;
  for (size_t directory = 0; directory < directories->count(); ++directory) {
    if (!directories->is_open(directory)) continue;
    status.Update(
        CloseDirectory(executor, file_system, parallelism, directory, topics, directories));
  }
  return status;
}

}  // namespace tidemark
