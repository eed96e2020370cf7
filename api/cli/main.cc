#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "api/cli/cli_context.h"
#include "api/cli/console.h"

namespace tidemark {
namespace {

void AddCommands(CLI::App* app, CliContext* context) {
  (void)app;
  (void)context;
}

// True if the command line was understood. Otherwise `exit_code` is what to end with.
bool Parse(int argc, char** argv, CliContext* context, ExitCode* exit_code) {
  CLI::App app("Writes and reads partitioned logs in a data directory.", "tidemark");
  app.require_subcommand(1);
  AddCommands(&app, context);
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      *exit_code = ExitCode::kDone;
    } else {
      context->console->PrintError(
          absl::StrCat(error.what(), "\nRun `tidemark --help` or `tidemark COMMAND --help`."));
      *exit_code = ExitCode::kUsage;
    }
    return false;
  }
}

int Main(int argc, char** argv) {
  Console console;
  CliContext context;
  context.console = &console;
  ExitCode exit_code = ExitCode::kDone;
  if (Parse(argc, argv, &context, &exit_code)) {
    if (!context.handles_interrupts) console.ReleaseInterrupts();
    exit_code = context.action();
  }
  return static_cast<int>(exit_code);
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) { return tidemark::Main(argc, argv); }
