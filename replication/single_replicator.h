#ifndef TIDEMARK_REPLICATION_SINGLE_REPLICATOR_H_
#define TIDEMARK_REPLICATION_SINGLE_REPLICATOR_H_

#include <memory>

#include "replication/replicator.h"

namespace tidemark {

// For partitions without peers: this replica always leads, and the high watermark is the log end,
// so that an append is committed as soon as it is made. The leading epoch is the latest one that
// the log knew when the replicator was made, or 0.
std::unique_ptr<ReplicatorFactory> NewSingleReplicatorFactory();

}  // namespace tidemark

#endif  // TIDEMARK_REPLICATION_SINGLE_REPLICATOR_H_
