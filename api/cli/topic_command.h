#ifndef TIDEMARK_API_CLI_TOPIC_COMMAND_H_
#define TIDEMARK_API_CLI_TOPIC_COMMAND_H_

#include "CLI/CLI.hpp"
#include "api/cli/cli_context.h"

namespace tidemark {

// `tidemark topic create|alter|list|describe|delete`. Listing and describing do not open the data
// directory, so that another process may be writing to it.
void AddTopicCommand(CLI::App* app, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_TOPIC_COMMAND_H_
