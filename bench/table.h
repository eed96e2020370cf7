#ifndef TIDEMARK_BENCH_TABLE_H_
#define TIDEMARK_BENCH_TABLE_H_

// What a person sees while the rows run.

#include <string>

#include "bench/row.h"
#include "bench/runner.h"

namespace tidemark {

// A figure of a metric with its unit: "27.7 M records/s", "5.2 us".
std::string FormatMetric(const std::string& metric, double value);

// The row as text, with a line for each contender and each goal. With escape sequences for colour
// if `in_colour`.
std::string FormatRow(const Row& row, const RowResult& result, bool in_colour);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_TABLE_H_
