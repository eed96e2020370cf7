#ifndef TIDEMARK_API_CLI_OPEN_DIRECTORY_H_
#define TIDEMARK_API_CLI_OPEN_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "api/cli/cli_context.h"
#include "api/tidemark.h"

namespace tidemark {

// NOT_FOUND for a data directory that is not there, with what to do.
absl::Status NoSuchDirectory(absl::string_view directory);

// Opens a data directory for writing; makes it only if `create_if_missing`. What recovery had to
// drop is told on stderr.
absl::StatusOr<Tidemark> OpenDirectory(const std::string& directory, bool create_if_missing,
                                       CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_OPEN_DIRECTORY_H_
