#ifndef TIDEMARK_API_CLI_OUTPUT_FORMAT_H_
#define TIDEMARK_API_CLI_OUTPUT_FORMAT_H_

#include "CLI/CLI.hpp"

namespace tidemark {

enum class OutputFormat { kText, kJson };

// Declares `--output text|json` on the command. `format` must outlive the parsing.
CLI::Option* AddOutputOption(CLI::App* command, OutputFormat* format);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_OUTPUT_FORMAT_H_
