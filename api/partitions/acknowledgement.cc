#include "api/partitions/acknowledgement.h"

#include <utility>

#include "absl/time/time.h"

namespace tidemark {
namespace {

void AwaitCommitment(const OpenPartition& partition, Offset end_offset,
                     std::function<void(absl::Status)> done) {
  if (partition.replicator->high_watermark() >= end_offset) return done(absl::OkStatus());
  partition.replicator->AwaitCommitted(end_offset - 1, absl::InfiniteDuration(), std::move(done));
}

}  // namespace

void AwaitAcknowledgement(std::shared_ptr<OpenPartition> partition, Offset end_offset,
                          Durability wanted, std::function<void(absl::Status)> done) {
  if (wanted != Durability::kDurable) {
    return AwaitCommitment(*partition, end_offset, std::move(done));
  }
  ReplicaLog& log = *partition->log;
  log.AwaitDurable(end_offset, [partition = std::move(partition), end_offset,
                                done = std::move(done)](const absl::Status& status) mutable {
    if (!status.ok()) return done(status);
    AwaitCommitment(*partition, end_offset, std::move(done));
  });
}

}  // namespace tidemark
