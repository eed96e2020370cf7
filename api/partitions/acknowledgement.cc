#include "api/partitions/acknowledgement.h"

#include <utility>

#include "absl/time/time.h"
#include "api/base/join.h"

namespace tidemark {
namespace {

void AwaitCommitment(const OpenPartition& partition, Offset end_offset,
                     std::function<void(absl::Status)> done) {
  if (partition.replicator->high_watermark() >= end_offset) return done(absl::OkStatus());
  partition.replicator->AwaitCommitted(end_offset - 1, absl::InfiniteDuration(), std::move(done));
}

bool IsReached(const AppendPlace& place, Durability wanted) {
  if (wanted == Durability::kDurable &&
      place.partition->log->offsets().flushed < place.end_offset) {
    return false;
  }
  return place.partition->replicator->high_watermark() >= place.end_offset;
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

void AwaitAcknowledgements(std::vector<AppendPlace> places, Durability wanted, Executor* executor,
                           std::function<void(absl::Status)> done) {
  std::erase_if(places, [wanted](const AppendPlace& place) { return IsReached(place, wanted); });
  if (places.empty()) return done(absl::OkStatus());
  const auto join =
      Join::Make(places.size(), [executor, done = std::move(done)](const absl::Status& status) {
        executor->Run([done, status] { done(status); });
      });
  for (AppendPlace& place : places) {
    AwaitAcknowledgement(std::move(place.partition), place.end_offset, wanted, Join::Part(join));
  }
}

}  // namespace tidemark
