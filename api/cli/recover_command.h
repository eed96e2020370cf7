#ifndef TIDEMARK_API_CLI_RECOVER_COMMAND_H_
#define TIDEMARK_API_CLI_RECOVER_COMMAND_H_

#include "CLI/CLI.hpp"
#include "api/cli/cli_context.h"

namespace tidemark {

// `tidemark recover`: opens a data directory, so that what a crash left is put right, and tells
// what was done; or, as a dry run, what would be.
void AddRecoverCommand(CLI::App* app, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_RECOVER_COMMAND_H_
