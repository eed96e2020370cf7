#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/open_file_cache.h"
#include "storage/index/index_cache.h"
#include "storage/log/partition_log.h"
#include "tests/crash/enumerator/machine.h"

namespace tidemark {
namespace {

constexpr char kDirectory[] = "/log";

struct Caches {
  explicit Caches(FileSystem* file_system) : open_files(file_system, 100) {}

  OpenFileCache open_files;
  IndexCache index_cache{1 << 20};
};

class LogMachine final : public Machine {
 public:
  LogMachine(FileSystem* file_system, const Notes& notes, const LogConfig& config)
      : Machine(file_system, notes), config_(config) {}
  ~LogMachine() override { LogMachine::LetGo(); }

  absl::Status Prepare(FileSystem* file_system) override {
    TM_RETURN_IF_ERROR(file_system->CreateDirectory(kDirectory));
    return file_system->SyncDirectory("/");
  }

  absl::Status Open() override {
    const auto caches = std::make_shared<Caches>(file_system_);
    LogParameters parameters;
    parameters.topic_partition = name_;
    parameters.directory = kDirectory;
    parameters.config = config_;
    parameters.log_start_offset = notes_.log_start;
    parameters.recovery_point = notes_.recovery_point;
    // Taken away before anything changes, as an engine does.
    parameters.was_clean = std::exchange(notes_.was_clean, false);
    parameters.lower_recovery_point = [this](Offset offset) {
      notes_.recovery_point = std::min(notes_.recovery_point, offset);
      return absl::OkStatus();
    };
    parameters.store_log_start = [this](Offset offset) {
      notes_.log_start = offset;
      return absl::OkStatus();
    };
    const LogEnvironment environment{.file_system = file_system_,
                                     .open_files = &caches->open_files,
                                     .index_cache = &caches->index_cache,
                                     .clock = &clock_,
                                     .executor = &executor_,
                                     .random = &random_,
                                     .owner = caches};
    report_ = LogRecoveryReport();
    TM_ASSIGN_OR_RETURN(log_, PartitionLog::Open(environment, parameters, &report_));
    return absl::OkStatus();
  }

  absl::Status Close() override {
    TM_RETURN_IF_ERROR(log_->Close());
    notes_.recovery_point = log_->offsets().log_end;
    notes_.was_clean = true;
    return absl::OkStatus();
  }

  void LetGo() override {
    if (log_ != nullptr) log_->Abandon();
    log_.reset();
  }

  absl::Status Checkpoint() override {
    notes_.recovery_point = log_->offsets().flushed;
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<ReplicaLog>> GetLog(const TopicPartition& name) const override {
    if (name != name_ || log_ == nullptr) return absl::NotFoundError("no such log");
    return log_;
  }

  Observation Observe() override {
    Observation observation;
    observation.logs[name_] = ObserveLog(log_.get());
    return observation;
  }

  bool WasClean() const override { return report_.was_clean; }
  std::vector<std::string> Repairs() const override {
    std::vector<std::string> repairs = report_.notes;
    for (const std::string& file : report_.rebuilt_files) {
      repairs.push_back(absl::StrCat(file, " was made anew"));
    }
    return repairs;
  }

  std::vector<std::string> SideFiles(FileSystem* file_system) const override {
    return SideFilesIn(file_system, kDirectory);
  }

 private:
  const TopicPartition name_{"t", PartitionId(0)};
  const LogConfig config_;
  LogRecoveryReport report_;
  std::shared_ptr<PartitionLog> log_;
};

}  // namespace

std::vector<std::string> SideFilesIn(FileSystem* file_system, const std::string& directory) {
  std::vector<std::string> paths;
  const absl::StatusOr<std::vector<DirectoryEntry>> entries = file_system->List(directory);
  if (!entries.ok()) return paths;
  for (const DirectoryEntry& entry : *entries) {
    for (const absl::string_view suffix : {"index", ".snapshot", "leader-epoch-checkpoint"}) {
      if (!absl::EndsWith(entry.name, suffix)) continue;
      paths.push_back(absl::StrCat(directory, "/", entry.name));
    }
  }
  return paths;
}

void LetGoDead(MemoryFileSystem* file_system, Machine* machine) {
  file_system->SetFaultHook([](const FileOperation& operation) {
    return FileFault(absl::UnavailableError(absl::StrCat(operation.path, ": no process")));
  });
  machine->LetGo();
  file_system->SetFaultHook(nullptr);
}

MachineMaker LogMachines(const LogConfig& config) {
  return [config](FileSystem* file_system, const Notes& notes) {
    return std::make_unique<LogMachine>(file_system, notes, config);
  };
}

}  // namespace tidemark
