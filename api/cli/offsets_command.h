#ifndef TIDEMARK_API_CLI_OFFSETS_COMMAND_H_
#define TIDEMARK_API_CLI_OFFSETS_COMMAND_H_

#include "CLI/CLI.hpp"
#include "api/cli/cli_context.h"

namespace tidemark {

// `tidemark offsets`: see CliContext.
void AddOffsetsCommand(CLI::App* app, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_OFFSETS_COMMAND_H_
