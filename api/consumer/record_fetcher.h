#ifndef TIDEMARK_API_CONSUMER_RECORD_FETCHER_H_
#define TIDEMARK_API_CONSUMER_RECORD_FETCHER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/fetched_records.h"
#include "api/partitions/partition_set.h"
#include "api/topic.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

// Reads records out of one partition without copying what is not compressed.
class RecordFetcher {
 public:
  // See Topic::Read.
  static absl::StatusOr<FetchedRecords> Fetch(const OpenPartition& partition, Offset offset,
                                              const FetchOptions& options);

 private:
  // Adds the records of `view` from `offset` on, and moves the position of `result` behind them.
  static absl::Status Decode(const LogView& view, Offset offset, const FetchOptions& options,
                             FetchedRecords* result);
  static absl::Status DecodeBatch(const RecordBatchView& batch, Offset offset,
                                  const FetchOptions& options, FetchedRecords* result);
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CONSUMER_RECORD_FETCHER_H_
