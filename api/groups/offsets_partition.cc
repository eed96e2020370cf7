#include "api/groups/offsets_partition.h"

#include <cstddef>
#include <utility>

#include "absl/time/time.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

// Of the keys in one batch, unless it has a single one: far below what any topic takes as a batch,
// unless it was made to take next to nothing.
constexpr size_t kKeyBytesPerBatch = size_t{32} << 10;

// How many of the first tombstones go into one batch.
size_t CountForBatch(absl::Span<const KeyedRecord> tombstones) {
  size_t count = 1;
  size_t key_bytes = tombstones.front().key.size();
  for (; count < tombstones.size(); ++count) {
    key_bytes += tombstones[count].key.size();
    if (key_bytes > kKeyBytesPerBatch) break;
  }
  return count;
}

}  // namespace

void OffsetsPartition::Load() {
  MutexLock lock(&mutex_);
  status_ = partition_.status();
  if (!status_.ok()) return;
  OffsetsState* const state = &state_;
  status_ = ReplayCommitted(**partition_,
                            [state](const RecordBatchView& batch) { return state->Replay(batch); });
}

absl::Status OffsetsPartition::Look(absl::FunctionRef<void(const OffsetsState&)> look) const {
  MutexLock lock(&mutex_);
  if (status_.ok()) look(state_);
  return status_;
}

absl::StatusOr<Offset> OffsetsPartition::Write(
    absl::Span<const KeyedRecord> records, Codec codec,
    const absl::optional<TransactionStamp>& transaction) {
  RecordBatchOptions options;
  options.codec = codec;
  if (transaction.has_value()) {
    options.producer_id = transaction->producer_id;
    options.producer_epoch = transaction->producer_epoch;
    options.base_sequence = Sequence(0);  // As Kafka's coordinators, whose batches are not counted.
    options.is_transactional = true;
  }
  MutexLock lock(&mutex_);
  TM_RETURN_IF_ERROR(status_);
  return Append(records, options);
}

absl::StatusOr<OffsetsPartition::Burial> OffsetsPartition::Bury(
    absl::FunctionRef<std::vector<std::string>(const OffsetsState&)> choose) {
  MutexLock lock(&mutex_);
  TM_RETURN_IF_ERROR(status_);
  Burial burial;
  std::vector<KeyedRecord> tombstones;
  for (std::string& key : choose(state_)) tombstones.push_back({std::move(key), absl::nullopt});
  for (auto rest = absl::MakeConstSpan(tombstones); !rest.empty();) {
    const auto batch = rest.subspan(0, CountForBatch(rest));
    rest.remove_prefix(batch.size());
    TM_ASSIGN_OR_RETURN(burial.end_offset, Append(batch, RecordBatchOptions()));
    burial.tombstone_count += static_cast<int64_t>(batch.size());
  }
  return burial;
}

absl::StatusOr<Offset> OffsetsPartition::Append(absl::Span<const KeyedRecord> records,
                                                const RecordBatchOptions& options) {
  const Timestamp now(absl::ToUnixMillis(clock_->Now()));
  TM_ASSIGN_OR_RETURN(const RecordBatchView batch,
                      AppendAsCoordinator(**partition_, records, options, now, &builder_));
  TM_CHECK(state_.Replay(batch).ok());
  return batch.next_offset();
}

void OffsetsPartition::EndTransaction(ProducerId producer_id, bool is_commit) {
  MutexLock lock(&mutex_);
  state_.EndTransaction(producer_id, is_commit);
}

}  // namespace tidemark
