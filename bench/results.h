#ifndef TIDEMARK_BENCH_RESULTS_H_
#define TIDEMARK_BENCH_RESULTS_H_

// The results as JSON, the one source of the report: bench/report.py.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "bench/row.h"
#include "bench/runner.h"

namespace tidemark {

// Under what circumstances the rows ran: names and texts, in the order of the report.
using Circumstances = std::vector<std::pair<std::string, std::string>>;

// The machine's, the system's and the disk's below `directory`.
Circumstances DescribeMachine(const std::string& directory);

// INVARIANT: as many results as rows.
std::string ResultsAsJson(const Circumstances& circumstances, const std::vector<const Row*>& rows,
                          const std::vector<RowResult>& results);

absl::Status WriteTextFile(const std::string& path, const std::string& text);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_RESULTS_H_
