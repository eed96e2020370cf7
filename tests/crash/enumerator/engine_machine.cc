#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "tests/crash/enumerator/machine.h"

namespace tidemark {
namespace {

constexpr char kRoot[] = "/data";

class EngineMachine final : public Machine {
 public:
  EngineMachine(FileSystem* file_system, const Notes& notes, const ConfigMap& config,
                const std::vector<std::string>& more_directories)
      : Machine(file_system, notes) {
    options_.config = config;
    // A few blocks, as each copy of the files has them.
    options_.config.emplace("tidemark.disk.reserve.bytes", "65536");
    options_.more_directories = more_directories;
    options_.checkpoint_interval = absl::InfiniteDuration();
  }

  absl::Status Prepare(FileSystem* /*file_system*/) override { return absl::OkStatus(); }

  absl::Status Open() override {
    TM_ASSIGN_OR_RETURN(
        engine_,
        StorageEngine::Open(kRoot, {file_system_, &clock_, &executor_, &random_}, options_));
    return absl::OkStatus();
  }
  absl::Status Close() override { return engine_->Close(); }
  void LetGo() override { engine_.reset(); }
  absl::Status Checkpoint() override { return engine_->Checkpoint(); }

  absl::StatusOr<std::shared_ptr<ReplicaLog>> GetLog(const TopicPartition& name) const override {
    return engine_->GetLog(name);
  }
  StorageEngine* engine() const override { return engine_.get(); }

  Observation Observe() override {
    Observation observation;
    observation.engine_config = engine_->DescribeEngine().config;
    for (const std::string& topic : engine_->ListTopics()) {
      const absl::StatusOr<TopicDescription> described = engine_->DescribeTopic(topic);
      if (described.ok()) {
        observation.topics[topic] = {described->partition_count, described->config};
      }
    }
    for (const auto& [topic, described] : observation.topics) {
      for (int32_t i = 0; i < described.partition_count; ++i) {
        const TopicPartition name = {topic, PartitionId(i)};
        const absl::StatusOr<std::shared_ptr<ReplicaLog>> log = engine_->GetLog(name);
        if (log.ok()) {
          observation.logs[name] = ObserveLog(log->get());
        } else {
          observation.logs[name].error = log.status();
        }
      }
    }
    return observation;
  }

  // One of two directories may be as a stop has left it.
  bool WasClean() const override {
    const RecoveryReport& report = engine_->recovery_report();
    return report.was_clean ||
           std::any_of(report.logs.begin(), report.logs.end(),
                       [](const LogRecoveryReport& log) { return log.was_clean; });
  }
  std::vector<std::string> Repairs() const override {
    std::vector<std::string> repairs;
    for (const LogRecoveryReport& log : engine_->recovery_report().logs) {
      repairs.insert(repairs.end(), log.notes.begin(), log.notes.end());
      for (const std::string& file : log.rebuilt_files) {
        repairs.push_back(absl::StrCat(file, " was made anew"));
      }
    }
    return repairs;
  }

  // The recovery points are what says how much is to be made anew; the starts of logs cannot be
  // made anew.
  std::vector<std::string> SideFiles(FileSystem* file_system) const override {
    std::vector<std::string> paths;
    AddSideFiles(file_system, kRoot, &paths);
    for (const std::string& root : options_.more_directories) {
      AddSideFiles(file_system, root, &paths);
    }
    return paths;
  }

 private:
  static void AddSideFiles(FileSystem* file_system, const std::string& root,
                           std::vector<std::string>* paths) {
    const absl::StatusOr<std::vector<DirectoryEntry>> entries = file_system->List(root);
    if (!entries.ok()) return;
    for (const DirectoryEntry& entry : *entries) {
      const std::string path = absl::StrCat(root, "/", entry.name);
      if (entry.type == FileType::kDirectory) {
        const std::vector<std::string> inside = SideFilesIn(file_system, path);
        paths->insert(paths->end(), inside.begin(), inside.end());
      } else if (entry.name == "recovery-point-offset-checkpoint" ||
                 entry.name == "cleaner-offset-checkpoint" ||
                 entry.name == ".kafka_cleanshutdown") {
        paths->push_back(path);
      }
    }
  }

  EngineOptions options_;
  std::unique_ptr<StorageEngine> engine_;
};

}  // namespace

MachineMaker EngineMachines(const ConfigMap& config,
                            const std::vector<std::string>& more_directories) {
  return [config, more_directories](FileSystem* file_system, const Notes& notes) {
    return std::make_unique<EngineMachine>(file_system, notes, config, more_directories);
  };
}

}  // namespace tidemark
