#ifndef TIDEMARK_API_CONSUMER_TAIL_H_
#define TIDEMARK_API_CONSUMER_TAIL_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/fetched_records.h"
#include "api/partitions/partition_set.h"
#include "api/topic.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// See Topic::TailAsync. The clock and the executor are not owned.
void TailRecords(std::shared_ptr<OpenPartition> partition, Offset offset, absl::Duration timeout,
                 const FetchOptions& options, const Environment& environment,
                 std::function<void(absl::StatusOr<FetchedRecords>)> done);

}  // namespace tidemark

#endif  // TIDEMARK_API_CONSUMER_TAIL_H_
