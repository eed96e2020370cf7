#ifndef TIDEMARK_STORAGE_INSPECT_RECORD_CHECK_H_
#define TIDEMARK_STORAGE_INSPECT_RECORD_CHECK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "storage/record_batch.h"

namespace tidemark {

struct RecordCheckOptions {
  bool are_gaps_allowed = false;
  int64_t decompressed_bytes_max = RecordReader::kDecompressedBytesMaxDefault;
};

// Reads all records of a batch whose CRC holds, and compares them with what its header says of
// them: their number, offsets and largest timestamp. DATA_LOSS, naming the record or field, if
// anything is wrong.
absl::Status CheckRecords(const RecordBatchView& batch, const RecordCheckOptions& options);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_RECORD_CHECK_H_
