#include "api/topic.h"

#include <algorithm>
#include <utility>

#include "api/base/mailbox.h"
#include "api/catalog/internal_topics.h"
#include "api/catalog/shared_topic.h"
#include "api/consumer/record_fetcher.h"
#include "api/consumer/tail.h"
#include "storage/base/status_macros.h"

namespace tidemark {

const std::string& Topic::name() const { return state_->partitions().topic(); }

int32_t Topic::partition_count() const { return state_->partitions().count(); }

absl::StatusOr<AppendAck> Topic::Append(const Record& record, const ProduceOptions& options) {
  return AppendBatch(absl::MakeConstSpan(&record, 1), options);
}

absl::StatusOr<AppendAck> Topic::AppendBatch(absl::Span<const Record> records,
                                             const ProduceOptions& options) {
  Mailbox<absl::StatusOr<AppendAck>> mailbox;
  AppendAsync(records, options,
              [&mailbox](absl::StatusOr<AppendAck> ack) { mailbox.Put(std::move(ack)); });
  return mailbox.Take();
}

void Topic::AppendAsync(absl::Span<const Record> records, const ProduceOptions& options,
                        std::function<void(absl::StatusOr<AppendAck>)> done) {
  if (absl::Status status = CheckNotInternal(name(), "append to"); !status.ok()) {
    return done(status);
  }
  state_->producer().Append(records, options, std::move(done));
}

absl::Status Topic::DeleteRecordsBefore(PartitionId partition, Offset offset) {
  TM_RETURN_IF_ERROR(CheckNotInternal(name(), "delete records of"));
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<OpenPartition> found,
                      state_->partitions().Find(partition));
  return found->log->DeleteRecordsBefore(offset);
}

absl::StatusOr<FetchedRecords> Topic::Read(PartitionId partition, Offset offset,
                                           const FetchOptions& options) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<OpenPartition> found,
                      state_->partitions().Find(partition));
  return RecordFetcher::Fetch(*found, offset, options);
}

absl::StatusOr<FetchedRecords> Topic::Tail(PartitionId partition, Offset offset,
                                           absl::Duration timeout, const FetchOptions& options) {
  Mailbox<absl::StatusOr<FetchedRecords>> mailbox;
  TailAsync(partition, offset, timeout, options,
            [&mailbox](absl::StatusOr<FetchedRecords> result) { mailbox.Put(std::move(result)); });
  return mailbox.Take();
}

void Topic::TailAsync(PartitionId partition, Offset offset, absl::Duration timeout,
                      const FetchOptions& options,
                      std::function<void(absl::StatusOr<FetchedRecords>)> done) {
  absl::StatusOr<std::shared_ptr<OpenPartition>> found = state_->partitions().Find(partition);
  if (!found.ok()) return done(found.status());
  TailRecords(*std::move(found), offset, timeout, options, state_->environment(), std::move(done));
}

absl::StatusOr<PartitionOffsets> Topic::Offsets(PartitionId partition) const {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<OpenPartition> found,
                      state_->partitions().Find(partition));
  const Offset latest = found->replicator->high_watermark();
  const LogOffsets offsets = found->log->offsets();
  return PartitionOffsets{offsets.log_start, latest, std::min(offsets.last_stable, latest)};
}

absl::StatusOr<absl::optional<TimestampedOffset>> Topic::FindByTimestamp(PartitionId partition,
                                                                         Timestamp timestamp) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<OpenPartition> found,
                      state_->partitions().Find(partition));
  TM_ASSIGN_OR_RETURN(absl::optional<TimestampedOffset> position,
                      found->log->FindByTimestamp(timestamp));
  if (position.has_value() && position->offset >= found->replicator->high_watermark()) {
    position.reset();
  }
  return position;
}

}  // namespace tidemark
