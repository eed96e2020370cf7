#include "storage/engine/topic_changes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/topic_files.h"

namespace tidemark {
namespace {

std::vector<PartitionId> Partitions(int32_t first, int32_t end) {
  std::vector<PartitionId> partitions;
  for (int32_t number = first; number < end; ++number) partitions.emplace_back(number);
  return partitions;
}

void AbandonLogs(const absl::StatusOr<PartitionLogs>& logs) {
  if (!logs.ok()) return;
  for (const std::shared_ptr<PartitionLog>& log : *logs) log->Abandon();
}

// What could not be taken back does not hide why it had to be.
absl::Status WithLeftovers(const absl::Status& status, const absl::Status& leftovers) {
  if (leftovers.ok()) return status;
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(), "; what was begun is still there: ", leftovers.message()));
}

}  // namespace

TopicChanges::TopicChanges(const LogEnvironment& environment, std::string root,
                           std::shared_ptr<Checkpoints> checkpoints, int64_t parallelism)
    : environment_(environment),
      root_(std::move(root)),
      checkpoints_(std::move(checkpoints)),
      parallelism_(parallelism) {}

absl::StatusOr<PartitionLogs> TopicChanges::MakePartitions(const std::string& topic,
                                                           const TopicFile& file, int32_t first,
                                                           const LogConfig& config) {
  std::vector<LogParameters> parameters;
  for (const PartitionId partition : Partitions(first, file.partition_count)) {
    parameters.push_back(MakeLogParameters(root_, {topic, partition}, config, checkpoints_));
  }
  absl::StatusOr<PartitionLogs> logs = MakeLogs(environment_, parallelism_, parameters, file.id);
  if (!logs.ok()) return logs;
  const absl::Status synced = environment_.file_system->SyncDirectory(root_);
  if (synced.ok()) return logs;
  AbandonLogs(logs);
  return synced;
}

absl::StatusOr<PartitionLogs> TopicChanges::MakeAll(const std::string& topic, const TopicFile& file,
                                                    const LogConfig& config) {
  TM_RETURN_IF_ERROR(WriteTopicFile(environment_.file_system, root_, topic, file));
  absl::StatusOr<PartitionLogs> logs = MakePartitions(topic, file, 0, config);
  if (!logs.ok()) return logs;
  TopicFile live = file;
  live.state = TopicState::kLive;
  const absl::Status committed = WriteTopicFile(environment_.file_system, root_, topic, live);
  if (committed.ok()) return logs;
  AbandonLogs(logs);
  return committed;
}

absl::StatusOr<PartitionLogs> TopicChanges::Create(const std::string& topic, const TopicFile& file,
                                                   const LogConfig& config) {
  TM_CHECK(!HasRemoval(topic));
  TopicFile creating = file;
  creating.state = TopicState::kCreating;
  absl::StatusOr<PartitionLogs> logs = MakeAll(topic, creating, config);
  if (logs.ok()) return logs;
  removals_.emplace(topic, TopicRemoval(topic, creating, Partitions(0, file.partition_count)));
  return WithLeftovers(logs.status(), FinishRemoval(topic));
}

absl::StatusOr<PartitionLogs> TopicChanges::AddPartitions(const std::string& topic,
                                                          const LiveTopic& live,
                                                          int32_t partition_count,
                                                          const LogConfig& config) {
  TM_CHECK(live.has_file);
  TopicFile more = live.file;
  more.partition_count = partition_count;
  absl::StatusOr<PartitionLogs> logs =
      MakePartitions(topic, more, live.file.partition_count, config);
  absl::Status status = logs.status();
  if (status.ok()) status = WriteTopicFile(environment_.file_system, root_, topic, more);
  if (status.ok()) return logs;
  AbandonLogs(logs);
  return WithLeftovers(status, TakePartitionsBack(topic, live.file, partition_count));
}

absl::Status TopicChanges::TakePartitionsBack(const std::string& topic, const TopicFile& file,
                                              int32_t partition_count) {
  FileSystem* const file_system = environment_.file_system;
  // The directories must stay as long as the file may count them.
  if (!StillSays(topic, file)) TM_RETURN_IF_ERROR(WriteTopicFile(file_system, root_, topic, file));
  std::vector<std::string> paths;
  for (const PartitionId partition : Partitions(file.partition_count, partition_count)) {
    const std::string path = PartitionDirectoryPath(root_, {topic, partition});
    TM_ASSIGN_OR_RETURN(const bool is_leftover, IsLeftover(file_system, path, file.id));
    if (is_leftover) paths.push_back(path);
  }
  return RemoveDirectories(file_system, root_, paths);
}

absl::Status TopicChanges::Write(const std::string& topic, const TopicFile& file) {
  return WriteTopicFile(environment_.file_system, root_, topic, file);
}

absl::Status TopicChanges::Delete(const std::string& topic, const LiveTopic& live) {
  TopicFile deleting = live.file;
  deleting.state = TopicState::kDeleting;
  std::vector<PartitionId> partitions;
  for (const auto& [number, partition] : live.partitions) partitions.push_back(number);
  TopicRemoval removal(topic, deleting, std::move(partitions));
  const absl::Status status = removal.Commit(environment_.file_system, root_);
  if (!status.ok()) {
    const absl::StatusOr<TopicFile> there = ReadTopicFile(environment_.file_system, root_, topic);
    const bool is_as_before =
        live.has_file ? there.ok() && *there == live.file : absl::IsNotFound(there.status());
    if (is_as_before) return status;
  }
  removals_.emplace(topic, std::move(removal));
  return status;
}

bool TopicChanges::HasRemoval(absl::string_view topic) const { return removals_.contains(topic); }

absl::Status TopicChanges::FinishRemoval(absl::string_view topic) {
  const auto found = removals_.find(topic);
  TM_CHECK(found != removals_.end());
  TopicRemoval& removal = found->second;
  TM_RETURN_IF_ERROR(removal.Commit(environment_.file_system, root_));
  TM_RETURN_IF_ERROR(removal.Finish(environment_, root_));
  removals_.erase(found);
  return absl::OkStatus();
}

bool TopicChanges::StillSays(const std::string& topic, const TopicFile& file) const {
  const absl::StatusOr<TopicFile> there = ReadTopicFile(environment_.file_system, root_, topic);
  return there.ok() && *there == file;
}

}  // namespace tidemark
