#include "api/cli/recover_command.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/data_directories.h"
#include "api/cli/open_directory.h"
#include "api/cli/output_format.h"
#include "api/cli/progress.h"
#include "api/cli/recovery_text.h"
#include "api/tidemark.h"
#include "storage/base/mutex.h"
#include "storage/base/status_macros.h"
#include "storage/dry_run_env.h"
#include "storage/engine.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

struct RecoverFlags {
  std::vector<std::string> data_directories;
  bool is_dry_run = false;
  OutputFormat format = OutputFormat::kText;
};

// Shows how many partitions have been opened. Thread-safe.
class OpenProgress {
 public:
  explicit OpenProgress(CliContext* context) : progress_(context, /*is_wanted=*/true) {}

  void Add(const LogRecoveryReport& log) {
    MutexLock lock(&mutex_);
    ++partition_count_;
    scanned_bytes_ += log.scanned_bytes;
    progress_.Update([this](absl::Duration) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return absl::StrCat(partition_count_, " partitions, ", scanned_bytes_ >> 20, " MiB checked");
    });
  }

 private:
  Mutex mutex_;
  Progress progress_ ABSL_GUARDED_BY(mutex_);
  int64_t partition_count_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t scanned_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

absl::StatusOr<RecoveryReport> RunDry(const RecoverFlags& flags, CliContext* context) {
  OpenProgress progress(context);
  const std::unique_ptr<FileSystem> file_system =
      NewDryRunFileSystem(context->environment.file_system);
  Environment environment = context->environment;
  environment.file_system = file_system.get();
  const std::unique_ptr<Executor> executor = NewThreadPoolExecutor(OpenOptions().executor_threads);
  if (executor == nullptr) return absl::ResourceExhaustedError("the system has no thread to give");
  environment.executor = executor.get();
  EngineOptions options;
  options.create_if_missing = false;
  options.more_directories = MoreDirectories(flags.data_directories);
  options.on_partition_opened = [&](const LogRecoveryReport& log) { progress.Add(log); };
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<StorageEngine> engine,
                      StorageEngine::Open(flags.data_directories.front(), environment, options));
  return engine->recovery_report();
}

absl::StatusOr<RecoveryReport> RunInEarnest(const RecoverFlags& flags, CliContext* context) {
  OpenProgress progress(context);
  OpenOptions options;
  options.create_if_missing = false;
  options.more_directories = MoreDirectories(flags.data_directories);
  options.environment = context->environment;
  options.on_partition_opened = [&](const LogRecoveryReport& log) { progress.Add(log); };
  TM_ASSIGN_OR_RETURN(Tidemark tide, Tidemark::Open(flags.data_directories.front(), options));
  const RecoveryReport report = tide.recovery_report();
  TM_RETURN_IF_ERROR(tide.Close());
  return report;
}

// Damage if a partition is damaged, refused if it is offline for any other reason, or a directory
// could not be opened.
ExitCode ExitCodeOf(const RecoveryReport& report) {
  ExitCode exit_code = ExitCode::kDone;
  for (const DirectoryReport& directory : report.directories) {
    if (!directory.error.ok()) exit_code = ExitCode::kRefused;
  }
  for (const LogRecoveryReport& log : report.logs) {
    if (absl::IsDataLoss(log.error) || !log.damaged.empty()) return ExitCode::kDamage;
    if (!log.error.ok()) exit_code = ExitCode::kRefused;
  }
  return exit_code;
}

ExitCode Recover(const RecoverFlags& flags, CliContext* context) {
  FileSystem* const file_system = context->environment.file_system;
  const absl::Status exist = CheckDirectoriesExist(file_system, flags.data_directories);
  if (!exist.ok()) return Finish(exist, context);
  const absl::StatusOr<RecoveryReport> report =
      flags.is_dry_run ? RunDry(flags, context) : RunInEarnest(flags, context);
  if (!report.ok()) return Finish(report.status(), context);
  ComplainOfDirectories(*report, context);
  const ExitCode exit_code = Finish(
      context->console->Write(FormatRecovery(*report, flags.is_dry_run, flags.format)), context);
  return exit_code == ExitCode::kDone ? ExitCodeOf(*report) : exit_code;
}

}  // namespace

void AddRecoverCommand(CLI::App* app, CliContext* context) {
  auto flags = std::make_shared<RecoverFlags>();
  CLI::App* const command =
      app->add_subcommand("recover",
                          "Put right what a crash left, and tell what was done; exit code 3 if a "
                          "partition is damaged");
  AddDataDirOption(command, &flags->data_directories);
  command->add_flag("--dry-run", flags->is_dry_run, "Tell what would be done, and change nothing");
  AddOutputOption(command, &flags->format);
  command->callback([flags, context] {
    context->action = [flags, context] { return Recover(*flags, context); };
  });
}

}  // namespace tidemark
