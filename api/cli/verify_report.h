#ifndef TIDEMARK_API_CLI_VERIFY_REPORT_H_
#define TIDEMARK_API_CLI_VERIFY_REPORT_H_

#include <string>

#include "api/cli/output_format.h"
#include "storage/inspect.h"

namespace tidemark {

// One line each, with a newline: docs/INSPECTION.md.
std::string FormatFinding(const Finding& finding, OutputFormat format);
std::string FormatTotals(const VerifyTotals& totals, OutputFormat format);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_VERIFY_REPORT_H_
