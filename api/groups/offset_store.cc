#include "api/groups/offset_store.h"

#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "api/base/java_string_hash.h"
#include "api/base/utf8.h"
#include "api/catalog/internal_topics.h"
#include "api/partitions/acknowledgement.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr size_t kGroupBytesMax = 32767;

absl::StatusOr<int32_t> HashOf(absl::string_view group) {
  const absl::optional<int32_t> hash = JavaStringHash(group);
  if (hash.has_value() && !group.empty() && group.size() <= kGroupBytesMax) return *hash;
  return absl::InvalidArgumentError(absl::StrCat("\"", absl::CHexEscape(group.substr(0, 64)),
                                                 "\" is not the name of a group: UTF-8 of 1 to ",
                                                 kGroupBytesMax, " bytes is expected"));
}

absl::Status NoSuchGroup(absl::string_view group) {
  return absl::NotFoundError(absl::StrCat("there is no group \"", group, "\""));
}

}  // namespace

OffsetStore::OffsetStore(TopicCatalog* catalog, const StorageEngine* engine,
                         const Environment& environment)
    : catalog_(catalog), engine_(engine), environment_(environment) {}

absl::Status OffsetStore::Open() {
  ReadSettings();
  absl::StatusOr<std::shared_ptr<const Partitions>> partitions = LoadTopic();
  if (!partitions.ok() && !absl::IsNotFound(partitions.status())) return partitions.status();
  if (partitions.ok()) {
    MutexLock lock(&mutex_);
    partitions_ = *std::move(partitions);
  }
  expiry_ =
      std::make_unique<PeriodicTask>(environment_.executor, settings_.retention_check_interval,
                                     // What cannot be dropped now is found again the next time.
                                     [this] { Expire().status().IgnoreError(); });
  return absl::OkStatus();
}

void OffsetStore::Close() {
  if (expiry_ != nullptr) expiry_->Stop();
  MutexLock lock(&mutex_);
  closed_ = true;
}

void OffsetStore::ReadSettings() {
  const ConfigMap config = engine_->DescribeEngine().effective_config;
  const auto number = [&config](const char* name) {
    int64_t value = 0;
    TM_CHECK(absl::SimpleAtoi(config.at(name), &value));
    return value;
  };
  settings_.partition_count = static_cast<int32_t>(number("offsets.topic.num.partitions"));
  settings_.segment_bytes = number("offsets.topic.segment.bytes");
  settings_.codec = static_cast<Codec>(number("offsets.topic.compression.codec"));
  settings_.metadata_bytes_max = number("offset.metadata.max.bytes");
  settings_.retention = absl::Minutes(number("offsets.retention.minutes"));
  settings_.retention_check_interval =
      absl::Milliseconds(number("offsets.retention.check.interval.ms"));
}

// ---------------------------------------------------------------------------- the topic

absl::StatusOr<std::shared_ptr<const OffsetStore::Partitions>> OffsetStore::LoadTopic() {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<SharedTopic> topic, catalog_->Find(kOffsetsTopic));
  auto partitions = std::make_shared<Partitions>();
  for (int32_t number = 0; number < topic->partitions().count(); ++number) {
    partitions->push_back(std::make_unique<OffsetsPartition>(
        topic->partitions().Find(PartitionId(number)), environment_.clock));
    partitions->back()->Load();
  }
  return partitions;
}

absl::StatusOr<std::shared_ptr<const OffsetStore::Partitions>> OffsetStore::FindPartitions() const {
  MutexLock lock(&mutex_);
  if (closed_) return absl::FailedPreconditionError("the data directory has been closed");
  return partitions_;
}

absl::StatusOr<std::shared_ptr<const OffsetStore::Partitions>> OffsetStore::MakeTopic() {
  MutexLock make_lock(&make_mutex_);
  TM_ASSIGN_OR_RETURN(std::shared_ptr<const Partitions> found, FindPartitions());
  if (found != nullptr) return found;
  const ConfigMap config = {
      {"cleanup.policy", "compact"},
      {"segment.bytes", absl::StrCat(settings_.segment_bytes)},
  };
  const absl::Status made =
      catalog_->Create(kOffsetsTopic, settings_.partition_count, config).status();
  if (!made.ok() && !absl::IsAlreadyExists(made)) return made;
  TM_ASSIGN_OR_RETURN(found, LoadTopic());
  MutexLock lock(&mutex_);
  partitions_ = found;
  return found;
}

absl::StatusOr<OffsetsPartition*> OffsetStore::FindPartition(absl::string_view group) const {
  TM_ASSIGN_OR_RETURN(const int32_t hash, HashOf(group));
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<const Partitions> partitions, FindPartitions());
  if (partitions == nullptr) return nullptr;
  const auto count = static_cast<int32_t>(partitions->size());
  return (*partitions)[static_cast<size_t>(CoordinatorPartition(hash, count).value())].get();
}

absl::StatusOr<PartitionId> OffsetStore::PartitionOf(absl::string_view group) {
  TM_ASSIGN_OR_RETURN(const int32_t hash, HashOf(group));
  TM_ASSIGN_OR_RETURN(std::shared_ptr<const Partitions> partitions, FindPartitions());
  if (partitions == nullptr) {
    TM_ASSIGN_OR_RETURN(partitions, MakeTopic());
  }
  return CoordinatorPartition(hash, static_cast<int32_t>(partitions->size()));
}

// ---------------------------------------------------------------------------- committing

absl::Status OffsetStore::CheckCommit(const OffsetsByPartition& offsets) const {
  for (const auto& [topic_partition, offset] : offsets) {
    const std::string name = PartitionName(topic_partition);
    TM_ASSIGN_OR_RETURN(const std::shared_ptr<SharedTopic> topic,
                        catalog_->Find(topic_partition.topic));
    if (topic_partition.partition < PartitionId(0) ||
        topic_partition.partition.value() >= topic->partitions().count()) {
      return absl::NotFoundError(absl::StrCat(name, ": there is no such partition; the topic has ",
                                              topic->partitions().count()));
    }
    if (offset.offset < Offset(0) || offset.leader_epoch < kNoLeaderEpoch) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": offset ", offset.offset.value(),
                                                     " and epoch ", offset.leader_epoch.value(),
                                                     " cannot be committed"));
    }
    if (offset.metadata.empty()) continue;
    if (!IsUtf8(offset.metadata)) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": the metadata is not UTF-8"));
    }
    const int64_t bytes_max = settings_.metadata_bytes_max;
    if (static_cast<int64_t>(offset.metadata.size()) > bytes_max) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": ", offset.metadata.size(),
                                                     " bytes of metadata, at most ", bytes_max,
                                                     " are taken (offset.metadata.max.bytes)"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeyedRecord>> OffsetStore::MakeRecords(
    absl::string_view group, const OffsetsByPartition& offsets) const {
  const Timestamp now(absl::ToUnixMillis(environment_.clock->Now()));
  std::vector<KeyedRecord> records;
  records.reserve(offsets.size());
  for (const auto& [topic_partition, offset] : offsets) {
    TM_ASSIGN_OR_RETURN(const std::shared_ptr<SharedTopic> topic,
                        catalog_->Find(topic_partition.topic));
    OffsetCommitValue value;
    value.offset = offset.offset;
    value.leader_epoch = offset.leader_epoch;
    value.metadata = offset.metadata;
    value.commit_time = now;
    value.topic_id = topic->id();
    records.push_back({EncodeOffsetCommitKey(group, topic_partition), value.Encode()});
  }
  return records;
}

absl::StatusOr<Offset> OffsetStore::Write(absl::string_view group,
                                          const OffsetsByPartition& offsets,
                                          const absl::optional<TransactionStamp>& transaction,
                                          OffsetsPartition** partition) {
  TM_RETURN_IF_ERROR(HashOf(group).status());
  TM_RETURN_IF_ERROR(CheckCommit(offsets));
  TM_RETURN_IF_ERROR(PartitionOf(group).status());  // There is a topic from here on.
  TM_ASSIGN_OR_RETURN(*partition, FindPartition(group));
  TM_ASSIGN_OR_RETURN(const std::vector<KeyedRecord> records, MakeRecords(group, offsets));
  return (*partition)->Write(records, settings_.codec, transaction);
}

void OffsetStore::Commit(absl::string_view group, const OffsetsByPartition& offsets,
                         Durability durability, Done done) {
  if (offsets.empty()) return done(HashOf(group).status());
  OffsetsPartition* partition = nullptr;
  const absl::StatusOr<Offset> end = Write(group, offsets, absl::nullopt, &partition);
  if (!end.ok()) return done(end.status());
  AwaitAcknowledgement(partition->log(), *end, durability, std::move(done));
}

absl::Status OffsetStore::CommitInTransaction(absl::string_view group,
                                              const OffsetsByPartition& offsets,
                                              const TransactionStamp& transaction) {
  if (offsets.empty()) return HashOf(group).status();
  OffsetsPartition* partition = nullptr;
  return Write(group, offsets, transaction, &partition).status();
}

void OffsetStore::EndTransaction(PartitionId partition, ProducerId producer_id, bool is_commit) {
  const absl::StatusOr<std::shared_ptr<const Partitions>> partitions = FindPartitions();
  // Without them, what the log holds is read when it is opened next.
  if (!partitions.ok() || *partitions == nullptr) return;
  (**partitions)[static_cast<size_t>(partition.value())]->EndTransaction(producer_id, is_commit);
}

// ---------------------------------------------------------------------------- asking

OffsetAndMetadata OffsetStore::Public(const CommittedOffset& offset) const {
  const OffsetCommitValue& value = offset.value;
  return {value.offset, value.leader_epoch, value.metadata, value.commit_time};
}

bool OffsetStore::IsOfOlderTopic(const TopicPartition& topic_partition,
                                 const CommittedOffset& offset) const {
  if (offset.value.topic_id.IsZero()) return false;
  const absl::StatusOr<std::shared_ptr<SharedTopic>> topic = catalog_->Find(topic_partition.topic);
  return topic.ok() && !(*topic)->id().IsZero() && !((*topic)->id() == offset.value.topic_id);
}

absl::StatusOr<OffsetsByPartition> OffsetStore::Fetch(absl::string_view group) const {
  TM_ASSIGN_OR_RETURN(const OffsetsPartition* const partition, FindPartition(group));
  OffsetsByPartition result;
  if (partition == nullptr) return result;
  TM_RETURN_IF_ERROR(partition->Look([&](const OffsetsState& state) {
    const CommittedOffsets* offsets = state.FindOffsets(group);
    if (offsets == nullptr) return;
    for (const auto& [topic_partition, offset] : *offsets) {
      if (!IsOfOlderTopic(topic_partition, offset)) {
        result.emplace(topic_partition, Public(offset));
      }
    }
  }));
  return result;
}

absl::StatusOr<absl::optional<OffsetAndMetadata>> OffsetStore::Fetch(
    absl::string_view group, const TopicPartition& topic_partition) const {
  TM_ASSIGN_OR_RETURN(const OffsetsPartition* const partition, FindPartition(group));
  absl::optional<OffsetAndMetadata> result;
  if (partition == nullptr) return result;
  TM_RETURN_IF_ERROR(partition->Look([&](const OffsetsState& state) {
    const CommittedOffset* offset = state.FindOffset(group, topic_partition);
    if (offset != nullptr && !IsOfOlderTopic(topic_partition, *offset)) result = Public(*offset);
  }));
  return result;
}

absl::StatusOr<std::vector<GroupSummary>> OffsetStore::List() const {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<const Partitions> partitions, FindPartitions());
  std::map<std::string, int64_t> counts;
  if (partitions != nullptr) {
    for (const std::unique_ptr<OffsetsPartition>& partition : *partitions) {
      const absl::Status status = partition->Look([&counts](const OffsetsState& state) {
        for (const std::string& group : state.Groups()) {
          counts[group] = static_cast<int64_t>(state.FindOffsets(group)->size());
        }
      });
      // A partition that a broker kept elsewhere has its groups there.
      if (!status.ok() && !absl::IsNotFound(status)) return status;
    }
  }
  std::vector<GroupSummary> groups;
  for (auto& [group, count] : counts) groups.push_back({group, count});
  return groups;
}

// ---------------------------------------------------------------------------- forgetting

void OffsetStore::Bury(absl::string_view group,
                       absl::FunctionRef<std::vector<std::string>(const OffsetsState&)> choose,
                       Durability durability, Done done) {
  const absl::StatusOr<OffsetsPartition*> partition = FindPartition(group);
  if (!partition.ok()) return done(partition.status());
  if (*partition == nullptr) return done(NoSuchGroup(group));
  bool is_known = false;
  const absl::StatusOr<OffsetsPartition::Burial> burial =
      (*partition)->Bury([&](const OffsetsState& state) {
        is_known = state.HasGroup(group);
        return choose(state);
      });
  if (!burial.ok()) return done(burial.status());
  if (!is_known) return done(NoSuchGroup(group));
  if (burial->tombstone_count == 0) return done(absl::OkStatus());
  AwaitAcknowledgement((*partition)->log(), burial->end_offset, durability, std::move(done));
}

void OffsetStore::DeleteOffsets(absl::string_view group,
                                absl::Span<const TopicPartition> partitions, Durability durability,
                                Done done) {
  const auto choose = [&](const OffsetsState& state) {
    std::vector<std::string> keys;
    for (const TopicPartition& topic_partition : partitions) {
      for (std::string& key : state.KeysOfOffset(group, topic_partition)) {
        keys.push_back(std::move(key));
      }
    }
    return keys;
  };
  Bury(group, choose, durability, std::move(done));
}

void OffsetStore::DeleteGroup(absl::string_view group, Durability durability, Done done) {
  Bury(
      group, [&](const OffsetsState& state) { return state.KeysOfGroup(group); }, durability,
      std::move(done));
}

absl::Status OffsetStore::ForgetTopic(absl::string_view topic) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<const Partitions> partitions, FindPartitions());
  absl::Status status;
  if (partitions == nullptr) return status;
  for (const std::unique_ptr<OffsetsPartition>& partition : *partitions) {
    if (partition->log() == nullptr) continue;
    status.Update(
        partition->Bury([&](const OffsetsState& state) { return state.KeysOfTopic(topic); })
            .status());
  }
  return status;
}

absl::StatusOr<int64_t> OffsetStore::Expire() {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<const Partitions> partitions, FindPartitions());
  if (partitions == nullptr) return 0;
  const Timestamp now(absl::ToUnixMillis(environment_.clock->Now()));
  int64_t tombstone_count = 0;
  absl::Status status;
  for (const std::unique_ptr<OffsetsPartition>& partition : *partitions) {
    if (partition->log() == nullptr) continue;
    const absl::StatusOr<OffsetsPartition::Burial> burial = partition->Bury(
        [&](const OffsetsState& state) { return state.ExpiredKeys(now, settings_.retention); });
    status.Update(burial.status());
    if (burial.ok()) tombstone_count += burial->tombstone_count;
  }
  if (!status.ok()) return status;
  return tombstone_count;
}

}  // namespace tidemark
