#include "api/catalog/topic_catalog.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/types.h"

namespace tidemark {

absl::Status TopicCatalog::OpenAll() {
  MutexLock change_lock(&change_mutex_);
  for (const std::string& topic : engine_->ListTopics()) {
    TM_RETURN_IF_ERROR(OpenTopic(topic).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<SharedTopic>> TopicCatalog::Find(absl::string_view topic) const {
  MutexLock lock(&mutex_);
  TM_RETURN_IF_ERROR(CheckOpen());
  const auto found = topics_.find(std::string(topic));
  if (found != topics_.end()) return found->second;
  return absl::NotFoundError(absl::StrCat("there is no topic '", topic, "'"));
}

absl::StatusOr<std::shared_ptr<SharedTopic>> TopicCatalog::Create(absl::string_view topic,
                                                                  int32_t partition_count,
                                                                  const ConfigMap& config) {
  MutexLock change_lock(&change_mutex_);
  {
    MutexLock lock(&mutex_);
    TM_RETURN_IF_ERROR(CheckOpen());
  }
  TM_RETURN_IF_ERROR(engine_->CreateTopic(topic, partition_count, config).status());
  return OpenTopic(std::string(topic));
}

absl::Status TopicCatalog::Delete(absl::string_view topic) {
  MutexLock change_lock(&change_mutex_);
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<SharedTopic> state, Find(topic));
  TM_RETURN_IF_ERROR(engine_->DeleteTopic(topic));
  state->partitions().Close();
  MutexLock lock(&mutex_);
  topics_.erase(std::string(topic));
  return absl::OkStatus();
}

absl::Status TopicCatalog::AddPartitions(absl::string_view topic, int32_t partition_count) {
  MutexLock change_lock(&change_mutex_);
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<SharedTopic> state, Find(topic));
  TM_RETURN_IF_ERROR(engine_->AddPartitions(topic, partition_count));
  return OpenPartitions(partition_count, state.get());
}

absl::Status TopicCatalog::Close() {
  MutexLock change_lock(&change_mutex_);
  std::map<std::string, std::shared_ptr<SharedTopic>> topics;
  {
    MutexLock lock(&mutex_);
    if (closed_) return close_status_;
    closed_ = true;
    topics.swap(topics_);
  }
  for (const auto& [name, state] : topics) state->partitions().Close();
  close_status_ = engine_->Close();
  return close_status_;
}

absl::Status TopicCatalog::CheckOpen() const {
  if (!closed_) return absl::OkStatus();
  return absl::FailedPreconditionError("the data directory has been closed");
}

absl::StatusOr<std::shared_ptr<SharedTopic>> TopicCatalog::OpenTopic(const std::string& topic) {
  TM_ASSIGN_OR_RETURN(const TopicDescription description, engine_->DescribeTopic(topic));
  auto state = std::make_shared<SharedTopic>(topic, description.id, factory_, environment_);
  TM_RETURN_IF_ERROR(OpenPartitions(description.partition_count, state.get()));
  MutexLock lock(&mutex_);
  topics_[topic] = state;
  return state;
}

absl::Status TopicCatalog::OpenPartitions(int32_t partition_count, SharedTopic* state) {
  PartitionSet& partitions = state->partitions();
  for (int32_t number = partitions.count(); number < partition_count; ++number) {
    const TopicPartition partition{partitions.topic(), PartitionId(number)};
    absl::StatusOr<std::shared_ptr<ReplicaLog>> log = engine_->GetLog(partition);
    if (absl::IsNotFound(log.status())) {
      partitions.AddHole(absl::NotFoundError(
          absl::StrCat(PartitionName(partition), ": this partition is not in the data directory")));
    } else if (!log.ok()) {
      partitions.AddHole(log.status());
    } else {
      TM_RETURN_IF_ERROR(partitions.Add(*std::move(log)));
    }
  }
  return absl::OkStatus();
}

}  // namespace tidemark
