#ifndef TIDEMARK_API_CLI_VERIFY_COMMAND_H_
#define TIDEMARK_API_CLI_VERIFY_COMMAND_H_

#include "CLI/CLI.hpp"
#include "api/cli/cli_context.h"

namespace tidemark {

// `tidemark verify`: whether every byte of a data directory is what was written.
void AddVerifyCommand(CLI::App* app, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_VERIFY_COMMAND_H_
