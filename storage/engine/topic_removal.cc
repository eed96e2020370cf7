#include "storage/engine/topic_removal.h"

#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/random_bytes.h"
#include "storage/engine/topic_files.h"
#include "storage/env/open_file_cache.h"
#include "storage/env/whole_file.h"
#include "storage/format/file_names.h"

namespace tidemark {

absl::Status RemoveDirectories(FileSystem* file_system, const std::string& root,
                               const std::vector<std::string>& paths) {
  if (paths.empty()) return absl::OkStatus();
  for (const std::string& path : paths) TM_RETURN_IF_ERROR(RemoveTree(file_system, path));
  return file_system->SyncDirectory(root);
}

TopicRemoval::TopicRemoval(std::string topic, TopicFile file,
                           std::vector<PlacedPartition> partitions)
    : topic_(std::move(topic)),
      was_creating_(file.state == TopicState::kCreating),
      file_(std::move(file)),
      partitions_(std::move(partitions)) {}

absl::Status TopicRemoval::Commit(FileSystem* file_system, const std::string& root) {
  if (was_creating_ && !is_committed_) {
    const absl::StatusOr<TopicFile> there = ReadTopicFile(file_system, root, topic_);
    is_committed_ =
        absl::IsNotFound(there.status()) || (there.ok() && there->state == TopicState::kCreating);
  }
  if (is_committed_) return absl::OkStatus();
  file_.state = TopicState::kDeleting;
  TM_RETURN_IF_ERROR(WriteTopicFile(file_system, root, topic_, file_));
  is_committed_ = true;
  return absl::OkStatus();
}

absl::Status TopicRemoval::RenameDirectory(const LogEnvironment& environment,
                                           const PlacedPartition& placed) {
  const auto& [partition, root] = placed;
  FileSystem* const file_system = environment.file_system;
  const std::string path = PartitionDirectoryPath(root, {topic_, partition});
  if (was_creating_) {
    // Whatever was in the way of the creation is still there.
    TM_ASSIGN_OR_RETURN(const bool is_leftover, IsLeftover(file_system, path, file_.id));
    if (!is_leftover) return absl::OkStatus();
  }
  const std::string renamed = absl::StrCat(
      root, "/",
      FormatPartitionDirectoryName({topic_, partition}, PartitionDirectoryState::kDelete,
                                   RandomBytes16(environment.random)));
  const absl::Status status = file_system->Rename(path, renamed);
  // A reader that had begun before the log ended may have opened a file again.
  environment.open_files->ForgetDirectory(path);
  if (absl::IsNotFound(status)) return absl::OkStatus();
  if (status.ok()) renamed_paths_[root].push_back(renamed);
  return status;
}

absl::Status TopicRemoval::Finish(const LogEnvironment& environment, const std::string& root) {
  FileSystem* const file_system = environment.file_system;
  while (!partitions_.empty()) {
    TM_RETURN_IF_ERROR(RenameDirectory(environment, partitions_.back()));
    partitions_.pop_back();
  }
  for (auto& [place, paths] : renamed_paths_) {
    TM_RETURN_IF_ERROR(RemoveDirectories(file_system, place, paths));
    paths.clear();
  }
  TM_RETURN_IF_ERROR(
      RemoveIfPresent(file_system, absl::StrCat(root, "/", TopicFileName(topic_))).status());
  return file_system->SyncDirectory(root);
}

}  // namespace tidemark
