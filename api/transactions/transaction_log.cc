#include "api/transactions/transaction_log.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "api/base/java_string_hash.h"
#include "api/catalog/internal_topics.h"
#include "api/partitions/coordinator_append.h"
#include "api/transactions/transaction_key.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr size_t kTransactionalIdBytesMax = 32767;

absl::StatusOr<int32_t> HashOf(absl::string_view transactional_id) {
  const absl::optional<int32_t> hash = JavaStringHash(transactional_id);
  if (hash.has_value() && !transactional_id.empty() &&
      transactional_id.size() <= kTransactionalIdBytesMax) {
    return *hash;
  }
  return absl::InvalidArgumentError(absl::StrCat("\"",
                                                 absl::CHexEscape(transactional_id.substr(0, 64)),
                                                 "\" is not a transactional id: UTF-8 of 1 to ",
                                                 kTransactionalIdBytesMax, " bytes is expected"));
}

absl::Status ReplayBatch(const RecordBatchView& batch, TransactionLog::Visit visit) {
  if (batch.is_control()) return absl::OkStatus();
  TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
  RecordView record;
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool is_there, reader.Next(&record));
    if (!is_there) return absl::OkStatus();
    const std::string place = absl::StrCat("the record at offset ", record.offset.value());
    const absl::StatusOr<absl::string_view> id = ParseTransactionKey(record.key.value_or(""));
    TM_RETURN_IF_ERROR(Annotate(id.status(), place));
    absl::optional<TransactionValue> value;
    if (record.value.has_value()) {
      absl::StatusOr<TransactionValue> parsed = TransactionValue::Parse(*record.value);
      TM_RETURN_IF_ERROR(Annotate(parsed.status(), place));
      value = *std::move(parsed);
    }
    visit(*id, std::move(value));
  }
}

}  // namespace

void TransactionLog::Load(Visit visit) {
  const absl::StatusOr<std::shared_ptr<SharedTopic>> topic = catalog_->Find(kTransactionsTopic);
  if (!topic.ok()) return;
  for (int32_t number = 0; number < (*topic)->partitions().count(); ++number) {
    const absl::StatusOr<std::shared_ptr<OpenPartition>> partition =
        (*topic)->partitions().Find(PartitionId(number));
    if (!partition.ok()) continue;  // Whoever needs it finds out why.
    absl::Status loaded = (*partition)->log->Sync((*partition)->log->offsets().log_end);
    if (loaded.ok()) {
      loaded = ReplayCommitted(
          **partition, [visit](const RecordBatchView& batch) { return ReplayBatch(batch, visit); });
    }
    if (!loaded.ok()) failures_[PartitionId(number)] = loaded;
  }
}

absl::Status TransactionLog::Prepare(absl::string_view transactional_id) {
  TM_RETURN_IF_ERROR(HashOf(transactional_id).status());
  const absl::Status found = catalog_->Find(kTransactionsTopic).status();
  if (!absl::IsNotFound(found)) return found;
  const ConfigMap engine_config = engine_->DescribeEngine().effective_config;
  int32_t partition_count = 0;
  TM_CHECK(
      absl::SimpleAtoi(engine_config.at("transaction.state.log.num.partitions"), &partition_count));
  const ConfigMap config = {
      {"cleanup.policy", "compact"},
      {"compression.type", "uncompressed"},
      {"segment.bytes", engine_config.at("transaction.state.log.segment.bytes")},
  };
  return catalog_->Create(kTransactionsTopic, partition_count, config).status();
}

absl::StatusOr<std::shared_ptr<OpenPartition>> TransactionLog::FindPartition(
    absl::string_view transactional_id) const {
  TM_ASSIGN_OR_RETURN(const int32_t hash, HashOf(transactional_id));
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<SharedTopic> topic, catalog_->Find(kTransactionsTopic));
  const PartitionId number = CoordinatorPartition(hash, topic->partitions().count());
  const auto failure = failures_.find(number);
  if (failure != failures_.end()) return failure->second;
  return topic->partitions().Find(number);
}

absl::StatusOr<AppendPlace> TransactionLog::Append(absl::string_view transactional_id,
                                                   const absl::optional<TransactionValue>& value) {
  TM_ASSIGN_OR_RETURN(std::shared_ptr<OpenPartition> partition, FindPartition(transactional_id));
  KeyedRecord record{EncodeTransactionKey(transactional_id), absl::nullopt};
  if (value.has_value()) record.value = value->Encode();
  const Timestamp now(absl::ToUnixMillis(clock_->Now()));
  TM_ASSIGN_OR_RETURN(const RecordBatchView batch,
                      AppendAsCoordinator(*partition, {&record, 1}, {}, now, &builder_));
  return AppendPlace{std::move(partition), batch.next_offset()};
}

absl::StatusOr<LeaderEpoch> TransactionLog::CoordinatorEpoch(
    absl::string_view transactional_id) const {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<OpenPartition> partition,
                      FindPartition(transactional_id));
  return partition->replicator->LeadingEpoch();
}

}  // namespace tidemark
