#ifndef TIDEMARK_REPLICATION_REPLICATOR_H_
#define TIDEMARK_REPLICATION_REPLICATOR_H_

// The plug between those who use a log and what makes copies of it. The log itself knows nothing of
// replicas; whoever appends tells the partition's replicator, and waits on it for commitment.

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

// Replication of one partition, on one of its replicas. Thread-safe.
class Replicator {
 public:
  // Closes, if Close was not called.
  virtual ~Replicator() = default;

  // The epoch in which this replica leads, for AppendOptions::leader_epoch. FAILED_PRECONDITION if
  // it does not lead now, or after Close; nothing must be appended then. An epoch that ends before
  // the append is done is refused by the log.
  virtual absl::StatusOr<LeaderEpoch> LeadingEpoch() const = 0;

  // Everything below this offset is committed: it is on every replica that counts, it will not be
  // truncated, and consumers may read it. At most the log end, and never falls while this replica
  // leads. Keeps its last value after Close.
  virtual Offset high_watermark() const = 0;

  // Tells that the log has grown to `log_end` by an append in the leading epoch. Called after every
  // such append, by the thread that made it, in any order among threads. Does not block. No effect
  // after Close.
  virtual void OnAppend(Offset log_end) = 0;

  // Calls `done` once: with OK when the record at `offset` is committed, that is, when the high
  // watermark is above `offset` (perhaps before this returns); DEADLINE_EXCEEDED after `timeout`;
  // FAILED_PRECONDITION when this replica stops leading, after Close, or when the log closes.
  // `done` must not block. It may run on any thread, and no lock of the replicator is held.
  virtual void AwaitCommitted(Offset offset, absl::Duration timeout,
                              std::function<void(absl::Status)> done) = 0;

  // Stops replicating. Waits that are under way end now or, at the latest, when the log closes. The
  // log is not closed, and may be closed already.
  virtual void Close() = 0;
};

// Makes the replicator of each partition that is opened. Thread-safe.
class ReplicatorFactory {
 public:
  virtual ~ReplicatorFactory() = default;

  // `log` is open, and shared: the replicator may keep it for as long as it lives.
  virtual absl::StatusOr<std::unique_ptr<Replicator>> Create(std::shared_ptr<ReplicaLog> log) = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_REPLICATION_REPLICATOR_H_
