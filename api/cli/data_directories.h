#ifndef TIDEMARK_API_CLI_DATA_DIRECTORIES_H_
#define TIDEMARK_API_CLI_DATA_DIRECTORIES_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/env.h"

namespace tidemark {

// Declares `--data-dir`, which must be given and may be repeated, on the command. `directories`
// must outlive the parsing; the first one is the one with the files of topics.
void AddDataDirOption(CLI::App* command, std::vector<std::string>* directories);

// NOT_FOUND for the first one that is not there, with what to do.
absl::Status CheckDirectoriesExist(FileSystem* file_system,
                                   absl::Span<const std::string> directories);

// As a sentence names them, and as a command line does.
std::string JoinDirectories(absl::Span<const std::string> directories);
std::string DataDirOptions(absl::Span<const std::string> directories);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_DATA_DIRECTORIES_H_
