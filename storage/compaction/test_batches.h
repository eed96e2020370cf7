#ifndef TIDEMARK_STORAGE_COMPACTION_TEST_BATCHES_H_
#define TIDEMARK_STORAGE_COMPACTION_TEST_BATCHES_H_

// For tests: batches as producers and coordinators append them, and what is in them.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/format/control_record.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"
#include "storage/types.h"

namespace tidemark {

struct TestRecord {
  absl::optional<std::string> key;
  absl::optional<std::string> value;
};

// A finished batch of these records, with timestamps that count up from `timestamp`.
std::string MakeTestBatch(const std::vector<TestRecord>& records,
                          const RecordBatchOptions& options = {},
                          Timestamp timestamp = Timestamp(1000));

// A producer's transactional batches.
RecordBatchOptions TransactionalOptions(int64_t base_offset, int64_t producer_id,
                                        int32_t base_sequence = 0);

// The batch that ends a producer's transaction.
std::string MakeTestMarker(int64_t offset, int64_t producer_id, ControlRecordType type);

// The batch; the test fails if it is not a sound one.
RecordBatchView ParseTestBatch(absl::string_view bytes);

// The records of whole batches as "offset:key=value", "null" where there is none; "offset:commit",
// "offset:abort" for markers; "(first-last)" for batches without records.
std::vector<std::string> DescribeTestBatches(absl::string_view bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_TEST_BATCHES_H_
