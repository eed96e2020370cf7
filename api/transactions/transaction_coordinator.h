#ifndef TIDEMARK_API_TRANSACTIONS_TRANSACTION_COORDINATOR_H_
#define TIDEMARK_API_TRANSACTIONS_TRANSACTION_COORDINATOR_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "api/catalog/topic_catalog.h"
#include "api/groups/offset_store.h"
#include "api/transactions/transaction_log.h"
#include "api/transactions/transaction_markers.h"
#include "api/transactions/transaction_transitions.h"
#include "storage/base/mutex.h"
#include "storage/engine.h"
#include "storage/env.h"
#include "storage/periodic_task.h"
#include "storage/types.h"

namespace tidemark {

// Carries transactions from their beginning to their end (KIP-98), for all transactional ids of a
// data directory. Every step is a record of `__transaction_state` first. Thread-safe.
//
// An end goes: records and offsets of the transaction as durable as the end is to be; the outcome
// in the topic; the markers; the completion in the topic. From the second on it holds, and whatever
// is left of it is done later if it cannot be done now, by whoever opens the directory next if need
// be.
class TransactionCoordinator : public std::enable_shared_from_this<TransactionCoordinator> {
 public:
  using Done = std::function<void(absl::StatusOr<ProducerIdentity>)>;

  // Not owned: the catalog, the engine, the seams.
  TransactionCoordinator(TopicCatalog* catalog, StorageEngine* engine,
                         std::shared_ptr<OffsetStore> offsets, const Environment& environment);

  // Loads the topic, if there is one; ends what is decided or overdue, and begins to look for that.
  // Once, before all else.
  void Open();
  // Stops that; all later calls, and steps, fail with FAILED_PRECONDITION. On return none is under
  // way.
  void Close();

  // A producer begins under the id; the transaction of the one before is aborted. On stable storage
  // when `done` is called.
  void BeginProducer(const std::string& transactional_id, absl::Duration timeout, Done done);

  // Records or offsets are about to be written to these. Returns once that is in the topic.
  absl::Status JoinPartitions(const std::string& transactional_id, const ProducerIdentity& identity,
                              const std::set<TopicPartition>& partitions);

  // `done` gets the identity for the next transaction, or why this one is still open. Without an
  // open transaction nothing happens.
  void EndTransaction(const std::string& transactional_id, const ProducerIdentity& identity,
                      bool is_commit, Durability durability, Done done);

 private:
  using Step = std::function<void()>;

  struct Entry {
    absl::optional<TransactionValue> value;  // Absent until a producer has begun.
    bool is_ending = false;                  // An end is under way, step by step.
    std::vector<Step> waiting;               // For that to end.
    std::set<TopicPartition> marked;         // Have the marker of the outcome for good.
    absl::Status delay;                      // Why the last end could not be completed.
    absl::Status failure;                    // Why nothing can be done for the id any more.
  };
  struct Ending {
    std::string transactional_id;
    bool is_commit = false;
    Durability durability = Durability::kBuffered;
    Done done;
    ProducerIdentity next;  // Once the outcome is decided.
  };
  using EndingPointer = std::shared_ptr<Ending>;

  // Between them, Close waits. False after it.
  bool EnterStep();
  void LeaveStep();
  Timestamp Now() const;

  void ReconcileWithLogs() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends what is decided or overdue.
  void EndWhatIsDue();
  void ForgetUnused();

  // `may_end`: a transaction that is in the way may be ended first.
  void Begin(const std::string& transactional_id, absl::Duration timeout, bool may_end, Done done);
  // Returns what is to be done next, without the lock.
  Step PlanBeginning(const std::string& transactional_id, absl::Duration timeout, bool may_end,
                     Done done) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<AppendPlace> WriteBeginning(const std::string& transactional_id,
                                             absl::Duration timeout, Entry* entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<absl::optional<ProducerId>> NewIdIf(bool is_needed);

  absl::StatusOr<Entry*> FindOwned(const std::string& transactional_id,
                                   const ProducerIdentity& identity)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Delayed(const Entry& entry) const;

  EndingPointer StartEnding(const std::string& transactional_id, Entry* entry,
                            Durability durability, Done done) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The steps of an end, each of which leads to the next or to Finish.
  void AwaitRecords(const EndingPointer& ending, const std::set<TopicPartition>& partitions);
  void Decide(const EndingPointer& ending);
  absl::StatusOr<AppendPlace> WriteOutcome(Ending* ending);
  void WriteMarkers(const EndingPointer& ending);
  absl::Status AppendMarkers(const Ending& ending, std::vector<AppendPlace>* places);
  void NoteMarked(const Ending& ending, const std::set<TopicPartition>& partitions);
  void Complete(const EndingPointer& ending);
  absl::StatusOr<AppendPlace> WriteCompletion(Ending* ending);
  // The outcome holds, and what is left is done later.
  void Postpone(const EndingPointer& ending, const absl::Status& why);
  void NoteFailure(const std::string& transactional_id, const absl::Status& why);
  void Finish(const EndingPointer& ending, const absl::StatusOr<ProducerIdentity>& result);
  void Await(std::vector<AppendPlace> places, const EndingPointer& ending,
             std::function<void(const absl::Status&)> next);

  TopicCatalog* const catalog_;
  StorageEngine* const engine_;
  const std::shared_ptr<OffsetStore> offsets_;
  const Environment environment_;
  const TransactionMarkers markers_;
  absl::Duration timeout_max_;
  absl::Duration retention_;

  // Held through one record of the topic and what comes of it, and through its making.
  Mutex mutex_;
  CondVar idle_;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  int step_count_ ABSL_GUARDED_BY(mutex_) = 0;
  TransactionLog log_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);

  std::unique_ptr<PeriodicTask> due_;
  std::unique_ptr<PeriodicTask> unused_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_TRANSACTIONS_TRANSACTION_COORDINATOR_H_
