#ifndef TIDEMARK_BENCH_ROWS_H_
#define TIDEMARK_BENCH_ROWS_H_

// The families of rows, one file each, in the order of the report.

#include <vector>

#include "bench/row.h"

namespace tidemark {

void AddAppendRows(Scale scale, std::vector<Row>* rows);
void AddDurableRows(Scale scale, std::vector<Row>* rows);
void AddReadRows(Scale scale, std::vector<Row>* rows);
void AddGrowthRows(Scale scale, std::vector<Row>* rows);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_ROWS_H_
