#include "api/cli/upkeep_command.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/cli/data_directories.h"
#include "api/cli/open_directory.h"
#include "api/cli/output_format.h"
#include "api/cli/upkeep_text.h"
#include "api/tidemark.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

struct UpkeepFlags {
  std::vector<std::string> data_directories;
  std::string topic;
  OutputFormat format = OutputFormat::kText;
};

// Damage if a partition is damaged, refused if one failed otherwise. Tells each error.
template <typename Outcome>
ExitCode Complain(const std::vector<Outcome>& outcomes, CliContext* context) {
  ExitCode exit_code = ExitCode::kDone;
  for (const Outcome& outcome : outcomes) {
    if (outcome.status.ok()) continue;
    context->console->PrintError(outcome.status.message());
    if (exit_code != ExitCode::kDamage) {
      exit_code = absl::IsDataLoss(outcome.status) ? ExitCode::kDamage : ExitCode::kRefused;
    }
  }
  return exit_code;
}

// Opens the directory, does the work and closes it.
template <typename Outcome>
absl::StatusOr<std::vector<Outcome>> Work(
    const UpkeepFlags& flags, CliContext* context,
    absl::StatusOr<std::vector<Outcome>> (Tidemark::*work)(absl::string_view)) {
  TM_ASSIGN_OR_RETURN(
      Tidemark tide, OpenDirectories(flags.data_directories, /*create_if_missing=*/false, context));
  TM_ASSIGN_OR_RETURN(std::vector<Outcome> outcomes, (tide.*work)(flags.topic));
  TM_RETURN_IF_ERROR(tide.Close());
  return outcomes;
}

template <typename Outcome>
ExitCode Report(const absl::StatusOr<std::vector<Outcome>>& outcomes,
                std::string (*format)(absl::Span<const Outcome>, OutputFormat),
                const UpkeepFlags& flags, CliContext* context) {
  if (!outcomes.ok()) return Finish(outcomes.status(), context);
  const ExitCode exit_code =
      Finish(context->console->Write(format(*outcomes, flags.format)), context);
  return exit_code == ExitCode::kDone ? Complain(*outcomes, context) : exit_code;
}

ExitCode Retain(const UpkeepFlags& flags, CliContext* context) {
  return Report(Work(flags, context, &Tidemark::RunRetention), &FormatRetention, flags, context);
}

ExitCode Compact(const UpkeepFlags& flags, CliContext* context) {
  return Report(Work(flags, context, &Tidemark::RunCompaction), &FormatCompaction, flags, context);
}

void AddCommand(CLI::App* app, const char* name, const char* description,
                ExitCode (*run)(const UpkeepFlags&, CliContext*), CliContext* context) {
  auto flags = std::make_shared<UpkeepFlags>();
  CLI::App* const command = app->add_subcommand(name, description);
  AddDataDirOption(command, &flags->data_directories);
  command->add_option("--topic", flags->topic, "This topic only");
  AddOutputOption(command, &flags->format);
  command->callback([flags, context, run] {
    context->action = [flags, context, run] { return run(*flags, context); };
  });
}

}  // namespace

void AddUpkeepCommands(CLI::App* app, CliContext* context) {
  AddCommand(app, "retain", "Remove now what retention lets go, and tell what went", Retain,
             context);
  AddCommand(app, "compact", "Compact now what can be compacted, and tell what went", Compact,
             context);
}

}  // namespace tidemark
