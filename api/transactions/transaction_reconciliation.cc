#include "api/transactions/transaction_reconciliation.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "api/transactions/transaction_transitions.h"

namespace tidemark {
namespace {

constexpr int16_t kEpochMax = std::numeric_limits<int16_t>::max();

// True if a transaction with this epoch is the one whose end `value` tells of. Since KIP-890 the
// end has the next epoch; the last one has none.
bool IsEndOf(const TransactionValue& value, ProducerEpoch epoch) {
  if (value.client_transaction_version < 2 || epoch.value() == kEpochMax) {
    return value.producer_epoch == epoch;
  }
  return value.producer_epoch.value() == epoch.value() + 1;
}

// True if the id will end the transaction that `partition` has open with this epoch.
bool WillEnd(const TransactionValue& value, const TopicPartition& partition, ProducerEpoch epoch) {
  if (!value.partitions.contains(partition)) return false;
  if (value.status == TransactionStatus::kOngoing) return value.producer_epoch == epoch;
  return IsEnding(value) && IsEndOf(value, epoch);
}

}  // namespace

ProducerEpoch ReconciledEpoch(const TransactionValue& value, const ProducerSummary& producer) {
  if (producer.producer_id != value.producer_id) return value.producer_epoch;
  return std::max(value.producer_epoch, producer.producer_epoch);
}

absl::optional<TransactionEnd> OrphanMarker(const TransactionValue& value,
                                            const TopicPartition& partition,
                                            const ProducerSummary& producer, ProducerEpoch epoch) {
  const bool is_current = producer.producer_id == value.producer_id;
  const bool is_previous = producer.producer_id == value.previous_producer_id;
  if (!producer.open_transaction_first_offset.has_value() || !(is_current || is_previous)) {
    return absl::nullopt;
  }
  if (is_current && WillEnd(value, partition, producer.producer_epoch)) return absl::nullopt;
  TransactionEnd end;
  end.producer_id = producer.producer_id;
  end.producer_epoch = is_current ? epoch : producer.producer_epoch;
  // Without an epoch of its own, a transaction is not told from the one after it.
  end.is_commit = is_current && IsCommit(value) && value.client_transaction_version >= 2 &&
                  IsEndOf(value, producer.producer_epoch);
  return end;
}

Reconciliation Reconcile(const std::map<std::string, TransactionValue>& values,
                         const ProducerSurvey& survey) {
  std::map<ProducerId, std::string> owners;
  for (const auto& [id, value] : values) {
    owners[value.producer_id] = id;
    if (value.previous_producer_id != kNoProducerId) owners.emplace(value.previous_producer_id, id);
  }
  Reconciliation result;
  for (const auto& [partition, producer] : survey) {
    const auto owner = owners.find(producer.producer_id);
    if (owner == owners.end()) continue;
    const ProducerEpoch epoch = ReconciledEpoch(values.at(owner->second), producer);
    ProducerEpoch& largest = result.epochs.emplace(owner->second, epoch).first->second;
    largest = std::max(largest, epoch);
  }
  for (const auto& [partition, producer] : survey) {
    const auto owner = owners.find(producer.producer_id);
    if (owner == owners.end()) continue;
    const std::string& id = owner->second;
    const absl::optional<TransactionEnd> end =
        OrphanMarker(values.at(id), partition, producer, result.epochs.at(id));
    if (end.has_value()) result.markers.push_back({id, partition, *end});
  }
  return result;
}

}  // namespace tidemark
