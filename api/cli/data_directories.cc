#include "api/cli/data_directories.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tidemark {
namespace {

void CheckNames(const std::vector<std::string>& directories) {
  std::set<std::string> names;
  for (std::string name : directories) {
    if (name.empty()) throw CLI::ValidationError("--data-dir", "a data directory has a name");
    while (name.size() > 1 && name.back() == '/') name.pop_back();
    if (!names.insert(name).second) {
      throw CLI::ValidationError("--data-dir", name + " is given twice");
    }
  }
}

}  // namespace

void AddDataDirOption(CLI::App* command, std::vector<std::string>* directories) {
  command
      ->add_option_function<std::vector<std::string>>(
          "--data-dir",
          [directories](const std::vector<std::string>& given) {
            CheckNames(given);
            *directories = given;
          },
          "Data directory; repeated for each of several, the one with the topics' files first")
      ->take_all()
      ->allow_extra_args(false)
      ->required()
      ->option_text("DIR REQUIRED");
}

absl::Status CheckDirectoriesExist(FileSystem* file_system,
                                   absl::Span<const std::string> directories) {
  for (const std::string& directory : directories) {
    if (!absl::IsNotFound(file_system->Stat(directory).status())) continue;
    return absl::NotFoundError(
        absl::StrCat("there is no data directory ", directory,
                     "; `tidemark topic create` makes one with its first topic"));
  }
  return absl::OkStatus();
}

std::string JoinDirectories(absl::Span<const std::string> directories) {
  return absl::StrJoin(directories, ", ");
}

std::string DataDirOptions(absl::Span<const std::string> directories) {
  return absl::StrCat("--data-dir ", absl::StrJoin(directories, " --data-dir "));
}

}  // namespace tidemark
