#include "api/groups.h"
#include "api/base/mailbox.h"
#include "api/groups/offset_store.h"

namespace tidemark {

absl::Status Groups::CommitOffsets(absl::string_view group, const OffsetsByPartition& offsets,
                                   Durability durability) {
  Mailbox<absl::Status> mailbox;
  CommitOffsetsAsync(group, offsets, durability,
                     [&mailbox](absl::Status status) { mailbox.Put(std::move(status)); });
  return mailbox.Take();
}

void Groups::CommitOffsetsAsync(absl::string_view group, const OffsetsByPartition& offsets,
                                Durability durability, std::function<void(absl::Status)> done) {
  store_->Commit(group, offsets, durability, std::move(done));
}

absl::StatusOr<OffsetsByPartition> Groups::FetchOffsets(absl::string_view group) const {
  return store_->Fetch(group);
}

absl::StatusOr<absl::optional<OffsetAndMetadata>> Groups::FetchOffset(
    absl::string_view group, const TopicPartition& topic_partition) const {
  return store_->Fetch(group, topic_partition);
}

absl::Status Groups::DeleteOffsets(absl::string_view group,
                                   absl::Span<const TopicPartition> partitions,
                                   Durability durability) {
  Mailbox<absl::Status> mailbox;
  store_->DeleteOffsets(group, partitions, durability,
                        [&mailbox](absl::Status status) { mailbox.Put(std::move(status)); });
  return mailbox.Take();
}

absl::Status Groups::DeleteGroup(absl::string_view group, Durability durability) {
  Mailbox<absl::Status> mailbox;
  store_->DeleteGroup(group, durability,
                      [&mailbox](absl::Status status) { mailbox.Put(std::move(status)); });
  return mailbox.Take();
}

absl::StatusOr<std::vector<GroupSummary>> Groups::ListGroups() const { return store_->List(); }

absl::StatusOr<int64_t> Groups::ExpireOffsets() { return store_->Expire(); }

}  // namespace tidemark
