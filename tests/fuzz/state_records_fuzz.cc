// Keys and values of `__consumer_offsets` and `__transaction_state`: every parser gets the whole
// input. Besides, its first byte parts the rest into a key and a value of a record that a group's
// state is made of.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "api/groups/group_metadata_value.h"
#include "api/groups/offset_commit_value.h"
#include "api/groups/offsets_key.h"
#include "api/groups/offsets_state.h"
#include "api/transactions/transaction_key.h"
#include "api/transactions/transaction_value.h"
#include "storage/base/check.h"
#include "storage/record.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"
#include "storage/types.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

void CheckError(const absl::Status& status) {
  TM_CHECK(absl::IsDataLoss(status) || absl::IsUnimplemented(status));
}

void CheckKeys(absl::string_view bytes) {
  const absl::StatusOr<OffsetsKey> key = OffsetsKey::Parse(bytes);
  if (!key.ok()) {
    CheckError(key.status());
  } else if (key->type == kOffsetCommitType) {
    const TopicPartition partition{std::string(key->topic), key->partition};
    TM_CHECK(EncodeOffsetCommitKey(key->group, partition) == bytes);
  } else if (key->type == kGroupMetadataType) {
    TM_CHECK(EncodeGroupMetadataKey(key->group) == bytes);
  }
  const absl::StatusOr<absl::string_view> id = ParseTransactionKey(bytes);
  if (id.ok()) {
    TM_CHECK(EncodeTransactionKey(*id) == bytes);
  } else {
    CheckError(id.status());
  }
}

void CheckOffsetCommit(absl::string_view bytes) {
  absl::StatusOr<OffsetCommitValue> commit = OffsetCommitValue::Parse(bytes);
  if (!commit.ok()) return CheckError(commit.status());
  const absl::StatusOr<OffsetCommitValue> again = OffsetCommitValue::Parse(commit->Encode());
  TM_CHECK(again.ok() && again->offset == commit->offset && again->metadata == commit->metadata);
  TM_CHECK(again->leader_epoch == commit->leader_epoch && again->topic_id == commit->topic_id);
  TM_CHECK(again->commit_time == commit->commit_time);
}

void CheckValues(absl::string_view bytes) {
  CheckOffsetCommit(bytes);
  const absl::StatusOr<GroupMetadataValue> group = GroupMetadataValue::Parse(bytes);
  if (!group.ok()) CheckError(group.status());
  const absl::StatusOr<TransactionValue> transaction = TransactionValue::Parse(bytes);
  if (!transaction.ok()) return CheckError(transaction.status());
  const absl::StatusOr<TransactionValue> again = TransactionValue::Parse(transaction->Encode());
  TM_CHECK(again.ok() && *again == *transaction);
}

// Replays one record of a producer's transaction, or none's, and looks at what is known then.
void Replay(absl::string_view key, absl::string_view value, bool in_transaction,
            OffsetsState* state) {
  RecordBatchOptions options;
  options.is_transactional = in_transaction;
  if (in_transaction) options.producer_id = ProducerId(1);
  if (in_transaction) options.producer_epoch = ProducerEpoch(0);
  RecordBatchBuilder builder(options);
  Record record;
  record.key = key;
  if (!value.empty()) record.value = value;
  record.timestamp = Timestamp(1000);
  TM_CHECK(builder.Add(record).ok());
  const absl::StatusOr<absl::Span<char>> bytes = builder.Finish();
  TM_CHECK(bytes.ok());
  const absl::StatusOr<RecordBatchView> batch =
      RecordBatchView::Parse({bytes->data(), bytes->size()});
  TM_CHECK(batch.ok());
  const absl::Status replayed = state->Replay(*batch);
  if (!replayed.ok()) CheckError(replayed);
  if (in_transaction) state->EndTransaction(options.producer_id, true);
}

}  // namespace

void FuzzStateRecords(absl::string_view input) {
  CheckKeys(input);
  CheckValues(input);
  FuzzInput choices(input);
  const bool in_transaction = choices.TakeByte() % 2 == 1;
  const absl::string_view key = choices.TakeBytes(choices.TakeByte());
  OffsetsState state;
  Replay(key, choices.rest(), in_transaction, &state);
  for (const std::string& group : state.Groups()) {
    TM_CHECK(state.HasGroup(group));
    // Tombstones for all its keys leave nothing of it.
    for (const std::string& gone : state.KeysOfGroup(group)) Replay(gone, "", false, &state);
    TM_CHECK(!state.HasGroup(group));
  }
  TM_CHECK(state.ExpiredKeys(Timestamp(2000), absl::ZeroDuration()).empty());
}

}  // namespace tidemark
