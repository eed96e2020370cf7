#include "api/transactions/transaction_transitions.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/error_code.h"

namespace tidemark {
namespace {

// The last epoch is for the markers of a transaction that has the one before.
constexpr ProducerEpoch kEpochOfProducersMax{std::numeric_limits<int16_t>::max() - 1};
constexpr int16_t kEpochPerTransaction = 2;  // KIP-890, transaction.version 2.

bool HasPassed(Timestamp since, absl::Duration span, Timestamp now) {
  return absl::FromUnixMillis(now.value()) - absl::FromUnixMillis(since.value()) >= span;
}

}  // namespace

bool IsEnding(const TransactionValue& value) {
  return value.status == TransactionStatus::kPrepareCommit ||
         value.status == TransactionStatus::kPrepareAbort;
}

bool IsCommit(const TransactionValue& value) {
  return value.status == TransactionStatus::kPrepareCommit ||
         value.status == TransactionStatus::kCompleteCommit;
}

bool NeedsNewProducerId(const TransactionValue& value) {
  return value.producer_epoch >= kEpochOfProducersMax;
}

TransactionValue BeginProducer(const absl::optional<TransactionValue>& before,
                               absl::optional<ProducerId> new_id, absl::Duration timeout,
                               Timestamp now) {
  TransactionValue value;
  if (before.has_value() && !NeedsNewProducerId(*before)) {
    value.producer_id = before->producer_id;
    value.producer_epoch = ProducerEpoch(static_cast<int16_t>(before->producer_epoch.value() + 1));
  } else {
    TM_CHECK(new_id.has_value());
    value.producer_id = *new_id;
    value.producer_epoch = ProducerEpoch(0);
    if (before.has_value()) value.previous_producer_id = before->producer_id;
  }
  value.timeout = timeout;
  value.status = TransactionStatus::kEmpty;
  value.last_update_time = now;
  value.client_transaction_version = kEpochPerTransaction;
  return value;
}

absl::Status CheckIdentity(const TransactionValue& value, const ProducerIdentity& identity) {
  const ProducerIdentity now{value.producer_id, value.producer_epoch};
  if (identity == now) return absl::OkStatus();
  return WithErrorCode(
      ErrorCode::kInvalidProducerEpoch,
      absl::FailedPreconditionError(absl::StrCat(
          "producer ", identity.producer_id.value(), " of epoch ", identity.producer_epoch.value(),
          " has been fenced: the transactional id belongs to producer ", now.producer_id.value(),
          " of epoch ", now.producer_epoch.value(), " now")));
}

TransactionValue JoinPartitions(const TransactionValue& before,
                                const std::set<TopicPartition>& partitions, Timestamp now) {
  TM_CHECK(!IsEnding(before));
  TransactionValue value = before;
  if (before.status != TransactionStatus::kOngoing) {
    value.status = TransactionStatus::kOngoing;
    value.partitions.clear();
    value.start_time = now;
  }
  value.partitions.insert(partitions.begin(), partitions.end());
  value.last_update_time = now;
  return value;
}

TransactionValue DecideOutcome(const TransactionValue& before, bool is_commit,
                               absl::optional<ProducerId> next_id, Timestamp now) {
  TM_CHECK(before.status == TransactionStatus::kOngoing);
  TM_CHECK(next_id.has_value() || !NeedsNewProducerId(before));
  TransactionValue value = before;
  value.status = is_commit ? TransactionStatus::kPrepareCommit : TransactionStatus::kPrepareAbort;
  // A broker's clients may have used the very last epoch; its markers cannot have a larger one.
  if (before.producer_epoch.value() < std::numeric_limits<int16_t>::max()) {
    value.producer_epoch = ProducerEpoch(static_cast<int16_t>(before.producer_epoch.value() + 1));
  }
  if (NeedsNewProducerId(before)) value.next_producer_id = *next_id;
  value.client_transaction_version = kEpochPerTransaction;
  value.last_update_time = now;
  return value;
}

TransactionValue CompleteOutcome(const TransactionValue& before, Timestamp now) {
  TM_CHECK(IsEnding(before));
  TransactionValue value = before;
  value.status =
      IsCommit(before) ? TransactionStatus::kCompleteCommit : TransactionStatus::kCompleteAbort;
  value.partitions.clear();
  if (before.next_producer_id != kNoProducerId) {
    value.previous_producer_id = before.producer_id;
    value.producer_id = before.next_producer_id;
    value.producer_epoch = ProducerEpoch(0);
    value.next_producer_id = kNoProducerId;
  }
  value.last_update_time = now;
  return value;
}

bool IsOverdue(const TransactionValue& value, Timestamp now) {
  return value.status == TransactionStatus::kOngoing &&
         HasPassed(value.start_time, value.timeout, now);
}

bool IsForgotten(const TransactionValue& value, Timestamp now, absl::Duration retention) {
  switch (value.status) {
    case TransactionStatus::kEmpty:
    case TransactionStatus::kCompleteCommit:
    case TransactionStatus::kCompleteAbort:
      return HasPassed(value.last_update_time, retention, now);
    case TransactionStatus::kDead:
      return true;
    default:
      return false;
  }
}

}  // namespace tidemark
