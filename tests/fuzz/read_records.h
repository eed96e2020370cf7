#ifndef TIDEMARK_TESTS_FUZZ_READ_RECORDS_H_
#define TIDEMARK_TESTS_FUZZ_READ_RECORDS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// A record that owns its bytes.
struct OwnedRecord {
  Offset offset;
  Timestamp timestamp;
  absl::optional<std::string> key;
  absl::optional<std::string> value;
  std::vector<std::pair<std::string, absl::optional<std::string>>> headers;

  friend bool operator==(const OwnedRecord&, const OwnedRecord&) = default;
};

// All records of the batch, or the error of the reader, which then has to say the same again.
// Checks what holds for every record that comes back.
absl::StatusOr<std::vector<OwnedRecord>> ReadOwnedRecords(const RecordBatchView& batch);

// The batch with these records, uncompressed, read and compared with them. Only if they are some,
// and their timestamps are such as the builder takes.
void CheckRebuild(const RecordBatchView& batch, const std::vector<OwnedRecord>& records);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_FUZZ_READ_RECORDS_H_
