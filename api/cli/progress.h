#ifndef TIDEMARK_API_CLI_PROGRESS_H_
#define TIDEMARK_API_CLI_PROGRESS_H_

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "api/cli/cli_context.h"

#include <string>

namespace tidemark {

// Shows how far a long command is, a few times a second, where a person may be looking: standard
// error is a terminal, and nothing else of the command uses it.
class Progress {
 public:
  // `context` is not owned. `is_wanted` is false for commands that talk to the terminal otherwise.
  Progress(CliContext* context, bool is_wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows `describe(elapsed)` if it is time to.
  void Update(absl::FunctionRef<std::string(absl::Duration elapsed)> describe);

 private:
  CliContext* const context_;
  const bool is_shown_;
  absl::Duration start_;
  absl::Duration next_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_PROGRESS_H_
