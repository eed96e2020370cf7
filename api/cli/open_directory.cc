#include "api/cli/open_directory.h"

#include "absl/strings/str_cat.h"
#include "api/cli/data_directories.h"
#include "storage/base/status_macros.h"

namespace tidemark {

absl::StatusOr<Tidemark> OpenDirectories(const std::vector<std::string>& directories,
                                         bool create_if_missing, CliContext* context) {
  OpenOptions options;
  options.create_if_missing = create_if_missing;
  options.more_directories = MoreDirectories(directories);
  options.environment = context->environment;
  if (!create_if_missing) {
    TM_RETURN_IF_ERROR(CheckDirectoriesExist(context->environment.file_system, directories));
  }
  absl::StatusOr<Tidemark> tide = Tidemark::Open(directories.front(), options);
  if (!tide.ok()) return tide;
  ComplainOfDirectories(tide->recovery_report(), context);
  for (const LogRecoveryReport& log : tide->recovery_report().logs) {
    if (!log.error.ok()) context->console->PrintError(log.error.message());
    for (const std::string& note : log.notes) {
      context->console->PrintError(absl::StrCat("recovered: ", note));
    }
  }
  return tide;
}

std::vector<std::string> MoreDirectories(const std::vector<std::string>& directories) {
  return {directories.begin() + 1, directories.end()};
}

void ComplainOfDirectories(const RecoveryReport& report, CliContext* context) {
  for (const DirectoryReport& directory : report.directories) {
    if (!directory.error.ok()) context->console->PrintError(directory.error.message());
  }
}

}  // namespace tidemark
