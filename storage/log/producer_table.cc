#include "storage/log/producer_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tidemark {
namespace {

absl::Status CheckEntry(const ProducerSnapshotEntry& entry) {
  const bool has_batch = entry.last_offset >= Offset(0);
  const bool is_sound =
      entry.producer_id >= ProducerId(0) && entry.producer_epoch >= kNoProducerEpoch &&
      entry.last_sequence >= kNoSequence && entry.coordinator_epoch >= -1 &&
      (!has_batch ||
       (entry.last_offset_delta >= 0 && entry.last_offset.value() >= entry.last_offset_delta)) &&
      entry.open_transaction_first_offset.value_or(Offset(0)) >= Offset(0);
  if (is_sound) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "producer snapshot: the entry of producer ", entry.producer_id.value(), " cannot be: epoch ",
      entry.producer_epoch.value(), ", last sequence ", entry.last_sequence.value(),
      ", last offset ", entry.last_offset.value(), " with delta ", entry.last_offset_delta));
}

}  // namespace

absl::StatusOr<absl::optional<ProducerState::Batch>> ProducerTable::Check(
    const ProducerBatch& batch, AppendOrigin origin) const {
  const ProducerState* const known = Find(batch.producer_id);
  if (known == nullptr || origin == AppendOrigin::kReplication) {
    return absl::optional<ProducerState::Batch>();
  }
  if (origin == AppendOrigin::kClient) {
    if (const ProducerState::Batch* const duplicate = known->FindDuplicate(batch)) {
      return absl::optional<ProducerState::Batch>(*duplicate);
    }
  }
  if (absl::Status status = known->Check(batch, origin); !status.ok()) return status;
  return absl::optional<ProducerState::Batch>();
}

absl::optional<TransactionIndexEntry> ProducerTable::Apply(const ProducerBatch& batch) {
  ProducerState& producer = FindOrAdd(batch.producer_id);
  const bool was_open = producer.transaction_first_offset().has_value();
  const absl::optional<Offset> ended = producer.Apply(batch);
  if (!was_open && producer.transaction_first_offset().has_value()) {
    transactions_.Begin(batch.producer_id, batch.base_offset);
  }
  if (!ended.has_value()) return absl::nullopt;
  TransactionIndexEntry entry;
  entry.producer_id = batch.producer_id;
  entry.first_offset = *ended;
  entry.last_offset = batch.last_offset();
  entry.last_stable_offset = transactions_.End(entry.first_offset, entry.last_offset);
  if (batch.marker->is_commit) return absl::nullopt;
  return entry;
}

void ProducerTable::Expire(Timestamp now, absl::Duration silence) {
  // Timestamps may be any, and the clock is sane.
  const Timestamp limit = now - absl::ToInt64Milliseconds(silence);
  absl::erase_if(producers_, [&](const auto& entry) {
    const ProducerState& producer = entry.second;
    return !producer.transaction_first_offset().has_value() && producer.last_timestamp() <= limit;
  });
}

void ProducerTable::Clear() {
  producers_.clear();
  transactions_.Clear();
}

absl::Status ProducerTable::Restore(absl::Span<const ProducerSnapshotEntry> entries) {
  for (const ProducerSnapshotEntry& entry : entries) {
    if (absl::Status status = CheckEntry(entry); !status.ok()) return status;
  }
  for (const ProducerSnapshotEntry& entry : entries) {
    producers_.insert_or_assign(entry.producer_id, ProducerState(entry));
    if (entry.open_transaction_first_offset.has_value()) {
      transactions_.Begin(entry.producer_id, *entry.open_transaction_first_offset);
    }
  }
  return absl::OkStatus();
}

std::vector<ProducerSnapshotEntry> ProducerTable::Snapshot() const {
  std::vector<ProducerSnapshotEntry> entries;
  entries.reserve(producers_.size());
  for (const auto& [id, producer] : producers_) entries.push_back(producer.ToEntry());
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.producer_id < b.producer_id; });
  return entries;
}

const ProducerState* ProducerTable::Find(ProducerId producer_id) const {
  const auto found = producers_.find(producer_id);
  return found == producers_.end() ? nullptr : &found->second;
}

ProducerState& ProducerTable::FindOrAdd(ProducerId producer_id) {
  const auto found = producers_.find(producer_id);
  if (found != producers_.end()) return found->second;
  if (producers_.size() >= producers_max_) ForgetSilent();
  return producers_.emplace(producer_id, ProducerState(producer_id)).first->second;
}

// An eighth at once, so that the next ones need not look for room.
void ProducerTable::ForgetSilent() {
  std::vector<Timestamp> times;
  times.reserve(producers_.size());
  for (const auto& [id, producer] : producers_) times.push_back(producer.last_timestamp());
  const auto limit = times.begin() + static_cast<ptrdiff_t>(times.size() / 8);
  std::nth_element(times.begin(), limit, times.end());
  size_t left = times.size() / 8 + 1;
  absl::erase_if(producers_, [&](const auto& entry) {
    const ProducerState& producer = entry.second;
    if (left == 0 || producer.transaction_first_offset().has_value() ||
        producer.last_timestamp() > *limit) {
      return false;
    }
    --left;
    return true;
  });
}

}  // namespace tidemark
