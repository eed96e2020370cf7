#ifndef TIDEMARK_API_CLI_PRODUCE_COMMAND_H_
#define TIDEMARK_API_CLI_PRODUCE_COMMAND_H_

#include "CLI/CLI.hpp"
#include "api/cli/cli_context.h"

namespace tidemark {

// `tidemark produce`: appends the lines of standard input to a topic.
void AddProduceCommand(CLI::App* app, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_PRODUCE_COMMAND_H_
