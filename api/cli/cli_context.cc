#include "api/cli/cli_context.h"

namespace tidemark {

ExitCode Finish(const absl::Status& status, CliContext* context) {
  absl::Status result = status;
  result.Update(context->console->Flush());
  if (result.ok() || Console::IsBrokenPipe(result)) return ExitCode::kDone;
  context->console->PrintError(result.message());
  return absl::IsDataLoss(result) ? ExitCode::kDamage : ExitCode::kRefused;
}

}  // namespace tidemark
