#include "storage/engine/data_directory.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/base/status_macros.h"
#include "storage/engine/directory_scan.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/topic_config.h"
#include "storage/engine/topic_files.h"
#include "storage/engine/topic_removal.h"
#include "storage/format/file_names.h"

namespace tidemark {
namespace {

std::string WithoutSlashes(absl::string_view path) {
  while (path.size() > 1 && absl::ConsumeSuffix(&path, "/")) {
  }
  return std::string(path);
}

std::string Parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return WithoutSlashes(path.substr(0, slash + 1));
}

absl::Status MakeRoot(FileSystem* file_system, const std::string& root, bool create_if_missing) {
  const absl::StatusOr<FileInfo> info = file_system->Stat(root);
  if (info.ok() && info->type != FileType::kDirectory) {
    return absl::FailedPreconditionError(absl::StrCat(root, ": not a directory"));
  }
  if (info.ok()) return absl::OkStatus();
  if (!absl::IsNotFound(info.status()) || !create_if_missing) return info.status();
  const absl::Status made = file_system->CreateDirectory(root);
  return absl::IsAlreadyExists(made) ? absl::OkStatus() : made;
}

absl::StatusOr<std::unique_ptr<FileLock>> LockRoot(FileSystem* file_system,
                                                   const std::string& root) {
  absl::StatusOr<std::unique_ptr<FileLock>> lock =
      file_system->Lock(absl::StrCat(root, "/", kLockFileName));
  if (absl::IsFailedPrecondition(lock.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat(root,
                     ": the data directory is open already, here or in another process; "
                     "close it there first (",
                     lock.status().message(), ")"));
  }
  return lock;
}

// A directory with nothing in it may have been made just now, or by a process that ended before it
// got any further: then its own name may not be on stable storage.
absl::Status SyncNewRoot(FileSystem* file_system, const std::string& root) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system->List(root));
  for (const DirectoryEntry& entry : entries) {
    if (entry.name != kLockFileName) return absl::OkStatus();
  }
  return file_system->SyncDirectory(Parent(root));
}

absl::Status CleanUp(FileSystem* file_system, const std::string& root,
                     const std::vector<std::string>& deleted, const StartupPlan& plan) {
  std::vector<std::string> paths;
  for (const std::string& name : deleted) paths.push_back(absl::StrCat(root, "/", name));
  for (const TopicPartition& partition : plan.directories_to_remove) {
    paths.push_back(PartitionDirectoryPath(root, partition));
  }
  TM_RETURN_IF_ERROR(RemoveDirectories(file_system, root, paths));
  for (const std::string& topic : plan.topic_files_to_remove) {
    TM_RETURN_IF_ERROR(file_system->Remove(absl::StrCat(root, "/", TopicFileName(topic))));
  }
  if (!plan.topic_files_to_remove.empty()) {
    TM_RETURN_IF_ERROR(file_system->SyncDirectory(root));
  }
  const absl::Status removed =
      file_system->Remove(absl::StrCat(root, "/", kTopicTemporaryFileName));
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

absl::Status KeepConfig(FileSystem* file_system, const ConfigMap& config,
                        DataDirectory* directory) {
  ConfigMap merged = config;
  merged.insert(directory->config.begin(), directory->config.end());
  TM_RETURN_IF_ERROR(CheckBrokerSettingsTogether(merged));
  if (merged == directory->config) return absl::OkStatus();
  directory->config = std::move(merged);
  return WriteEngineProperties(file_system, directory->root, directory->config);
}

// A topic file that differs from what holds now: a cleanup policy of the engine allows gaps, or
// directories beyond the number of partitions have been found in use.
absl::Status UpdateTopicFiles(FileSystem* file_system,
                              const std::map<std::string, FoundTopic>& found,
                              DataDirectory* directory) {
  for (auto& [name, topic] : directory->plan.topics) {
    if (!topic.has_file) continue;
    const ConfigMap effective = EffectiveTopicConfig(topic.file.config, directory->config);
    if (PolicyLeavesOffsetGaps(effective)) topic.file.offset_gaps_allowed = true;
    if (topic.file == *found.at(name).file) continue;
    TM_RETURN_IF_ERROR(WriteTopicFile(file_system, directory->root, name, topic.file));
  }
  return absl::OkStatus();
}

absl::StatusOr<StartupPlan> PlanStartup(const std::string& root, const DirectoryScan& scan) {
  absl::StatusOr<StartupPlan> plan = MakeStartupPlan(scan.topics);
  if (plan.ok()) return plan;
  return absl::Status(plan.status().code(), absl::StrCat(root, "/", plan.status().message()));
}

// Nobody has yet opened a directory without a lock file, or it was a broker of Kafka's that stopped
// cleanly: it may be no data directory at all, and then not even the lock file is made.
absl::Status LookBeforeLocking(FileSystem* file_system, const std::string& root) {
  const std::string lock_path = absl::StrCat(root, "/", kLockFileName);
  if (!absl::IsNotFound(file_system->Stat(lock_path).status())) return absl::OkStatus();
  const absl::StatusOr<DirectoryScan> scan = ScanDataDirectory(file_system, root);
  const absl::Status status = scan.ok() ? PlanStartup(root, *scan).status() : scan.status();
  // Whoever has made the file meanwhile may also have changed what was looked at.
  return absl::IsNotFound(file_system->Stat(lock_path).status()) ? status : absl::OkStatus();
}

}  // namespace

absl::StatusOr<DataDirectory> OpenDataDirectory(FileSystem* file_system, absl::string_view path,
                                                bool create_if_missing, const ConfigMap& config) {
  DataDirectory directory;
  directory.root = WithoutSlashes(path);
  const std::string& root = directory.root;
  TM_RETURN_IF_ERROR(MakeRoot(file_system, root, create_if_missing));
  TM_RETURN_IF_ERROR(LookBeforeLocking(file_system, root));
  TM_ASSIGN_OR_RETURN(directory.lock, LockRoot(file_system, root));
  TM_RETURN_IF_ERROR(SyncNewRoot(file_system, root));

  TM_ASSIGN_OR_RETURN(const DirectoryScan scan, ScanDataDirectory(file_system, root));
  TM_ASSIGN_OR_RETURN(directory.plan, PlanStartup(root, scan));
  TM_ASSIGN_OR_RETURN(directory.config, ReadEngineProperties(file_system, root));
  directory.checkpoints = std::make_shared<Checkpoints>(file_system, root);
  directory.checkpoints->Load();

  // Syncs as well what was found: it may be a change that another process did not live to sync, and
  // a power loss must not undo it after it has been acted on.
  TM_ASSIGN_OR_RETURN(directory.was_clean, TakeCleanShutdownMarker(file_system, root));
  TM_RETURN_IF_ERROR(CleanUp(file_system, root, scan.deleted, directory.plan));
  TM_RETURN_IF_ERROR(KeepConfig(file_system, config, &directory));
  TM_RETURN_IF_ERROR(UpdateTopicFiles(file_system, scan.topics, &directory));
  return directory;
}

}  // namespace tidemark
