#include "api/partitions/partition_set.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {

absl::Status PartitionSet::Add(std::shared_ptr<ReplicaLog> log) {
  auto partition = std::make_shared<OpenPartition>();
  TM_ASSIGN_OR_RETURN(partition->replicator, factory_->Create(log));
  partition->log = std::move(log);
  MutexLock lock(&mutex_);
  partitions_.emplace_back(std::move(partition));
  return absl::OkStatus();
}

void PartitionSet::AddHole(absl::Status why) {
  MutexLock lock(&mutex_);
  partitions_.emplace_back(std::move(why));
}

int32_t PartitionSet::count() const {
  MutexLock lock(&mutex_);
  return static_cast<int32_t>(partitions_.size());
}

absl::StatusOr<std::shared_ptr<OpenPartition>> PartitionSet::Find(PartitionId partition) const {
  MutexLock lock(&mutex_);
  const int64_t count = static_cast<int64_t>(partitions_.size());
  if (partition.value() < 0 || partition.value() >= count) {
    return absl::NotFoundError(absl::StrCat(topic_, ": there is no partition ", partition.value(),
                                            "; the topic has ", count, ", counted from 0"));
  }
  return partitions_[static_cast<size_t>(partition.value())];
}

void PartitionSet::Close() {
  MutexLock lock(&mutex_);
  for (const absl::StatusOr<std::shared_ptr<OpenPartition>>& partition : partitions_) {
    if (partition.ok()) (*partition)->replicator->Close();
  }
}

std::string PartitionName(const TopicPartition& topic_partition) {
  return absl::StrCat(topic_partition.topic, "-", topic_partition.partition.value());
}

}  // namespace tidemark
