#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "api/cli/cli_context.h"
#include "api/cli/console.h"
#include "api/cli/consume_command.h"
#include "api/cli/dump_command.h"
#include "api/cli/offsets_command.h"
#include "api/cli/produce_command.h"
#include "api/cli/records_command.h"
#include "api/cli/recover_command.h"
#include "api/cli/topic_command.h"
#include "api/cli/upkeep_command.h"
#include "api/cli/verify_command.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

void AddCommands(CLI::App* app, CliContext* context) {
  AddTopicCommand(app, context);
  AddProduceCommand(app, context);
  AddConsumeCommand(app, context);
  AddOffsetsCommand(app, context);
  AddDumpCommand(app, context);
  AddVerifyCommand(app, context);
  AddRecoverCommand(app, context);
  AddRecordsCommand(app, context);
  AddUpkeepCommands(app, context);
}

// True if the command line was understood. Otherwise `exit_code` is what to end with.
bool Parse(int argc, char** argv, CliContext* context, ExitCode* exit_code) {
  CLI::App app("Writes and reads partitioned logs in a data directory.", "tidemark");
  app.require_subcommand(1);
  AddCommands(&app, context);
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    *exit_code = Finish(context->console->Write(app.help()), context);
  } catch (const CLI::ParseError& error) {
    context->console->PrintError(absl::StrCat(error.what(), "; see `tidemark --help`"));
    *exit_code = ExitCode::kUsage;
  }
  return false;
}

ExitCode Run(CliContext* context) {
  const std::unique_ptr<FileSystem> file_system = NewPosixFileSystem();
  const std::unique_ptr<Clock> clock = NewSystemClock();
  const std::unique_ptr<Random> random = NewSystemRandom();
  context->environment = {file_system.get(), clock.get(), nullptr, random.get()};
  if (!context->handles_interrupts) context->console->ReleaseInterrupts();
  return context->action();
}

int Main(int argc, char** argv) {
  Console console;
  CliContext context;
  context.console = &console;
  ExitCode exit_code = ExitCode::kDone;
  if (Parse(argc, argv, &context, &exit_code)) exit_code = Run(&context);
  return static_cast<int>(exit_code);
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) { return tidemark::Main(argc, argv); }
