#ifndef TIDEMARK_API_PRODUCER_H_
#define TIDEMARK_API_PRODUCER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "api/groups.h"
#include "api/topic.h"
#include "storage/record.h"
#include "storage/types.h"

namespace tidemark {

class ProducerSession;

struct ProducerOptions {
  // Names the producer across restarts, and makes it transactional: UTF-8 of 1 to 32767 bytes.
  // Empty: a producer with an id of its own, and without transactions.
  std::string transactional_id = {};
  // A transaction that is open for longer is aborted, and its producer fenced. Of whole
  // milliseconds, at most `transaction.max.timeout.ms`.
  absl::Duration transaction_timeout = absl::Minutes(1);
};

// A producer with an id (KIP-98): each of its batches has a number, and a log takes each number
// once and in order. With a transactional id it appends records to any partitions, and commits
// offsets of consumer groups, in transactions that hold as a whole or not at all: readers of
// committed records (IsolationLevel::kReadCommitted) and groups see all of one or nothing.
//
// Of producers with the same transactional id the latest counts. Opening it aborts what the one
// before has left open, after a crash, too, and fences that one.
//
// Made by Tidemark::OpenProducer. Copies are cheap and share everything. Thread-safe; a producer
// has one transaction at a time. Handles may outlive the Tidemark; they must not be used then.
//
// Errors that every call may return besides its own: FAILED_PRECONDITION after the Tidemark was
// closed; the same with ErrorCode kInvalidProducerEpoch (storage/error_code.h) once the producer is
// fenced, by a later one, because a transaction took too long, or because its transactional id was
// not used for `transactional.id.expiration.ms`: open it anew. UNAVAILABLE while an
// earlier transaction cannot be completed, a full disk, say; that is tried again by itself. The
// blocking calls must not be made from a callback of Tidemark, nor where nothing else drives the
// executor.
class Producer {
 public:
  // ---- Appending: as the calls of Topic, with the same results and errors. The producer's batches
  // are in each partition in the order of its calls. One with a transactional id appends in its
  // open transaction: FAILED_PRECONDITION with ErrorCode kInvalidTransactionState without one. A
  // record that was refused is not part of the transaction, which goes on.

  absl::StatusOr<AppendAck> Append(const Topic& topic, const Record& record,
                                   const ProduceOptions& options = {});
  absl::StatusOr<AppendAck> AppendBatch(const Topic& topic, absl::Span<const Record> records,
                                        const ProduceOptions& options = {});
  void AppendAsync(const Topic& topic, absl::Span<const Record> records,
                   const ProduceOptions& options,
                   std::function<void(absl::StatusOr<AppendAck>)> done);

  // ---- Transactions. FAILED_PRECONDITION without a transactional id.

  // FAILED_PRECONDITION with kInvalidTransactionState if one is open. Writes nothing.
  absl::Status BeginTransaction();

  // The offsets hold for the group if and when the transaction is committed. Errors as in
  // Groups::CommitOffsets, after which none of them will; kInvalidTransactionState without an open
  // transaction.
  absl::Status SendOffsets(absl::string_view group, const OffsetsByPartition& offsets);

  // After OK the transaction holds: its records are there for readers of committed records, and its
  // offsets for the groups. (Where a marker cannot be written yet, they follow when it can.)
  //
  // kDurable: on stable storage on return, and whatever happens, a power loss at any moment
  // included, all of it holds or nothing does. kBuffered: the same for as long as only the process
  // ends; a power loss soon after may leave a part.
  //
  // After an error the transaction is still open, and may be committed again or aborted; after
  // DATA_LOSS alone its outcome is only known when the directory is opened anew.
  absl::Status CommitTransaction(Durability durability = Durability::kDurable);

  // Nobody who reads committed records ever sees its records; its offsets never hold. Stays so
  // after a power loss: what was not committed is aborted by whoever opens the producer next.
  absl::Status AbortTransaction();

  // The same without waiting. `done` is called once, before or after this returns, on any thread,
  // and must not block. Until then the producer appends nothing.
  void CommitTransactionAsync(Durability durability, std::function<void(absl::Status)> done);
  void AbortTransactionAsync(std::function<void(absl::Status)> done);

  // What its batches have now. The epoch rises with each transaction (KIP-890), and at its end
  // another id follows.
  ProducerId producer_id() const;
  ProducerEpoch producer_epoch() const;

 private:
  friend class Tidemark;

  explicit Producer(std::shared_ptr<ProducerSession> session) : session_(std::move(session)) {}

  std::shared_ptr<ProducerSession> session_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_PRODUCER_H_
