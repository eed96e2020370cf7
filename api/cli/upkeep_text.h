#ifndef TIDEMARK_API_CLI_UPKEEP_TEXT_H_
#define TIDEMARK_API_CLI_UPKEEP_TEXT_H_

#include <string>

#include "absl/types/span.h"
#include "api/cli/output_format.h"
#include "storage/compaction_report.h"
#include "storage/retention_report.h"

namespace tidemark {

// What went: as text, a row for each partition that lost something and a line for the whole; as
// JSON, an object for each partition. docs/CLI.md.
std::string FormatRetention(absl::Span<const RetentionOutcome> outcomes, OutputFormat format);
std::string FormatCompaction(absl::Span<const CompactionOutcome> outcomes, OutputFormat format);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_UPKEEP_TEXT_H_
