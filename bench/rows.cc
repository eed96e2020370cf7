#include "bench/rows.h"

namespace tidemark {

std::vector<Row> AllRows(Scale scale) {
  std::vector<Row> rows;
  AddAppendRows(scale, &rows);
  AddDurableRows(scale, &rows);
  AddReadRows(scale, &rows);
  AddGrowthRows(scale, &rows);
  return rows;
}

}  // namespace tidemark
