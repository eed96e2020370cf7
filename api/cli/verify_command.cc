#include "api/cli/verify_command.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "api/cli/data_directories.h"
#include "api/cli/output_format.h"
#include "api/cli/progress.h"
#include "api/cli/verify_report.h"
#include "storage/inspect.h"

namespace tidemark {
namespace {

struct VerifyFlags {
  std::vector<std::string> data_directories;
  OutputFormat format = OutputFormat::kText;
};

std::string DescribeProgress(int64_t bytes_done, int64_t bytes_total, absl::Duration elapsed) {
  constexpr double kMebibyte = 1 << 20;
  const double rate = static_cast<double>(bytes_done) / absl::ToDoubleSeconds(elapsed) / kMebibyte;
  return absl::StrFormat("%d of %d MiB checked, %.0f MiB/s", bytes_done >> 20, bytes_total >> 20,
                         rate);
}

ExitCode Verify(const VerifyFlags& flags, CliContext* context) {
  absl::Status output;
  absl::StatusOr<VerifyTotals> totals = absl::UnknownError("");
  {
    Progress progress(context, /*is_wanted=*/true);
    VerifyOptions options;
    options.more_directories = {flags.data_directories.begin() + 1, flags.data_directories.end()};
    options.on_finding = [&](const Finding& finding) {
      output.Update(context->console->Write(FormatFinding(finding, flags.format)));
    };
    options.on_progress = [&](int64_t bytes_done, int64_t bytes_total) {
      progress.Update([&](absl::Duration elapsed) {
        return DescribeProgress(bytes_done, bytes_total, elapsed);
      });
    };
    totals = VerifyDataDirectory(context->environment.file_system, flags.data_directories.front(),
                                 options);
  }
  if (!totals.ok()) return Finish(totals.status(), context);
  output.Update(context->console->Write(FormatTotals(*totals, flags.format)));
  const ExitCode exit_code = Finish(output, context);
  return exit_code == ExitCode::kDone && totals->damage_count > 0 ? ExitCode::kDamage : exit_code;
}

}  // namespace

void AddVerifyCommand(CLI::App* app, CliContext* context) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* const command = app->add_subcommand(
      "verify", "Check every byte of every partition; exit code 3 if there is damage");
  AddDataDirOption(command, &flags->data_directories);
  AddOutputOption(command, &flags->format);
  command->callback(
      [flags, context] { context->action = [flags, context] { return Verify(*flags, context); }; });
}

}  // namespace tidemark
