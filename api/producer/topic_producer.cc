#include "api/producer/topic_producer.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "api/partitions/acknowledgement.h"
#include "api/producer/partition_choice.h"
#include "storage/base/status_macros.h"

namespace tidemark {

void TopicProducer::Append(absl::Span<const Record> records, const ProduceOptions& options,
                           Done done) {
  absl::StatusOr<std::shared_ptr<OpenPartition>> partition = Place(records, options);
  if (!partition.ok()) return done(partition.status());
  const absl::StatusOr<AppendAck> ack = AppendTo(**partition, records, options.codec, {});
  if (!ack.ok()) return done(ack.status());
  Acknowledge(*partition, *ack, options.durability, std::move(done));
}

void TopicProducer::Acknowledge(const std::shared_ptr<OpenPartition>& partition, AppendAck ack,
                                Durability wanted, Done done) {
  if (ack.durability == Durability::kDurable) wanted = Durability::kBuffered;  // Nothing is left.
  AwaitAcknowledgement(partition, ack.offset + ack.record_count, wanted,
                       [ack, wanted, done = std::move(done)](const absl::Status& status) mutable {
                         if (!status.ok()) return done(status);
                         if (wanted == Durability::kDurable) ack.durability = wanted;
                         done(ack);
                       });
}

absl::StatusOr<std::shared_ptr<OpenPartition>> TopicProducer::Place(
    absl::Span<const Record> records, const ProduceOptions& options) {
  const int32_t partition_count = partitions_->count();
  absl::StatusOr<PartitionId> partition;
  {
    MutexLock lock(&mutex_);
    partition = ChoosePartition(records, options.partition, partition_count, &sticky_);
  }
  if (!partition.ok()) return Annotate(partition.status(), partitions_->topic());
  return partitions_->Find(*partition);
}

absl::StatusOr<AppendAck> TopicProducer::AppendTo(const OpenPartition& partition,
                                                  absl::Span<const Record> records, Codec codec,
                                                  const ProducerStamp& stamp) {
  std::unique_ptr<RecordBatchBuilder> builder = BorrowBuilder();
  RecordBatchOptions options;
  options.codec = codec;
  options.producer_id = stamp.producer_id;
  options.producer_epoch = stamp.producer_epoch;
  options.base_sequence = stamp.base_sequence;
  options.is_transactional = stamp.is_transactional;
  builder->Reset(options);
  absl::StatusOr<AppendAck> ack = AppendWith(builder.get(), partition, records);
  ReturnBuilder(std::move(builder));
  if (ack.ok()) return ack;
  const std::string name = PartitionName(partition.log->topic_partition());
  return absl::StartsWith(ack.status().message(), name) ? ack.status()
                                                        : Annotate(ack.status(), name);
}

absl::StatusOr<AppendAck> TopicProducer::AppendWith(RecordBatchBuilder* builder,
                                                    const OpenPartition& partition,
                                                    absl::Span<const Record> records) {
  AppendOptions options;
  TM_ASSIGN_OR_RETURN(options.leader_epoch, partition.replicator->LeadingEpoch());
  options.is_trusted = true;  // Built right here.
  const Timestamp now{absl::ToUnixMillis(clock_->Now())};
  for (const Record& record : records) {
    Record stamped = record;
    if (stamped.timestamp == kNoTimestamp) stamped.timestamp = now;
    TM_RETURN_IF_ERROR(builder->Add(stamped));
  }
  TM_ASSIGN_OR_RETURN(const absl::Span<char> batch, builder->Finish());
  TM_ASSIGN_OR_RETURN(const AppendResult result, partition.log->Append(batch, options));
  partition.replicator->OnAppend(result.last_offset + 1);

  AppendAck ack;
  ack.partition = partition.log->topic_partition().partition;
  ack.offset = result.base_offset;
  ack.record_count = static_cast<int32_t>(records.size());
  ack.log_append_time = result.log_append_time;
  ack.durability = result.durability;
  return ack;
}

std::unique_ptr<RecordBatchBuilder> TopicProducer::BorrowBuilder() {
  MutexLock lock(&mutex_);
  if (idle_builders_.empty()) return std::make_unique<RecordBatchBuilder>();
  std::unique_ptr<RecordBatchBuilder> builder = std::move(idle_builders_.back());
  idle_builders_.pop_back();
  return builder;
}

void TopicProducer::ReturnBuilder(std::unique_ptr<RecordBatchBuilder> builder) {
  MutexLock lock(&mutex_);
  if (idle_builders_.size() < kIdleBuildersMax) idle_builders_.push_back(std::move(builder));
}

}  // namespace tidemark
