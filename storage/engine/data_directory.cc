#include "storage/engine/data_directory.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/base/status_macros.h"
#include "storage/engine/directory_scan.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/topic_config.h"
#include "storage/engine/topic_files.h"
#include "storage/engine/topic_removal.h"
#include "storage/env/whole_file.h"
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

class Opening {
 public:
  Opening(FileSystem* file_system, absl::Span<const std::string> paths)
      : file_system_(file_system), failures_(paths.size()) {
    for (const std::string& path : paths) roots_.push_back(WithoutSlashes(path));
    opened_.directories.resize(roots_.size());
  }

  // In this order.
  absl::Status TakeHold(bool create_if_missing);
  absl::Status Look();
  absl::Status CleanUp();
  absl::Status ReplayJournals();
  absl::Status KeepConfig(const ConfigMap& config);
  absl::Status UpdateTopicFiles();
  void TakeReserves();

  OpenedDirectories Take();

 private:
  // Does `work` for each directory that has not failed. An error that is the disk's fails the
  // directory, unless it is the first, and is not returned.
  absl::Status ForEach(absl::FunctionRef<absl::Status(size_t)> work);
  absl::Status LookBeforeLocking();
  bool LacksLock(size_t number) const;
  absl::StatusOr<DirectoryScan> ScanAndPlan(StartupPlan* plan);
  std::string PathOf(const DirectoryScan& scan, const TopicPartition& partition) const {
    return PartitionDirectoryPath(roots_[scan.places.at(partition)], partition);
  }
  absl::Status CleanUpDirectory(size_t number);
  bool HasFailures() const;

  FileSystem* const file_system_;
  std::vector<std::string> roots_;
  std::vector<absl::Status> failures_;
  DirectoryScan scan_;
  OpenedDirectories opened_;
};

absl::Status Opening::ForEach(absl::FunctionRef<absl::Status(size_t)> work) {
  for (size_t number = 0; number < roots_.size(); ++number) {
    if (!failures_[number].ok()) continue;
    const absl::Status status = work(number);
    if (status.ok()) continue;
    if (number == 0 || !IsDiskFailure(status)) return status;
    failures_[number] = status;
  }
  return absl::OkStatus();
}

bool Opening::HasFailures() const {
  return std::any_of(failures_.begin(), failures_.end(),
                     [](const absl::Status& failure) { return !failure.ok(); });
}

absl::StatusOr<DirectoryScan> Opening::ScanAndPlan(StartupPlan* plan) {
  TM_ASSIGN_OR_RETURN(DirectoryScan scan, ScanDataDirectories(file_system_, roots_, &failures_));
  TM_ASSIGN_OR_RETURN(*plan, MakeStartupPlan(scan.topics, [&](const TopicPartition& partition) {
    return PathOf(scan, partition);
  }));
  return scan;
}

bool Opening::LacksLock(size_t number) const {
  return failures_[number].ok() &&
         absl::IsNotFound(
             file_system_->Stat(absl::StrCat(roots_[number], "/", kLockFileName)).status());
}

// Nobody has yet opened a directory without a lock file, or it was a broker of Kafka's that stopped
// cleanly: it may be no data directory at all, and then not even the lock file is made.
absl::Status Opening::LookBeforeLocking() {
  std::vector<size_t> unlocked;
  for (size_t number = 0; number < roots_.size(); ++number) {
    if (LacksLock(number)) unlocked.push_back(number);
  }
  if (unlocked.empty()) return absl::OkStatus();
  StartupPlan plan;
  const absl::Status status = ScanAndPlan(&plan).status();
  // Whoever has made the file meanwhile may also have changed what was looked at.
  const bool is_as_before = std::all_of(unlocked.begin(), unlocked.end(),
                                        [this](size_t number) { return LacksLock(number); });
  return is_as_before ? status : absl::OkStatus();
}

absl::Status Opening::TakeHold(bool create_if_missing) {
  TM_RETURN_IF_ERROR(ForEach(
      [&](size_t number) { return MakeRoot(file_system_, roots_[number], create_if_missing); }));
  TM_RETURN_IF_ERROR(LookBeforeLocking());
  return ForEach([&](size_t number) -> absl::Status {
    TM_ASSIGN_OR_RETURN(opened_.directories[number].lock, LockRoot(file_system_, roots_[number]));
    return SyncNewRoot(file_system_, roots_[number]);
  });
}

absl::Status Opening::Look() {
  TM_ASSIGN_OR_RETURN(scan_, ScanAndPlan(&opened_.plan));
  opened_.places = scan_.places;
  TM_ASSIGN_OR_RETURN(opened_.config, ReadEngineProperties(file_system_, roots_[0]));
  for (size_t number = 0; number < roots_.size(); ++number) {
    opened_.directories[number].checkpoints =
        std::make_shared<Checkpoints>(file_system_, roots_[number]);
  }
  TM_RETURN_IF_ERROR(
      ForEach([this](size_t number) { return opened_.directories[number].checkpoints->Load(); }));
  for (size_t number = 0; number < roots_.size(); ++number) {
    auto cleaner = std::make_shared<CleanerCheckpoint>(file_system_, roots_[number]);
    // Without it, cleaning begins at the start of each log, which costs only time.
    if (failures_[number].ok()) cleaner->Load().IgnoreError();
    opened_.directories[number].cleaner_checkpoint = std::move(cleaner);
    auto reserve = std::make_shared<DiskReserve>(file_system_, roots_[number]);
    if (failures_[number].ok()) reserve->Load();
    opened_.directories[number].reserve = std::move(reserve);
  }
  return absl::OkStatus();
}

absl::Status Opening::CleanUpDirectory(size_t number) {
  const std::string& root = roots_[number];
  // Syncs as well what was found: it may be a change that another process did not live to sync, and
  // a power loss must not undo it after it has been acted on.
  TM_ASSIGN_OR_RETURN(opened_.directories[number].was_clean,
                      TakeCleanShutdownMarker(file_system_, root));
  std::vector<std::string> paths;
  for (const std::string& name : scan_.deleted[number]) {
    paths.push_back(absl::StrCat(root, "/", name));
  }
  for (const TopicPartition& partition : opened_.plan.directories_to_remove) {
    if (scan_.places.at(partition) == number) paths.push_back(PathOf(scan_, partition));
  }
  return RemoveDirectories(file_system_, root, paths);
}

absl::Status Opening::CleanUp() {
  TM_RETURN_IF_ERROR(ForEach([this](size_t number) { return CleanUpDirectory(number); }));
  const std::string& home = roots_[0];
  StartupPlan& plan = opened_.plan;
  // The file of a topic that goes stays until nothing of the topic can be left anywhere.
  if (!HasFailures() && !plan.topic_files_to_remove.empty()) {
    for (const std::string& topic : plan.topic_files_to_remove) {
      TM_RETURN_IF_ERROR(file_system_->Remove(absl::StrCat(home, "/", TopicFileName(topic))));
    }
    TM_RETURN_IF_ERROR(file_system_->SyncDirectory(home));
    plan.topic_files_to_remove.clear();
  }
  return RemoveIfPresent(file_system_, absl::StrCat(home, "/", kTopicTemporaryFileName)).status();
}

absl::Status Opening::ReplayJournals() {
  std::map<std::array<uint8_t, 16>, std::string> names;
  for (const auto& [name, topic] : opened_.plan.topics) {
    if (!topic.file.id.IsZero()) names[topic.file.id.bytes] = name;
  }
  return ForEach([&](size_t number) -> absl::Status {
    DataDirectory& directory = opened_.directories[number];
    // Whoever stopped cleanly had everything in its segments; since then others may have had them.
    if (directory.was_clean) return RemoveJournal(file_system_, roots_[number]);
    const auto directory_of = [&](const JournalKey& log) -> std::string {
      const auto topic = names.find(log.topic_id.bytes);
      if (topic == names.end()) return "";
      const TopicPartition partition{topic->second, log.partition};
      const auto place = scan_.places.find(partition);
      const bool is_here = place != scan_.places.end() && place->second == number;
      return is_here ? PathOf(scan_, partition) : "";
    };
    return directory.reserve->RunEssential([&]() -> absl::Status {
      TM_ASSIGN_OR_RETURN(directory.replay,
                          ReplayJournal(file_system_, roots_[number], directory_of));
      return absl::OkStatus();
    });
  });
}

absl::Status Opening::KeepConfig(const ConfigMap& config) {
  ConfigMap merged = config;
  merged.insert(opened_.config.begin(), opened_.config.end());
  TM_RETURN_IF_ERROR(CheckBrokerSettingsTogether(merged));
  if (merged == opened_.config) return absl::OkStatus();
  opened_.config = std::move(merged);
  return opened_.directories[0].reserve->RunEssential(
      [this] { return WriteEngineProperties(file_system_, roots_[0], opened_.config); });
}

// A topic file that differs from what holds now: a cleanup policy of the engine allows gaps, or
// directories beyond the number of partitions have been found in use.
absl::Status Opening::UpdateTopicFiles() {
  for (auto& [name, topic] : opened_.plan.topics) {
    if (!topic.has_file) continue;
    const ConfigMap effective = EffectiveTopicConfig(topic.file.config, opened_.config);
    if (PolicyLeavesOffsetGaps(effective)) topic.file.offset_gaps_allowed = true;
    if (topic.file == *scan_.topics.at(name).file) continue;
    const std::string& topic_name = name;
    const TopicFile& file = topic.file;
    TM_RETURN_IF_ERROR(opened_.directories[0].reserve->RunEssential(
        [&] { return WriteTopicFile(file_system_, roots_[0], topic_name, file); }));
  }
  return absl::OkStatus();
}

void Opening::TakeReserves() {
  const int64_t size_bytes = BrokerNumber(opened_.config, kReserveSetting);
  for (size_t number = 0; number < roots_.size(); ++number) {
    // The reserve itself remembers why not.
    if (failures_[number].ok())
      opened_.directories[number].reserve->Resize(size_bytes).IgnoreError();
  }
}

OpenedDirectories Opening::Take() {
  for (size_t number = 0; number < roots_.size(); ++number) {
    DataDirectory& directory = opened_.directories[number];
    directory.root = roots_[number];
    directory.failure = failures_[number];
    if (!directory.failure.ok()) directory.lock.reset();
  }
  return std::move(opened_);
}

}  // namespace

absl::StatusOr<OpenedDirectories> OpenDataDirectories(FileSystem* file_system,
                                                      absl::Span<const std::string> paths,
                                                      bool create_if_missing,
                                                      const ConfigMap& config) {
  Opening opening(file_system, paths);
  TM_RETURN_IF_ERROR(opening.TakeHold(create_if_missing));
  TM_RETURN_IF_ERROR(opening.Look());
  TM_RETURN_IF_ERROR(opening.CleanUp());
  TM_RETURN_IF_ERROR(opening.ReplayJournals());
  TM_RETURN_IF_ERROR(opening.KeepConfig(config));
  TM_RETURN_IF_ERROR(opening.UpdateTopicFiles());
  opening.TakeReserves();
  return opening.Take();
}

}  // namespace tidemark
