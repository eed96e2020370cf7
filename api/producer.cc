#include "api/producer.h"

#include "api/base/mailbox.h"
#include "api/transactions/producer_session.h"

namespace tidemark {

absl::StatusOr<AppendAck> Producer::Append(const Topic& topic, const Record& record,
                                           const ProduceOptions& options) {
  return AppendBatch(topic, absl::MakeConstSpan(&record, 1), options);
}

absl::StatusOr<AppendAck> Producer::AppendBatch(const Topic& topic,
                                                absl::Span<const Record> records,
                                                const ProduceOptions& options) {
  Mailbox<absl::StatusOr<AppendAck>> mailbox;
  AppendAsync(topic, records, options,
              [&mailbox](absl::StatusOr<AppendAck> ack) { mailbox.Put(std::move(ack)); });
  return mailbox.Take();
}

void Producer::AppendAsync(const Topic& topic, absl::Span<const Record> records,
                           const ProduceOptions& options,
                           std::function<void(absl::StatusOr<AppendAck>)> done) {
  session_->Append(topic.state_.get(), records, options, std::move(done));
}

absl::Status Producer::BeginTransaction() { return session_->Begin(); }

absl::Status Producer::SendOffsets(absl::string_view group, const OffsetsByPartition& offsets) {
  return session_->SendOffsets(group, offsets);
}

absl::Status Producer::CommitTransaction(Durability durability) {
  Mailbox<absl::Status> mailbox;
  CommitTransactionAsync(durability, [&mailbox](absl::Status status) { mailbox.Put(status); });
  return mailbox.Take();
}

absl::Status Producer::AbortTransaction() {
  Mailbox<absl::Status> mailbox;
  AbortTransactionAsync([&mailbox](absl::Status status) { mailbox.Put(status); });
  return mailbox.Take();
}

void Producer::CommitTransactionAsync(Durability durability,
                                      std::function<void(absl::Status)> done) {
  session_->End(/*is_commit=*/true, durability, std::move(done));
}

void Producer::AbortTransactionAsync(std::function<void(absl::Status)> done) {
  session_->End(/*is_commit=*/false, Durability::kBuffered, std::move(done));
}

ProducerId Producer::producer_id() const { return session_->identity().producer_id; }

ProducerEpoch Producer::producer_epoch() const { return session_->identity().producer_epoch; }

}  // namespace tidemark
