#ifndef TIDEMARK_API_CLI_RECORDS_COMMAND_H_
#define TIDEMARK_API_CLI_RECORDS_COMMAND_H_

#include "CLI/CLI.hpp"
#include "api/cli/cli_context.h"

namespace tidemark {

// `tidemark records delete`: moves the start of a partition's log.
void AddRecordsCommand(CLI::App* app, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_RECORDS_COMMAND_H_
