#ifndef TIDEMARK_API_PARTITIONS_ACKNOWLEDGEMENT_H_
#define TIDEMARK_API_PARTITIONS_ACKNOWLEDGEMENT_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "api/partitions/partition_set.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// Calls `done` once everything below `end_offset`, which has been appended, is committed and has
// reached `wanted`; or with what the log or the replicator said. `done` must not block; it may run
// on any thread, and before this returns.
void AwaitAcknowledgement(std::shared_ptr<OpenPartition> partition, Offset end_offset,
                          Durability wanted, std::function<void(absl::Status)> done);

// Something that was appended, to be waited for.
struct AppendPlace {
  std::shared_ptr<OpenPartition> partition;
  Offset end_offset;
};

// The same for several places together: with the first error there was. `done` runs before this
// returns if everything has been reached already, else on a thread of the executor, where it may
// take its time.
void AwaitAcknowledgements(std::vector<AppendPlace> places, Durability wanted, Executor* executor,
                           std::function<void(absl::Status)> done);

}  // namespace tidemark

#endif  // TIDEMARK_API_PARTITIONS_ACKNOWLEDGEMENT_H_
