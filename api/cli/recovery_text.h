#ifndef TIDEMARK_API_CLI_RECOVERY_TEXT_H_
#define TIDEMARK_API_CLI_RECOVERY_TEXT_H_

#include <string>

#include "api/cli/output_format.h"
#include "storage/recovery_report.h"

namespace tidemark {

// What opening a data directory did or, in a dry run, would do: as text, lines for each partition
// that was not closed properly and a line for the whole; as JSON, an object for each partition and
// one for the whole. docs/CLI.md.
std::string FormatRecovery(const RecoveryReport& report, bool is_dry_run, OutputFormat format);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_RECOVERY_TEXT_H_
