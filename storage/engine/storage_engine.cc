#include "storage/engine/storage_engine.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/engine/change_rules.h"
#include "storage/engine/open_topics.h"
#include "storage/engine/placement_policy.h"
#include "storage/engine/random_bytes.h"
#include "storage/engine/topic_config.h"
#include "storage/engine/upkeep.h"
#include "storage/env/open_file_cache.h"
#include "storage/index/index_cache.h"

namespace tidemark {
namespace {

absl::Status NoSuchTopic(absl::string_view topic) {
  return absl::NotFoundError(absl::StrCat("there is no topic \"", absl::CHexEscape(topic), "\""));
}

absl::Status ClosedError(absl::string_view root) {
  return absl::FailedPreconditionError(absl::StrCat(root, ": the engine is closed"));
}

}  // namespace

struct StorageEngineImpl::Caches {
  Caches(FileSystem* file_system, int64_t open_files_max)
      : open_files(file_system, open_files_max), indexes(kIndexCacheBytesMax) {}

  OpenFileCache open_files;
  IndexCache indexes;
};

StorageEngineImpl::StorageEngineImpl(const Environment& environment, const EngineOptions& options,
                                     OpenedDirectories* opened)
    : environment_(environment),
      options_(options),
      parallelism_(BrokerNumber(opened->config, "num.recovery.threads.per.data.dir")),
      caches_(std::make_shared<Caches>(environment.file_system, options.open_files_max)),
      log_environment_{.file_system = environment.file_system,
                       .open_files = &caches_->open_files,
                       .index_cache = &caches_->indexes,
                       .clock = environment.clock,
                       .executor = environment.executor,
                       .random = environment.random,
                       .owner = caches_},
      directories_(std::move(opened->directories), environment,
                   BrokerNumber(opened->config, kJournalSetting)),
      settings_(environment.file_system, directories_.home(), opened->config),
      producer_ids_(environment.file_system, directories_.home(), environment.random),
      changes_(log_environment_, &directories_, parallelism_),
      held_removals_(opened->plan.topic_files_to_remove.begin(),
                     opened->plan.topic_files_to_remove.end()),
      retention_(&topics_, &settings_, environment.clock),
      compaction_(environment, &topics_, &settings_, &directories_),
      scrub_(environment, &topics_, &settings_, &directories_) {}

StorageEngineImpl::~StorageEngineImpl() {
  // Whoever wants to know calls it before.
  Close().IgnoreError();
}

void StorageEngineImpl::OpenTopics(const OpenedDirectories& opened) {
  MutexLock lock(&change_mutex_);
  tidemark::OpenTopics(log_environment_, parallelism_, opened, directories_,
                       options_.on_partition_opened, &topics_, &recovery_report_);
  BackgroundTasks::Work work;
  work.checkpoint = [this] { CheckpointInBackground(); };
  work.retain = [this] { retention_.RunInBackground(); };
  work.clean = [this] {
    if (settings_.Bool("log.cleaner.enable")) compaction_.CleanWhatIsDue();
  };
  work.expire_producers = [this] {
    for (const auto& [name, partition] : topics_.Partitions()) {
      if (partition.log != nullptr) partition.log->ExpireProducers();
    }
  };
  work.scrub = [this] { return scrub_.Step(); };
  background_ = std::make_unique<BackgroundTasks>(
      environment_.executor, options_.checkpoint_interval, std::move(work), *settings_.Get());
}

LogConfig StorageEngineImpl::LogConfigOf(const TopicFile& file) const {
  return tidemark::LogConfigOf(file, *settings_.Get());
}

TopicDescription StorageEngineImpl::Describe(const std::string& name, const TopicFile& file) const {
  TopicDescription description;
  description.name = name;
  description.id = file.id;
  description.partition_count = file.partition_count;
  description.config = file.config;
  description.effective_config = EffectiveTopicConfig(file.config, *settings_.Get());
  description.config_without_effect = TopicSettingsOnlyKept(file.config);
  return description;
}

TopicId StorageEngineImpl::NewTopicId() const { return RandomTopicId(environment_.random); }

absl::Status StorageEngineImpl::CheckOpen() const {
  return closed_ ? ClosedError(directories_.home()) : absl::OkStatus();
}

absl::Status StorageEngineImpl::CheckNewTopic(const std::string& topic) {
  TM_RETURN_IF_ERROR(CheckOpen());
  if (topics_.Find(topic) != nullptr) {
    return absl::AlreadyExistsError(absl::StrCat("topic ", topic, " is there already"));
  }
  const std::string colliding = topics_.FindColliding(topic);
  if (!colliding.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("topic ", topic, " differs only in '.' and '_' from the topic ", colliding));
  }
  if (held_removals_.contains(topic)) {
    return Annotate(directories_.WorstHealth(),
                    absl::StrCat("topic ", topic, " of earlier has not gone yet"));
  }
  // What is left of an older topic of the name would be in the way.
  if (changes_.HasRemoval(topic)) TM_RETURN_IF_ERROR(changes_.FinishRemoval(topic));
  return ForgetOldPartitions(topic, PartitionId(0), topics_, &directories_);
}

absl::StatusOr<TopicDescription> StorageEngineImpl::CreateTopic(absl::string_view topic,
                                                                int32_t partition_count,
                                                                const ConfigMap& config) {
  const std::string name(topic);
  MutexLock lock(&change_mutex_);
  TM_ASSIGN_OR_RETURN(TopicFile file,
                      NewTopicFile(topic, partition_count, config, *settings_.Get()));
  file.id = NewTopicId();
  TM_RETURN_IF_ERROR(CheckNewTopic(name));
  TM_ASSIGN_OR_RETURN(const std::vector<size_t> places, PlacesFor(file.partition_count, file));
  absl::StatusOr<LivePartitions> made = changes_.Create(name, file, places, LogConfigOf(file));
  if (!made.ok()) return Annotate(made.status(), absl::StrCat("topic ", topic, " was not made"));
  topics_.Put(name, {.file = file, .has_file = true, .partitions = *std::move(made)});
  return Describe(name, file);
}

absl::StatusOr<LiveTopic> StorageEngineImpl::FindForChange(const std::string& topic) const {
  TM_RETURN_IF_ERROR(CheckOpen());
  const std::shared_ptr<const LiveTopic> found = topics_.Find(topic);
  if (found == nullptr) return NoSuchTopic(topic);
  LiveTopic live = *found;
  if (live.file.id.IsZero()) live.file.id = NewTopicId();
  return live;
}

absl::Status StorageEngineImpl::DeleteTopic(absl::string_view topic) {
  const std::string name(topic);
  MutexLock lock(&change_mutex_);
  TM_RETURN_IF_ERROR(CheckOpen());
  if (!settings_.Bool("delete.topic.enable")) {
    return absl::FailedPreconditionError(
        absl::StrCat("topic ", topic, ": delete.topic.enable is false"));
  }
  if (changes_.HasRemoval(name)) return changes_.FinishRemoval(name);
  TM_ASSIGN_OR_RETURN(const LiveTopic live, FindForChange(name));
  for (const auto& [number, partition] : live.partitions) {
    // What is out of reach would come back with its directory.
    TM_RETURN_IF_ERROR(Annotate(directories_.Health(partition.directory),
                                absl::StrCat("topic ", topic, " was not deleted")));
  }
  const absl::Status status = changes_.Delete(name, live);
  if (!changes_.HasRemoval(name)) return status;
  topics_.Remove(name);
  compaction_.Forget(name, live.partitions);
  scrub_.Forget(name);
  for (const auto& [number, partition] : live.partitions) {
    if (partition.log != nullptr) partition.log->Abandon();
  }
  return Annotate(status.ok() ? changes_.FinishRemoval(name) : status,
                  absl::StrCat("topic ", topic, " can no longer be used, but some of it is there; ",
                               "delete it again, or open the data directory anew"));
}

absl::Status StorageEngineImpl::AddPartitions(absl::string_view topic, int32_t partition_count) {
  const std::string name(topic);
  MutexLock lock(&change_mutex_);
  TM_ASSIGN_OR_RETURN(LiveTopic live, FindForChange(name));
  TM_RETURN_IF_ERROR(CheckPartitionCount(topic, partition_count));
  if (partition_count <= live.file.partition_count) {
    return absl::InvalidArgumentError(absl::StrCat("topic ", topic, ": ", partition_count,
                                                   " partitions, expected more than the ",
                                                   live.file.partition_count, " that it has"));
  }
  TM_RETURN_IF_ERROR(
      ForgetOldPartitions(name, PartitionId(live.file.partition_count), topics_, &directories_));
  if (!live.has_file) TM_RETURN_IF_ERROR(ReplaceFile(name, TopicFile(live.file), &live));
  TM_ASSIGN_OR_RETURN(const std::vector<size_t> places,
                      PlacesFor(partition_count - live.file.partition_count, live.file));
  absl::StatusOr<LivePartitions> made =
      changes_.AddPartitions(name, live, places, LogConfigOf(live.file));
  if (!made.ok()) {
    return Annotate(made.status(), absl::StrCat("topic ", topic, " got no more partitions"));
  }
  live.file.partition_count = partition_count;
  live.partitions.merge(*std::move(made));
  topics_.Put(name, std::move(live));
  return absl::OkStatus();
}

absl::Status StorageEngineImpl::AlterTopicConfig(absl::string_view topic, const ConfigMap& set,
                                                 const std::vector<std::string>& unset) {
  const std::string name(topic);
  MutexLock lock(&change_mutex_);
  TM_ASSIGN_OR_RETURN(LiveTopic live, FindForChange(name));
  TM_ASSIGN_OR_RETURN(TopicFile file,
                      ChangeTopicConfig(topic, live.file, set, unset, *settings_.Get()));
  TM_RETURN_IF_ERROR(Annotate(ReplaceFile(name, std::move(file), &live),
                              absl::StrCat("settings of topic ", topic, " were not changed")));
  ConfigureLogs(live);
  compaction_.ApplyTopic(name);
  return absl::OkStatus();
}

absl::Status StorageEngineImpl::ReplaceFile(const std::string& name, TopicFile file,
                                            LiveTopic* live) {
  // Until now segments could be rolled before older ones were synced. Where gaps are allowed,
  // recovery would not see that a power loss took one of those.
  if (file.offset_gaps_allowed && !live->file.offset_gaps_allowed) {
    for (const auto& [number, partition] : live->partitions) {
      if (partition.log == nullptr) continue;
      TM_RETURN_IF_ERROR(partition.log->Sync(partition.log->offsets().log_end));
    }
  }
  TM_RETURN_IF_ERROR(changes_.Write(name, file));
  live->file = std::move(file);
  live->has_file = true;
  topics_.Put(name, *live);
  return absl::OkStatus();
}

void StorageEngineImpl::ConfigureLogs(const LiveTopic& topic) const {
  const LogConfig config = LogConfigOf(topic.file);
  for (const auto& [number, partition] : topic.partitions) {
    if (partition.log != nullptr) partition.log->SetConfig(config);
  }
}

absl::Status StorageEngineImpl::AlterEngineConfig(const ConfigMap& set,
                                                  const std::vector<std::string>& unset) {
  MutexLock lock(&change_mutex_);
  TM_RETURN_IF_ERROR(CheckOpen());
  TM_ASSIGN_OR_RETURN(ConfigMap changed, ChangeBrokerConfig(*settings_.Get(), set, unset));
  std::map<std::string, TopicFile> files;
  for (const std::string& name : topics_.Names()) {
    TM_ASSIGN_OR_RETURN(files[name], ApplyBrokerConfig(name, topics_.Find(name)->file, changed));
  }
  // Gaps are allowed on the disk before anything can make them.
  for (auto& [name, file] : files) {
    LiveTopic live = *topics_.Find(name);
    if (!live.has_file || file == live.file) continue;
    TM_RETURN_IF_ERROR(ReplaceFile(name, std::move(file), &live));
  }
  TM_RETURN_IF_ERROR(
      directories_.reserve(0)->RunEssential([&] { return settings_.Replace(changed); }));
  for (const std::string& name : topics_.Names()) ConfigureLogs(*topics_.Find(name));
  compaction_.Apply(*settings_.Get());
  for (const std::string& name : topics_.Names()) compaction_.ApplyTopic(name);
  background_->Apply(*settings_.Get());
  directories_.ResizeRoom(settings_.Number(kReserveSetting), settings_.Number(kJournalSetting));
  return absl::OkStatus();
}

EngineDescription StorageEngineImpl::DescribeEngine() const {
  const std::shared_ptr<const ConfigMap> config = settings_.Get();
  return {*config, EffectiveBrokerConfig(*config), BrokerSettingsOnlyKept(*config)};
}

absl::StatusOr<TopicDescription> StorageEngineImpl::DescribeTopic(absl::string_view topic) const {
  const std::shared_ptr<const LiveTopic> live = topics_.Find(topic);
  if (live == nullptr) return NoSuchTopic(topic);
  return Describe(std::string(topic), live->file);
}

absl::StatusOr<std::shared_ptr<ReplicaLog>> StorageEngineImpl::GetLog(
    const TopicPartition& topic_partition) const {
  const std::shared_ptr<const LiveTopic> live = topics_.Find(topic_partition.topic);
  if (live == nullptr) return NoSuchTopic(topic_partition.topic);
  const auto found = live->partitions.find(topic_partition.partition);
  if (found != live->partitions.end()) {
    if (found->second.log == nullptr) return found->second.error;
    TM_RETURN_IF_ERROR(directories_.Health(found->second.directory));
    return found->second.log;
  }
  return absl::NotFoundError(absl::StrCat("topic ", topic_partition.topic, " has no partition ",
                                          topic_partition.partition.value(), " here; it has ",
                                          live->file.partition_count, " in all"));
}

absl::StatusOr<std::vector<size_t>> StorageEngineImpl::PlacesFor(int32_t count,
                                                                 const TopicFile& file) const {
  const PlacementRule rule = settings_.Text("tidemark.log.dir.placement") == "space"
                                 ? PlacementRule::kSpace
                                 : PlacementRule::kCount;
  std::vector<PlacementTarget> directories(directories_.count());
  for (size_t number = 0; number < directories.size(); ++number) {
    directories[number].directory = number;
  }
  for (const auto& [name, partition] : topics_.Partitions()) {
    PlacementTarget& directory = directories[partition.directory];
    ++directory.partitions;
    if (partition.log == nullptr) continue;
    const int64_t size_bytes = partition.log->stats().size_bytes;
    directory.held_bytes += size_bytes;
    if (size_bytes == 0) ++directory.empty_partitions;
  }
  TM_ASSIGN_OR_RETURN(std::vector<PlacementTarget> targets,
                      directories_.FindTargets(environment_.file_system, rule, directories));
  return PlacePartitions(rule, count, LogConfigOf(file).segment_bytes_max, std::move(targets));
}

absl::StatusOr<std::vector<RetentionOutcome>> StorageEngineImpl::RunRetention(
    absl::string_view topic) {
  TM_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesOf(topic));
  return retention_.Run(names);
}

absl::StatusOr<std::vector<CompactionOutcome>> StorageEngineImpl::RunCompaction(
    absl::string_view topic) {
  TM_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesOf(topic));
  return compaction_.Run(names);
}

absl::StatusOr<std::vector<ScrubOutcome>> StorageEngineImpl::RunScrub(absl::string_view topic) {
  TM_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesOf(topic));
  return scrub_.Run(names);
}

absl::StatusOr<std::vector<std::string>> StorageEngineImpl::NamesOf(absl::string_view topic) const {
  MutexLock lock(&change_mutex_);
  TM_RETURN_IF_ERROR(CheckOpen());
  if (topic.empty()) return topics_.Names();
  if (topics_.Find(topic) == nullptr) return NoSuchTopic(topic);
  return std::vector<std::string>{std::string(topic)};
}

void StorageEngineImpl::SetConsumedOffsets(ConsumedOffsets consumed) {
  retention_.SetConsumedOffsets(std::move(consumed));
}

absl::StatusOr<int64_t> StorageEngineImpl::AllocateProducerId() {
  MutexLock lock(&change_mutex_);
  TM_RETURN_IF_ERROR(CheckOpen());
  return producer_ids_.Allocate();
}

absl::Status StorageEngineImpl::Checkpoint() {
  MutexLock lock(&change_mutex_);
  TM_RETURN_IF_ERROR(CheckOpen());
  return WriteAllCheckpoints(topics_, &directories_);
}

void StorageEngineImpl::CheckpointInBackground() {
  // A thread of the executor does not wait for somebody else's change.
  if (!change_mutex_.TryLock()) return;
  // Without it, the next recovery only takes longer; the next time comes soon.
  if (!closed_) {
    WriteAllCheckpoints(topics_, &directories_).IgnoreError();
    directories_.RecoverRoom();
  }
  change_mutex_.Unlock();
}

std::vector<absl::Status> StorageEngineImpl::background_errors() const {
  std::vector<absl::Status> errors = retention_.errors();
  for (absl::Status& error : scrub_.errors()) errors.push_back(std::move(error));
  for (absl::Status& error : directories_.RoomErrors()) errors.push_back(std::move(error));
  return errors;
}

absl::Status StorageEngineImpl::Close() {
  compaction_.Stop();
  scrub_.Stop();
  // None of it waits for the mutex, so this does not wait for itself.
  if (background_ != nullptr) background_->Stop();
  MutexLock lock(&change_mutex_);
  if (closed_) return absl::OkStatus();
  closed_ = true;
  const absl::Status status = CloseAllDirectories(environment_.executor, environment_.file_system,
                                                  parallelism_, topics_, &directories_);
  directories_.Unlock();
  return status;
}

absl::StatusOr<std::unique_ptr<StorageEngine>> StorageEngine::Open(absl::string_view directory,
                                                                   const Environment& environment,
                                                                   const EngineOptions& options) {
  if (environment.file_system == nullptr || environment.clock == nullptr ||
      environment.executor == nullptr || environment.random == nullptr) {
    return absl::InvalidArgumentError("the environment lacks a part");
  }
  if (options.open_files_max < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("open_files_max is ", options.open_files_max, ", expected at least 1"));
  }
  if (options.checkpoint_interval <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("checkpoint_interval must be above zero");
  }
  TM_ASSIGN_OR_RETURN(const ConfigMap config, CheckBrokerSettings(options.config));
  std::vector<std::string> paths = {std::string(directory)};
  paths.insert(paths.end(), options.more_directories.begin(), options.more_directories.end());
  if (std::any_of(paths.begin(), paths.end(),
                  [](const std::string& path) { return path.empty(); })) {
    return absl::InvalidArgumentError("a data directory has no name");
  }
  TM_ASSIGN_OR_RETURN(
      OpenedDirectories opened,
      OpenDataDirectories(environment.file_system, paths, options.create_if_missing, config));
  auto engine = std::make_unique<StorageEngineImpl>(environment, options, &opened);
  engine->OpenTopics(opened);
  return engine;
}

}  // namespace tidemark
