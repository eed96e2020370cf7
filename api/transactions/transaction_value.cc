#include "api/transactions/transaction_value.h"

#include <cstddef>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/base/message_fields.h"
#include "storage/base/bytes.h"

namespace tidemark {
namespace {

constexpr int16_t kFlexibleVersion = 1;
constexpr int16_t kVersionMax = 1;
constexpr uint32_t kPreviousProducerIdTag = 0;
constexpr uint32_t kNextProducerIdTag = 1;
constexpr uint32_t kClientTransactionVersionTag = 2;

constexpr absl::string_view kStatusNames[] = {
    "Empty",          "Ongoing",       "PrepareCommit", "PrepareAbort",
    "CompleteCommit", "CompleteAbort", "Dead",          "PrepareEpochFence",
};

// A tagged field; left out where it has its default.
template <typename T>
void AddTag(uint32_t tag, T value, T otherwise, std::vector<std::pair<uint32_t, std::string>>* to) {
  if (value == otherwise) return;
  MessageWriter writer(MessageForm::kFlexible);
  writer.PutInt(value);
  to->emplace_back(tag, writer.Finish());
}

template <typename T>
bool ReadTag(absl::string_view bytes, T* value) {
  ByteReader reader(bytes);
  return reader.Take(value) && reader.empty();
}

void PutPartitions(const TransactionValue& value, MessageWriter* writer) {
  if (value.status == TransactionStatus::kEmpty) return writer->PutCount(absl::nullopt);
  std::map<absl::string_view, std::vector<PartitionId>> topics;
  for (const TopicPartition& partition : value.partitions) {
    topics[partition.topic].push_back(partition.partition);
  }
  writer->PutCount(static_cast<int32_t>(topics.size()));
  for (const auto& [topic, partitions] : topics) {
    writer->PutString(topic);
    writer->PutCount(static_cast<int32_t>(partitions.size()));
    for (const PartitionId partition : partitions) writer->PutInt(partition.value());
    writer->PutUnsignedVarint(0);
  }
}

void TakePartitions(MessageReader* reader, TransactionValue* value) {
  // A name's length and a count, at least.
  const int32_t topic_count = reader->TakeNullableCount(2).value_or(0);
  for (int32_t i = 0; i < topic_count; ++i) {
    const std::string topic(reader->TakeString());
    const int32_t partition_count = reader->TakeCount(sizeof(int32_t));
    for (int32_t j = 0; j < partition_count; ++j) {
      value->partitions.insert({topic, PartitionId(reader->TakeInt<int32_t>())});
    }
    reader->PassTags();
  }
}

void TakeTags(MessageReader* reader, TransactionValue* value) {
  reader->TakeTags([value](uint32_t tag, absl::string_view bytes) {
    int64_t id = kNoProducerId.value();
    switch (tag) {
      case kPreviousProducerIdTag:
        if (!ReadTag(bytes, &id)) return false;
        value->previous_producer_id = ProducerId(id);
        return true;
      case kNextProducerIdTag:
        if (!ReadTag(bytes, &id)) return false;
        value->next_producer_id = ProducerId(id);
        return true;
      case kClientTransactionVersionTag:
        return ReadTag(bytes, &value->client_transaction_version);
      default:
        return true;
    }
  });
}

}  // namespace

absl::string_view TransactionStatusName(TransactionStatus status) {
  const auto number = static_cast<size_t>(status);
  return number < std::size(kStatusNames) ? kStatusNames[number] : absl::string_view();
}

std::string TransactionValue::Encode() const {
  MessageWriter writer(MessageForm::kFlexible);
  writer.PutInt(kVersionMax);
  writer.PutInt(producer_id.value());
  writer.PutInt(producer_epoch.value());
  writer.PutInt(static_cast<int32_t>(absl::ToInt64Milliseconds(timeout)));
  writer.PutInt(static_cast<int8_t>(status));
  PutPartitions(*this, &writer);
  writer.PutInt(last_update_time.value());
  writer.PutInt(start_time.value());
  std::vector<std::pair<uint32_t, std::string>> tags;
  AddTag(kPreviousProducerIdTag, previous_producer_id.value(), kNoProducerId.value(), &tags);
  AddTag(kNextProducerIdTag, next_producer_id.value(), kNoProducerId.value(), &tags);
  AddTag(kClientTransactionVersionTag, client_transaction_version, int16_t{0}, &tags);
  writer.PutUnsignedVarint(static_cast<uint32_t>(tags.size()));
  for (const auto& [tag, bytes] : tags) {
    writer.PutUnsignedVarint(tag);
    writer.PutUnsignedVarint(static_cast<uint32_t>(bytes.size()));
    writer.PutRaw(bytes);
  }
  return writer.Finish();
}

absl::StatusOr<TransactionValue> TransactionValue::Parse(absl::string_view value) {
  MessageReader reader(value);
  const int16_t version = reader.TakeInt<int16_t>();
  if (reader.ok() && version > kVersionMax) {
    return absl::UnimplementedError(absl::StrCat("a value of the transaction log has version ",
                                                 version, "; versions up to ", kVersionMax,
                                                 " are known"));
  }
  if (version >= kFlexibleVersion) reader.set_form(MessageForm::kFlexible);
  TransactionValue result;
  result.producer_id = ProducerId(reader.TakeInt<int64_t>());
  result.producer_epoch = ProducerEpoch(reader.TakeInt<int16_t>());
  result.timeout = absl::Milliseconds(reader.TakeInt<int32_t>());
  result.status = static_cast<TransactionStatus>(reader.TakeInt<int8_t>());
  TakePartitions(&reader, &result);
  // As Kafka does, whatever stands there.
  if (result.status == TransactionStatus::kEmpty) result.partitions.clear();
  result.last_update_time = Timestamp(reader.TakeInt<int64_t>());
  result.start_time = Timestamp(reader.TakeInt<int64_t>());
  TakeTags(&reader, &result);
  if (version < 0 || !reader.IsDone() || TransactionStatusName(result.status).empty()) {
    return absl::DataLossError(
        absl::StrCat("a value of ", value.size(), " bytes, version ", version, " and status ",
                     static_cast<int>(result.status), " is not one of the transaction log"));
  }
  return result;
}

}  // namespace tidemark
