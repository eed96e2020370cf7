#include "api/cli/open_directory.h"

#include "absl/strings/str_cat.h"

namespace tidemark {

absl::Status NoSuchDirectory(absl::string_view directory) {
  return absl::NotFoundError(
      absl::StrCat("there is no data directory ", directory,
                   "; `tidemark topic create` makes one with its first topic"));
}

absl::StatusOr<Tidemark> OpenDirectory(const std::string& directory, bool create_if_missing,
                                       CliContext* context) {
  OpenOptions options;
  options.create_if_missing = create_if_missing;
  options.environment = context->environment;
  const absl::StatusOr<FileInfo> info = context->environment.file_system->Stat(directory);
  if (!create_if_missing && absl::IsNotFound(info.status())) return NoSuchDirectory(directory);
  absl::StatusOr<Tidemark> tide = Tidemark::Open(directory, options);
  if (!tide.ok()) return tide;
  for (const LogRecoveryReport& log : tide->recovery_report().logs) {
    if (!log.error.ok()) context->console->PrintError(log.error.message());
    for (const std::string& note : log.notes) {
      context->console->PrintError(absl::StrCat("recovered: ", note));
    }
  }
  return tide;
}

}  // namespace tidemark
