#ifndef TIDEMARK_API_CLI_OPEN_DIRECTORY_H_
#define TIDEMARK_API_CLI_OPEN_DIRECTORY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/cli_context.h"
#include "api/tidemark.h"
#include "storage/recovery_report.h"

namespace tidemark {

// Opens data directories for writing, the one with the topics' files first; makes those that are
// absent only if `create_if_missing`. What recovery had to drop, and which directory could not be
// opened, is told on stderr.
absl::StatusOr<Tidemark> OpenDirectories(const std::vector<std::string>& directories,
                                         bool create_if_missing, CliContext* context);

// All but the first.
std::vector<std::string> MoreDirectories(const std::vector<std::string>& directories);

// Tells on stderr which directories could not be opened.
void ComplainOfDirectories(const RecoveryReport& report, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_OPEN_DIRECTORY_H_
