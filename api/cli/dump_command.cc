#include "api/cli/dump_command.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/cli/dump_json.h"
#include "api/cli/dump_text.h"
#include "api/cli/output_format.h"
#include "api/cli/progress.h"
#include "storage/inspect.h"

namespace tidemark {
namespace {

struct DumpFlags {
  std::vector<std::string> files;
  bool with_records = false;
  OutputFormat format = OutputFormat::kText;
};

class Dumper {
 public:
  Dumper(const DumpFlags& flags, CliContext* context)
      : flags_(flags), context_(context), progress_(context, true) {}

  ExitCode Run() {
    for (const std::string& file : flags_.files) {
      if (!DumpOne(file)) break;
    }
    const ExitCode output = Finish(output_status_, context_);
    if (output != ExitCode::kDone) return output;
    return found_damage_ ? ExitCode::kDamage : was_refused_ ? ExitCode::kRefused : ExitCode::kDone;
  }

 private:
  // False when there is nobody left to print to.
  bool DumpOne(const std::string& file) {
    DumpText text(file, flags_.with_records);
    DumpJsonOptions json_options;
    json_options.with_records = flags_.with_records;
    json_options.decoder = RecordDecoderFor(file);
    if (flags_.files.size() > 1) json_options.file = file;
    bool has_heading = false;
    const absl::Status status =
        DumpFile(context_->environment.file_system, file, [&](const DataFileItem& item) {
          std::string out;
          if (flags_.format == OutputFormat::kText && !has_heading) {
            has_heading = true;
            if (!is_first_) out += '\n';
            is_first_ = false;
            text.AppendHeading(&out);
          }
          const absl::Status records = flags_.format == OutputFormat::kText
                                           ? text.Append(item, &out)
                                           : AppendDumpJson(item, json_options, &out);
          output_status_ = context_->console->Write(out);
          if (!records.ok()) {
            Complain(file, std::get<BatchItem>(item).position,
                     absl::StrCat("the records cannot be read: ", records.message()));
          }
          PassMessages(file, item);
          return output_status_.ok();
        });
    if (!status.ok()) {
      was_refused_ = true;
      PrintError(status.message());
    } else if (flags_.format == OutputFormat::kText && !has_heading && output_status_.ok()) {
      std::string out = is_first_ ? "" : "\n";
      is_first_ = false;
      text.AppendHeading(&out);
      output_status_ = context_->console->Write(out);
    }
    return output_status_.ok();
  }

  void PassMessages(const std::string& file, const DataFileItem& item) {
    if (const auto* const damage = std::get_if<DamageItem>(&item); damage != nullptr) {
      Complain(file, damage->position, damage->message);
    } else if (const auto* const note = std::get_if<NoteItem>(&item);
               note != nullptr && flags_.format == OutputFormat::kJson) {
      PrintError(absl::StrCat(file, ": position ", note->position.value(), ": ", note->message));
    } else if (const auto* const batch = std::get_if<BatchItem>(&item); batch != nullptr) {
      progress_.Update([&](absl::Duration) {
        return absl::StrCat(file, ": ", batch->position.value() >> 20, " MiB");
      });
    }
  }

  void Complain(const std::string& file, FilePosition position, absl::string_view message) {
    found_damage_ = true;
    PrintError(absl::StrCat(file, ": position ", position.value(), ": ", message));
  }

  // Behind what belongs in front of it.
  void PrintError(absl::string_view message) {
    output_status_.Update(context_->console->Flush());
    context_->console->PrintError(message);
  }

  const DumpFlags& flags_;
  CliContext* const context_;
  Progress progress_;
  absl::Status output_status_;
  bool is_first_ = true;
  bool found_damage_ = false;
  bool was_refused_ = false;
};

}  // namespace

void AddDumpCommand(CLI::App* app, CliContext* context) {
  auto flags = std::make_shared<DumpFlags>();
  CLI::App* const command = app->add_subcommand(
      "dump",
      "Print what files of a data directory hold: batches and records, index entries, "
      "checkpoints");
  command->add_option("FILE", flags->files, "Files, known by their names")->required();
  command->add_flag("--records", flags->with_records, "The records of each batch as well");
  AddOutputOption(command, &flags->format);
  command->callback([flags, context] {
    context->action = [flags, context] { return Dumper(*flags, context).Run(); };
  });
}

}  // namespace tidemark
