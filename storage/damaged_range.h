#ifndef TIDEMARK_STORAGE_DAMAGED_RANGE_H_
#define TIDEMARK_STORAGE_DAMAGED_RANGE_H_

#include <cstdint>
#include <string>

#include "storage/types.h"

namespace tidemark {

// Bytes of a log that were on stable storage and are not what they were: no records of these
// offsets can be read. What is before and behind them can.
struct DamagedRange {
  std::string file;  // The path of the .log file.
  FilePosition position;
  int64_t length_bytes = 0;
  Offset first_offset;
  Offset end_offset;  // The next one that can be read, if there is one.
  std::string reason;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_DAMAGED_RANGE_H_
