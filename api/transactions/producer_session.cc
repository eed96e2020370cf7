#include "api/transactions/producer_session.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/catalog/internal_topics.h"
#include "storage/base/status_macros.h"
#include "storage/error_code.h"

namespace tidemark {
namespace {

absl::Status WrongState(absl::string_view why) {
  return WithErrorCode(ErrorCode::kInvalidTransactionState, absl::FailedPreconditionError(why));
}

// Sequences wrap to 0 after 2^31 - 1.
Sequence Advance(Sequence sequence, int32_t count) {
  const int64_t next = int64_t{sequence.value()} + count;
  return Sequence(static_cast<int32_t>(next & std::numeric_limits<int32_t>::max()));
}

}  // namespace

ProducerSession::ProducerSession(std::string transactional_id, const ProducerIdentity& identity,
                                 std::shared_ptr<TransactionCoordinator> coordinator,
                                 std::shared_ptr<OffsetStore> offsets)
    : transactional_id_(std::move(transactional_id)),
      coordinator_(std::move(coordinator)),
      offsets_(std::move(offsets)),
      identity_(identity) {}

ProducerIdentity ProducerSession::identity() const {
  MutexLock lock(&mutex_);
  return identity_;
}

absl::Status ProducerSession::CheckTransactional() const {
  if (is_transactional()) return absl::OkStatus();
  return absl::FailedPreconditionError("this producer has no transactional id");
}

absl::Status ProducerSession::CheckOpen() const {
  switch (state_) {
    case State::kOpen:
      return absl::OkStatus();
    case State::kIdle:
      return WrongState(absl::StrCat("producer ", transactional_id_,
                                     ": there is no open transaction; begin one first"));
    case State::kEnding:
      return WrongState(
          absl::StrCat("producer ", transactional_id_, ": the transaction is being ended"));
  }
  return absl::OkStatus();
}

absl::Status ProducerSession::Begin() {
  TM_RETURN_IF_ERROR(CheckTransactional());
  MutexLock lock(&mutex_);
  if (state_ != State::kIdle) {
    return WrongState(absl::StrCat("producer ", transactional_id_, ": a transaction is open"));
  }
  state_ = State::kOpen;
  return absl::OkStatus();
}

absl::Status ProducerSession::Join(const TopicPartition& partition) {
  if (joined_.contains(partition)) return absl::OkStatus();
  TM_RETURN_IF_ERROR(coordinator_->JoinPartitions(transactional_id_, identity_, {partition}));
  joined_.insert(partition);
  return absl::OkStatus();
}

void ProducerSession::Append(SharedTopic* topic, absl::Span<const Record> records,
                             const ProduceOptions& options, TopicProducer::Done done) {
  if (absl::Status status = CheckNotInternal(topic->partitions().topic(), "append to");
      !status.ok()) {
    return done(status);
  }
  absl::StatusOr<std::shared_ptr<OpenPartition>> partition =
      topic->producer().Place(records, options);
  if (!partition.ok()) return done(partition.status());
  absl::StatusOr<AppendAck> ack;
  {
    MutexLock lock(&mutex_);
    ack = AppendNext(topic, **partition, records, options.codec);
  }
  if (!ack.ok()) return done(ack.status());
  TopicProducer::Acknowledge(*partition, *ack, options.durability, std::move(done));
}

absl::StatusOr<AppendAck> ProducerSession::AppendNext(SharedTopic* topic,
                                                      const OpenPartition& partition,
                                                      absl::Span<const Record> records,
                                                      Codec codec) {
  const TopicPartition& name = partition.log->topic_partition();
  if (is_transactional()) {
    TM_RETURN_IF_ERROR(CheckOpen());
    TM_RETURN_IF_ERROR(Join(name));
  }
  Sequence& next = next_sequences_.try_emplace(name, Sequence(0)).first->second;
  ProducerStamp stamp;
  stamp.producer_id = identity_.producer_id;
  stamp.producer_epoch = identity_.producer_epoch;
  stamp.base_sequence = next;
  stamp.is_transactional = is_transactional();
  TM_ASSIGN_OR_RETURN(const AppendAck ack,
                      topic->producer().AppendTo(partition, records, codec, stamp));
  next = Advance(next, ack.record_count);
  return ack;
}

absl::Status ProducerSession::SendOffsets(absl::string_view group,
                                          const OffsetsByPartition& offsets) {
  TM_RETURN_IF_ERROR(CheckTransactional());
  TM_ASSIGN_OR_RETURN(const PartitionId partition, offsets_->PartitionOf(group));
  MutexLock lock(&mutex_);
  TM_RETURN_IF_ERROR(CheckOpen());
  TM_RETURN_IF_ERROR(Join({std::string(kOffsetsTopic), partition}));
  return offsets_->CommitInTransaction(group, offsets,
                                       {identity_.producer_id, identity_.producer_epoch});
}

void ProducerSession::End(bool is_commit, Durability durability,
                          std::function<void(absl::Status)> done) {
  if (absl::Status status = CheckTransactional(); !status.ok()) return done(status);
  absl::Status status;
  ProducerIdentity identity;
  bool is_empty = false;
  {
    MutexLock lock(&mutex_);
    status = CheckOpen();
    identity = identity_;
    is_empty = joined_.empty();
    if (status.ok()) state_ = is_empty ? State::kIdle : State::kEnding;
  }
  if (!status.ok() || is_empty) return done(status);
  coordinator_->EndTransaction(transactional_id_, identity, is_commit, durability,
                               [self = shared_from_this(), done = std::move(done)](
                                   const absl::StatusOr<ProducerIdentity>& next) {
                                 self->OnEnded(next);
                                 done(next.status());
                               });
}

void ProducerSession::OnEnded(const absl::StatusOr<ProducerIdentity>& next) {
  MutexLock lock(&mutex_);
  state_ = next.ok() ? State::kIdle : State::kOpen;
  if (!next.ok()) return;
  joined_.clear();
  if (*next == identity_) return;
  identity_ = *next;
  next_sequences_.clear();
}

}  // namespace tidemark
