#ifndef TIDEMARK_API_CLI_CONSUME_COMMAND_H_
#define TIDEMARK_API_CLI_CONSUME_COMMAND_H_

#include "CLI/CLI.hpp"
#include "api/cli/cli_context.h"

namespace tidemark {

// `tidemark consume`: prints the records of a topic, without opening the data directory, so that
// another process may be writing to it.
void AddConsumeCommand(CLI::App* app, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_CONSUME_COMMAND_H_
