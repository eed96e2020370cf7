#ifndef TIDEMARK_API_TRANSACTIONS_PRODUCER_SESSION_H_
#define TIDEMARK_API_TRANSACTIONS_PRODUCER_SESSION_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "api/catalog/shared_topic.h"
#include "api/groups.h"
#include "api/groups/offset_store.h"
#include "api/topic.h"
#include "api/transactions/transaction_coordinator.h"
#include "api/transactions/transaction_transitions.h"
#include "storage/base/mutex.h"
#include "storage/record.h"
#include "storage/types.h"

namespace tidemark {

// What all handles on one producer share: who it is, the numbers of its batches, and its
// transaction. See Producer for what the calls promise. Thread-safe.
class ProducerSession : public std::enable_shared_from_this<ProducerSession> {
 public:
  // Without a transactional id if that is empty; the others are then null.
  ProducerSession(std::string transactional_id, const ProducerIdentity& identity,
                  std::shared_ptr<TransactionCoordinator> coordinator,
                  std::shared_ptr<OffsetStore> offsets);

  void Append(SharedTopic* topic, absl::Span<const Record> records, const ProduceOptions& options,
              TopicProducer::Done done);
  absl::Status Begin();
  absl::Status SendOffsets(absl::string_view group, const OffsetsByPartition& offsets);
  void End(bool is_commit, Durability durability, std::function<void(absl::Status)> done);

  ProducerIdentity identity() const;

 private:
  enum class State { kIdle, kOpen, kEnding };

  bool is_transactional() const { return !transactional_id_.empty(); }
  absl::Status CheckTransactional() const;
  absl::Status CheckOpen() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Join(const TopicPartition& partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<AppendAck> AppendNext(SharedTopic* topic, const OpenPartition& partition,
                                       absl::Span<const Record> records, Codec codec)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnEnded(const absl::StatusOr<ProducerIdentity>& next);

  const std::string transactional_id_;
  const std::shared_ptr<TransactionCoordinator> coordinator_;
  const std::shared_ptr<OffsetStore> offsets_;

  // Held over one append, so that the numbers of batches are in the order of the log.
  mutable Mutex mutex_;
  ProducerIdentity identity_ ABSL_GUARDED_BY(mutex_);
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  std::set<TopicPartition> joined_ ABSL_GUARDED_BY(mutex_);
  std::map<TopicPartition, Sequence> next_sequences_ ABSL_GUARDED_BY(mutex_);  // Of this epoch.
};

}  // namespace tidemark

#endif  // TIDEMARK_API_TRANSACTIONS_PRODUCER_SESSION_H_
