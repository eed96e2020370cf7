#ifndef TIDEMARK_API_CLI_DUMP_COMMAND_H_
#define TIDEMARK_API_CLI_DUMP_COMMAND_H_

#include "CLI/CLI.hpp"
#include "api/cli/cli_context.h"

namespace tidemark {

// `tidemark dump`: what the files of a data directory hold.
void AddDumpCommand(CLI::App* app, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_DUMP_COMMAND_H_
