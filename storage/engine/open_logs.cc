#include "storage/engine/open_logs.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "storage/base/mutex.h"
#include "storage/base/status_macros.h"
#include "storage/engine/parallel_for.h"
#include "storage/engine/partition_directory.h"
#include "storage/format/partition_metadata.h"

namespace tidemark {
namespace {

// The first error of several threads.
class FirstError {
 public:
  bool ok() const {
    MutexLock lock(&mutex_);
    return status_.ok();
  }
  void Update(const absl::Status& status) {
    MutexLock lock(&mutex_);
    status_.Update(status);
  }
  absl::Status status() const {
    MutexLock lock(&mutex_);
    return status_;
  }

 private:
  mutable Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

absl::Status MakeDirectory(FileSystem* file_system, const std::string& path,
                           const TopicId& topic_id) {
  const absl::Status status = MakePartitionDirectory(file_system, path, topic_id);
  if (!absl::IsAlreadyExists(status)) return status;
  TM_ASSIGN_OR_RETURN(const bool is_leftover, IsLeftover(file_system, path, topic_id));
  if (!is_leftover) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": is in the way of a new partition; move it away"));
  }
  TM_RETURN_IF_ERROR(RemoveTree(file_system, path));
  return MakePartitionDirectory(file_system, path, topic_id);
}

absl::StatusOr<std::shared_ptr<PartitionLog>> MakeLog(const LogEnvironment& environment,
                                                      const LogParameters& parameters,
                                                      const TopicId& topic_id) {
  TM_RETURN_IF_ERROR(MakeDirectory(environment.file_system, parameters.directory, topic_id));
  LogRecoveryReport report;
  return PartitionLog::Open(environment, parameters, &report);
}

}  // namespace

LogParameters MakeLogParameters(const DirectorySet& directories, size_t directory,
                                const TopicPartition& partition, const TopicId& topic_id,
                                const LogConfig& config) {
  LogParameters parameters;
  parameters.topic_partition = partition;
  parameters.directory = PartitionDirectoryPath(directories.root(directory), partition);
  parameters.config = config;
  parameters.reserve = directories.reserve(directory);
  if (!topic_id.IsZero()) parameters.journal = directories.journal(directory);
  parameters.topic_id = topic_id;
  parameters.lower_recovery_point =
      [partition, reserve = parameters.reserve, checkpoints = directories.checkpoints(directory),
       cleaner = directories.cleaner_checkpoint(directory)](Offset offset) {
        return reserve->RunEssential([&]() -> absl::Status {
          TM_RETURN_IF_ERROR(cleaner->Lower(partition, offset));
          return checkpoints->LowerRecoveryPoint(partition, offset);
        });
      };
  parameters.store_log_start = [partition, reserve = parameters.reserve,
                                checkpoints = directories.checkpoints(directory)](Offset offset) {
    return reserve->RunEssential([&] { return checkpoints->StoreLogStart(partition, offset); });
  };
  return parameters;
}

PartitionLogs OpenLogs(const LogEnvironment& environment, int64_t parallelism,
                       absl::Span<const LogParameters> parameters,
                       const std::function<void(const LogRecoveryReport&)>& on_opened,
                       std::vector<LogRecoveryReport>* reports) {
  PartitionLogs logs(parameters.size());
  reports->assign(parameters.size(), LogRecoveryReport());
  ParallelFor(environment.executor, parallelism, static_cast<int64_t>(logs.size()), [&](int64_t i) {
    const size_t index = static_cast<size_t>(i);
    LogRecoveryReport& report = (*reports)[index];
    report.error = parameters[index].reserve->RunEssential([&]() -> absl::Status {
      report = LogRecoveryReport();
      TM_ASSIGN_OR_RETURN(logs[index], PartitionLog::Open(environment, parameters[index], &report));
      return absl::OkStatus();
    });
    report.topic_partition = parameters[index].topic_partition;
    if (on_opened != nullptr) on_opened(report);
  });
  return logs;
}

absl::StatusOr<PartitionLogs> MakeLogs(const LogEnvironment& environment, int64_t parallelism,
                                       absl::Span<const LogParameters> parameters,
                                       const TopicId& topic_id) {
  PartitionLogs logs(parameters.size());
  FirstError error;
  ParallelFor(environment.executor, parallelism, static_cast<int64_t>(logs.size()), [&](int64_t i) {
    if (!error.ok()) return;
    const size_t index = static_cast<size_t>(i);
    absl::StatusOr<std::shared_ptr<PartitionLog>> log =
        MakeLog(environment, parameters[index], topic_id);
    if (log.ok()) {
      logs[index] = *std::move(log);
    } else {
      error.Update(log.status());
    }
  });
  if (error.ok()) return logs;
  for (const std::shared_ptr<PartitionLog>& log : logs) {
    if (log != nullptr) log->Abandon();
  }
  return error.status();
}

absl::Status CloseLogs(Executor* executor, int64_t parallelism, const PartitionLogs& logs) {
  FirstError error;
  ParallelFor(executor, parallelism, static_cast<int64_t>(logs.size()),
              [&](int64_t i) { error.Update(logs[static_cast<size_t>(i)]->Close()); });
  return error.status();
}

}  // namespace tidemark
