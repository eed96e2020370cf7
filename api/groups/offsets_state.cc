#include "api/groups/offsets_state.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "api/groups/group_metadata_value.h"
#include "storage/base/status_macros.h"
#include "storage/format/control_record.h"

namespace tidemark {
namespace {

bool HasPassed(Timestamp since, absl::Duration retention, Timestamp now) {
  return absl::FromUnixMillis(now.value()) - absl::FromUnixMillis(since.value()) >= retention;
}

}  // namespace

absl::Status OffsetsState::Replay(const RecordBatchView& batch) {
  if (batch.is_control()) return ReplayControl(batch);
  TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
  RecordView record;
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool is_there, reader.Next(&record));
    if (!is_there) return absl::OkStatus();
    TM_RETURN_IF_ERROR(Annotate(ReplayRecord(batch, record),
                                absl::StrCat("the record at offset ", record.offset.value())));
  }
}

absl::Status OffsetsState::ReplayControl(const RecordBatchView& batch) {
  TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
  RecordView record;
  TM_ASSIGN_OR_RETURN(const bool is_there, reader.Next(&record));
  if (!is_there) return absl::OkStatus();  // Compaction has emptied it.
  TM_ASSIGN_OR_RETURN(const ControlRecordKey key, ControlRecordKey::Parse(record.key.value_or("")));
  if (key.type == ControlRecordType::kCommit || key.type == ControlRecordType::kAbort) {
    EndTransaction(batch.producer_id(), key.type == ControlRecordType::kCommit);
  }
  return absl::OkStatus();
}

absl::Status OffsetsState::ReplayRecord(const RecordBatchView& batch, const RecordView& record) {
  if (!record.key.has_value()) return absl::DataLossError("it has no key");
  TM_ASSIGN_OR_RETURN(const OffsetsKey key, OffsetsKey::Parse(*record.key));
  return key.is_offset() ? ReplayOffset(batch, key, record) : ReplayOther(key, record);
}

absl::Status OffsetsState::ReplayOffset(const RecordBatchView& batch, const OffsetsKey& key,
                                        const RecordView& record) {
  const GroupOffset name(std::string(key.group),
                         TopicPartition{std::string(key.topic), key.partition});
  if (!record.value.has_value()) {
    Forget(name);
    return absl::OkStatus();
  }
  TM_ASSIGN_OR_RETURN(OffsetCommitValue value, OffsetCommitValue::Parse(*record.value));
  CommittedOffset offset{std::move(value), record.offset};
  if (batch.is_transactional()) {
    pending_[batch.producer_id()].insert_or_assign(name, std::move(offset));
  } else {
    Put(name, std::move(offset));
  }
  return absl::OkStatus();
}

absl::Status OffsetsState::ReplayOther(const OffsetsKey& key, const RecordView& record) {
  const std::string group(key.group);
  const std::string bytes(*record.key);
  if (!record.value.has_value()) {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return absl::OkStatus();
    found->second.others.erase(bytes);
    DropIfEmpty(group);
    return absl::OkStatus();
  }
  OtherRecord other{.type = key.type};
  if (key.type == kGroupMetadataType) {
    TM_ASSIGN_OR_RETURN(const GroupMetadataValue value, GroupMetadataValue::Parse(*record.value));
    other.has_members = !value.members.empty();
    other.current_state_time = value.current_state_time;
  }
  groups_[group].others[bytes] = other;
  return absl::OkStatus();
}

void OffsetsState::EndTransaction(ProducerId producer_id, bool is_commit) {
  const auto found = pending_.find(producer_id);
  if (found == pending_.end()) return;
  PendingOffsets offsets = std::move(found->second);
  pending_.erase(found);
  if (!is_commit) return;
  for (auto& [name, offset] : offsets) Put(name, std::move(offset));
}

void OffsetsState::Put(const GroupOffset& name, CommittedOffset offset) {
  CommittedOffsets& offsets = groups_[name.first].offsets;
  const auto found = offsets.find(name.second);
  if (found == offsets.end()) {
    offsets.emplace(name.second, std::move(offset));
  } else if (found->second.record_offset < offset.record_offset) {
    found->second = std::move(offset);
  }
}

void OffsetsState::Forget(const GroupOffset& name) {
  for (auto pending = pending_.begin(); pending != pending_.end();) {
    pending->second.erase(name);
    pending = pending->second.empty() ? pending_.erase(pending) : std::next(pending);
  }
  const auto found = groups_.find(name.first);
  if (found == groups_.end()) return;
  found->second.offsets.erase(name.second);
  DropIfEmpty(name.first);
}

void OffsetsState::DropIfEmpty(const std::string& group) {
  const auto found = groups_.find(group);
  if (found->second.offsets.empty() && found->second.others.empty()) groups_.erase(found);
}

const CommittedOffsets* OffsetsState::FindOffsets(absl::string_view group) const {
  const auto found = groups_.find(std::string(group));
  return found == groups_.end() ? nullptr : &found->second.offsets;
}

const CommittedOffset* OffsetsState::FindOffset(absl::string_view group,
                                                const TopicPartition& topic_partition) const {
  const CommittedOffsets* offsets = FindOffsets(group);
  if (offsets == nullptr) return nullptr;
  const auto found = offsets->find(topic_partition);
  return found == offsets->end() ? nullptr : &found->second;
}

bool OffsetsState::HasGroup(absl::string_view group) const {
  if (groups_.count(std::string(group)) > 0) return true;
  for (const auto& [producer_id, offsets] : pending_) {
    for (const auto& [name, offset] : offsets) {
      if (name.first == group) return true;
    }
  }
  return false;
}

std::vector<std::string> OffsetsState::Groups() const {
  std::vector<std::string> names;
  names.reserve(groups_.size());
  for (const auto& [name, group] : groups_) names.push_back(name);
  return names;
}

bool OffsetsState::IsPending(const GroupOffset& name) const {
  return std::any_of(pending_.begin(), pending_.end(),
                     [&name](const auto& pending) { return pending.second.count(name) > 0; });
}

std::vector<std::string> OffsetsState::KeysOfOffset(absl::string_view group,
                                                    const TopicPartition& topic_partition) const {
  if (FindOffset(group, topic_partition) == nullptr &&
      !IsPending({std::string(group), topic_partition})) {
    return {};
  }
  return {EncodeOffsetCommitKey(group, topic_partition)};
}

std::vector<std::string> OffsetsState::KeysOfGroup(absl::string_view group) const {
  std::vector<std::string> keys;
  const auto found = groups_.find(std::string(group));
  if (found != groups_.end()) {
    for (const auto& [topic_partition, offset] : found->second.offsets) {
      keys.push_back(EncodeOffsetCommitKey(group, topic_partition));
    }
    for (const auto& [key, other] : found->second.others) keys.push_back(key);
  }
  for (const auto& [producer_id, offsets] : pending_) {
    for (const auto& [name, offset] : offsets) {
      if (name.first == group && FindOffset(group, name.second) == nullptr) {
        keys.push_back(EncodeOffsetCommitKey(group, name.second));
      }
    }
  }
  return keys;
}

std::vector<std::string> OffsetsState::KeysOfTopic(absl::string_view topic) const {
  std::vector<std::string> keys;
  for (const auto& [group_name, group] : groups_) {
    for (const auto& [topic_partition, offset] : group.offsets) {
      if (topic_partition.topic == topic) {
        keys.push_back(EncodeOffsetCommitKey(group_name, topic_partition));
      }
    }
  }
  for (const auto& [producer_id, offsets] : pending_) {
    for (const auto& [name, offset] : offsets) {
      if (name.second.topic == topic && FindOffset(name.first, name.second) == nullptr) {
        keys.push_back(EncodeOffsetCommitKey(name.first, name.second));
      }
    }
  }
  return keys;
}

std::vector<std::string> OffsetsState::ExpiredKeys(Timestamp now, absl::Duration retention) const {
  std::vector<std::string> keys;
  for (const auto& [group_name, group] : groups_) {
    Timestamp used_until = kNoTimestamp;
    bool can_go = true;
    for (const auto& [key, other] : group.others) {
      used_until = std::max(used_until, other.current_state_time);
      if (other.type != kGroupMetadataType || other.has_members) can_go = false;
    }
    for (const auto& [topic_partition, offset] : group.offsets) {
      const OffsetCommitValue& value = offset.value;
      const bool is_expired =
          value.expire_time.has_value()
              ? now >= *value.expire_time
              : HasPassed(std::max(value.commit_time, used_until), retention, now);
      if (is_expired && !IsPending({group_name, topic_partition})) {
        keys.push_back(EncodeOffsetCommitKey(group_name, topic_partition));
      } else {
        can_go = false;
      }
    }
    if (!can_go || !HasPassed(used_until, retention, now)) continue;
    for (const auto& [key, other] : group.others) keys.push_back(key);
  }
  return keys;
}

}  // namespace tidemark
