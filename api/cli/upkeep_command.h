#ifndef TIDEMARK_API_CLI_UPKEEP_COMMAND_H_
#define TIDEMARK_API_CLI_UPKEEP_COMMAND_H_

#include "CLI/CLI.hpp"
#include "api/cli/cli_context.h"

namespace tidemark {

// `tidemark retain` and `tidemark compact`: retention and compaction now, with what they did.
void AddUpkeepCommands(CLI::App* app, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_UPKEEP_COMMAND_H_
