#ifndef TIDEMARK_API_CLI_CLI_CONTEXT_H_
#define TIDEMARK_API_CLI_CLI_CONTEXT_H_

#include <functional>

#include "absl/status/status.h"
#include "api/cli/console.h"
#include "storage/env.h"

namespace tidemark {

// What the process ends with.
enum class ExitCode {
  kDone = 0,
  kUsage = 1,    // The command line is wrong: unknown flags, values that do not parse.
  kRefused = 2,  // The engine or the system said no; a message on stderr says what and where.
  kDamage = 3,   // Damage was found in the data.
};

// What every subcommand works with, and how it says what to run. A subcommand is one function,
// `void AddXCommand(CLI::App* app, CliContext* context)`, that declares the options on a subcommand
// of `app` and sets `action` in the subcommand's callback. The action runs after the whole command
// line was understood.
struct CliContext {
  // The real seams; there when the action runs. No executor: Tidemark makes one of its own, with
  // as many threads as the directory's settings ask for.
  Environment environment;
  Console* console = nullptr;  // Not owned.

  std::function<ExitCode()> action;
  // Set next to `action` by commands that watch Console::Wait for kInterrupted, and so end properly
  // on SIGINT and SIGTERM. All others are simply ended by them.
  bool handles_interrupts = false;
};

// Prints the error, if it is one, as `tidemark: <message>` on stderr, and returns the exit code for
// it: kDamage for DATA_LOSS, else kRefused. A reader of stdout that went away
// (Console::IsBrokenPipe) is not an error.
ExitCode Finish(const absl::Status& status, CliContext* context);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_CLI_CONTEXT_H_
