#include "storage/engine/topic_changes.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/topic_files.h"

namespace tidemark {
namespace {

PartitionId PartitionOf(int32_t first, size_t index) {
  return PartitionId(first + static_cast<int32_t>(index));
}

void AbandonLogs(const LivePartitions& partitions) {
  for (const auto& [number, partition] : partitions) partition.log->Abandon();
}

// What could not be taken back does not hide why it had to be.
absl::Status WithLeftovers(const absl::Status& status, const absl::Status& leftovers) {
  if (leftovers.ok()) return status;
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(), "; what was begun is still there: ", leftovers.message()));
}

}  // namespace

TopicChanges::TopicChanges(const LogEnvironment& environment, DirectorySet* directories,
                           int64_t parallelism)
    : environment_(environment),
      directories_(directories),
      root_(directories->home()),
      parallelism_(parallelism) {}

// The partitions that `file` has last, one for each place.
absl::StatusOr<LivePartitions> TopicChanges::MakePartitions(const std::string& topic,
                                                            const TopicFile& file,
                                                            const std::vector<size_t>& places,
                                                            const LogConfig& config) {
  const int32_t first = file.partition_count - static_cast<int32_t>(places.size());
  for (const size_t place : places) TM_RETURN_IF_ERROR(directories_->reserve(place)->CheckRoom());
  for (size_t i = 0; i < places.size(); ++i) {
    // What an older partition of the name left says nothing of this one.
    TM_RETURN_IF_ERROR(
        directories_->cleaner_checkpoint(places[i])->Remove({topic, PartitionOf(first, i)}));
  }
  std::vector<LogParameters> parameters;
  for (size_t i = 0; i < places.size(); ++i) {
    parameters.push_back(MakeLogParameters(*directories_, places[i], {topic, PartitionOf(first, i)},
                                           file.id, config));
  }
  TM_ASSIGN_OR_RETURN(PartitionLogs logs,
                      MakeLogs(environment_, parallelism_, parameters, file.id));
  LivePartitions partitions;
  for (size_t i = 0; i < places.size(); ++i) {
    partitions.emplace(PartitionOf(first, i),
                       LivePartition{std::move(logs[i]), absl::OkStatus(), places[i]});
  }
  const absl::Status synced = SyncPlaces(places);
  if (synced.ok()) return partitions;
  AbandonLogs(partitions);
  return synced;
}

absl::Status TopicChanges::SyncPlaces(const std::vector<size_t>& places) {
  for (const size_t place : std::set<size_t>(places.begin(), places.end())) {
    TM_RETURN_IF_ERROR(environment_.file_system->SyncDirectory(directories_->root(place)));
  }
  return absl::OkStatus();
}

absl::StatusOr<LivePartitions> TopicChanges::MakeAll(const std::string& topic,
                                                     const TopicFile& file,
                                                     const std::vector<size_t>& places,
                                                     const LogConfig& config) {
  TM_RETURN_IF_ERROR(WriteTopicFile(environment_.file_system, root_, topic, file));
  TM_ASSIGN_OR_RETURN(LivePartitions partitions, MakePartitions(topic, file, places, config));
  TopicFile live = file;
  live.state = TopicState::kLive;
  const absl::Status committed = WriteTopicFile(environment_.file_system, root_, topic, live);
  if (committed.ok()) return partitions;
  AbandonLogs(partitions);
  return committed;
}

absl::StatusOr<LivePartitions> TopicChanges::Create(const std::string& topic, const TopicFile& file,
                                                    const std::vector<size_t>& places,
                                                    const LogConfig& config) {
  TM_CHECK(!HasRemoval(topic));
  TopicFile creating = file;
  creating.state = TopicState::kCreating;
  absl::StatusOr<LivePartitions> partitions = MakeAll(topic, creating, places, config);
  if (partitions.ok()) return partitions;
  std::vector<PlacedPartition> placed;
  for (size_t i = 0; i < places.size(); ++i) {
    placed.push_back({PartitionOf(0, i), directories_->root(places[i])});
  }
  removals_.emplace(topic, TopicRemoval(topic, creating, std::move(placed)));
  return WithLeftovers(partitions.status(), FinishRemoval(topic));
}

absl::StatusOr<LivePartitions> TopicChanges::AddPartitions(const std::string& topic,
                                                           const LiveTopic& live,
                                                           const std::vector<size_t>& places,
                                                           const LogConfig& config) {
  TM_CHECK(live.has_file);
  TopicFile more = live.file;
  more.partition_count += static_cast<int32_t>(places.size());
  absl::StatusOr<LivePartitions> partitions = MakePartitions(topic, more, places, config);
  if (!partitions.ok()) {
    return WithLeftovers(partitions.status(), TakePartitionsBack(topic, live.file, places));
  }
  const absl::Status status = WriteTopicFile(environment_.file_system, root_, topic, more);
  if (status.ok()) return partitions;
  AbandonLogs(*partitions);
  return WithLeftovers(status, TakePartitionsBack(topic, live.file, places));
}

absl::Status TopicChanges::TakePartitionsBack(const std::string& topic, const TopicFile& file,
                                              const std::vector<size_t>& places) {
  FileSystem* const file_system = environment_.file_system;
  // The directories must stay as long as the file may count them.
  if (!StillSays(topic, file)) TM_RETURN_IF_ERROR(WriteTopicFile(file_system, root_, topic, file));
  for (size_t i = 0; i < places.size(); ++i) {
    const std::string& root = directories_->root(places[i]);
    const std::string path =
        PartitionDirectoryPath(root, {topic, PartitionOf(file.partition_count, i)});
    TM_ASSIGN_OR_RETURN(const bool is_leftover, IsLeftover(file_system, path, file.id));
    if (is_leftover) TM_RETURN_IF_ERROR(RemoveTree(file_system, path));
  }
  return SyncPlaces(places);
}

absl::Status TopicChanges::Write(const std::string& topic, const TopicFile& file) {
  return RunEssential([&] { return WriteTopicFile(environment_.file_system, root_, topic, file); });
}

absl::Status TopicChanges::RunEssential(absl::FunctionRef<absl::Status()> work) {
  return directories_->reserve(0)->RunEssential(work);
}

absl::Status TopicChanges::Delete(const std::string& topic, const LiveTopic& live) {
  TopicFile deleting = live.file;
  deleting.state = TopicState::kDeleting;
  std::vector<PlacedPartition> partitions;
  for (const auto& [number, partition] : live.partitions) {
    partitions.push_back({number, directories_->root(partition.directory)});
  }
  TopicRemoval removal(topic, deleting, std::move(partitions));
  const absl::Status status =
      RunEssential([&] { return removal.Commit(environment_.file_system, root_); });
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
  TM_RETURN_IF_ERROR(RunEssential([&] { return removal.Commit(environment_.file_system, root_); }));
  TM_RETURN_IF_ERROR(removal.Finish(environment_, root_));
  removals_.erase(found);
  return absl::OkStatus();
}

bool TopicChanges::StillSays(const std::string& topic, const TopicFile& file) const {
  const absl::StatusOr<TopicFile> there = ReadTopicFile(environment_.file_system, root_, topic);
  return there.ok() && *there == file;
}

}  // namespace tidemark
