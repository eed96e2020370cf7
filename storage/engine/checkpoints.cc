#include "storage/engine/checkpoints.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/clean_shutdown_file.h"
#include "storage/format/file_names.h"

namespace tidemark {
namespace {

// Room for 100 topics of as many partitions as a topic may have, with names of ordinary length.
constexpr int64_t kCheckpointBytesMax = int64_t{1} << 30;

// False if there is a file that cannot be used. An error is the disk's.
absl::StatusOr<bool> LoadFile(FileSystem* file_system, const std::string& path,
                              std::map<TopicPartition, Offset>* offsets) {
  const absl::StatusOr<std::string> text = ReadWholeFile(file_system, path, kCheckpointBytesMax);
  if (absl::IsNotFound(text.status())) return true;
  if (absl::IsDataLoss(text.status())) return false;
  if (!text.ok()) return Annotate(text.status(), path);
  const absl::StatusOr<std::vector<OffsetCheckpointEntry>> entries = ParseOffsetCheckpoint(*text);
  if (!entries.ok()) return false;
  for (const OffsetCheckpointEntry& entry : *entries) {
    (*offsets)[entry.partition] = std::max(entry.offset, Offset(0));
  }
  return true;
}

Offset Find(const std::map<TopicPartition, Offset>& offsets, const TopicPartition& partition) {
  auto found = offsets.find(partition);
  return found == offsets.end() ? Offset(0) : found->second;
}

void CopyEntry(const std::map<TopicPartition, Offset>& from, const TopicPartition& partition,
               std::map<TopicPartition, Offset>* to) {
  const auto found = from.find(partition);
  if (found != from.end()) to->insert(*found);
}

}  // namespace

Checkpoints::Checkpoints(FileSystem* file_system, std::string root)
    : file_system_(file_system), root_(std::move(root)) {}

absl::Status Checkpoints::Load() {
  MutexLock lock(&mutex_);
  const auto load = [this](absl::string_view name, OffsetMap* offsets) {
    return LoadFile(file_system_, absl::StrCat(root_, "/", name), offsets);
  };
  TM_ASSIGN_OR_RETURN(const bool points_loaded,
                      load(kRecoveryPointCheckpointName, &recovery_points_));
  TM_ASSIGN_OR_RETURN(const bool starts_loaded, load(kLogStartOffsetCheckpointName, &log_starts_));
  // Only what is kept of it is ever used.
  TM_RETURN_IF_ERROR(load(kHighWatermarkCheckpointName, &high_watermarks_).status());
  recovery_points_uncertain_ = !points_loaded;
  may_mention_all_ = !points_loaded || !starts_loaded;
  for (const auto& [partition, offset] : recovery_points_) mentioned_.insert(partition);
  for (const auto& [partition, offset] : log_starts_) mentioned_.insert(partition);
  return absl::OkStatus();
}

Offset Checkpoints::recovery_point(const TopicPartition& partition) const {
  MutexLock lock(&mutex_);
  return Find(recovery_points_, partition);
}

Offset Checkpoints::log_start(const TopicPartition& partition) const {
  MutexLock lock(&mutex_);
  return Find(log_starts_, partition);
}

bool Checkpoints::Mentions(absl::string_view topic, PartitionId first) const {
  MutexLock lock(&mutex_);
  if (may_mention_all_) return true;
  const auto found = mentioned_.lower_bound({std::string(topic), first});
  return found != mentioned_.end() && found->topic == topic;
}

void Checkpoints::BeginWrite() {
  MutexLock lock(&mutex_);
  lowered_.clear();
  stored_starts_.clear();
}

absl::Status Checkpoints::Write(absl::Span<const CheckpointedOffsets> partitions,
                                absl::Span<const TopicPartition> kept) {
  OffsetMap recovery_points;
  OffsetMap log_starts;
  OffsetMap high_watermarks;
  std::set<TopicPartition> mentioned;
  for (const auto& [partition, offsets] : partitions) {
    recovery_points[partition] = offsets.flushed;
    if (offsets.log_start > Offset(0)) log_starts[partition] = offsets.log_start;
    high_watermarks[partition] = offsets.high_watermark;
    mentioned.insert(partition);
  }
  MutexLock lock(&mutex_);
  for (const TopicPartition& partition : kept) {
    CopyEntry(recovery_points_, partition, &recovery_points);
    CopyEntry(log_starts_, partition, &log_starts);
    CopyEntry(high_watermarks_, partition, &high_watermarks);
    mentioned.insert(partition);
  }
  for (const auto& [partition, offset] : lowered_) {
    const auto found = recovery_points.find(partition);
    if (found != recovery_points.end()) found->second = std::min(found->second, offset);
  }
  for (const auto& [partition, offset] : stored_starts_) {
    if (mentioned.contains(partition)) log_starts[partition] = offset;
  }
  // Until every file is replaced, the old entries may be there as well as the new ones.
  mentioned_.insert(mentioned.begin(), mentioned.end());
  TM_RETURN_IF_ERROR(WriteRecoveryPoints(std::move(recovery_points)));
  TM_RETURN_IF_ERROR(WriteFile(kLogStartOffsetCheckpointName, log_starts));
  log_starts_ = std::move(log_starts);
  TM_RETURN_IF_ERROR(WriteFile(kHighWatermarkCheckpointName, high_watermarks));
  high_watermarks_ = std::move(high_watermarks);
  mentioned_ = std::move(mentioned);
  may_mention_all_ = false;
  return absl::OkStatus();
}

absl::Status Checkpoints::LowerRecoveryPoint(const TopicPartition& partition, Offset offset) {
  MutexLock lock(&mutex_);
  const auto [lowered, is_new] = lowered_.emplace(partition, offset);
  if (!is_new) lowered->second = std::min(lowered->second, offset);
  if (!recovery_points_uncertain_ && Find(recovery_points_, partition) <= offset) {
    return absl::OkStatus();
  }
  OffsetMap recovery_points = recovery_points_;
  Offset& point = recovery_points[partition];
  point = std::min(point, offset);
  return WriteRecoveryPoints(std::move(recovery_points));
}

absl::Status Checkpoints::StoreLogStart(const TopicPartition& partition, Offset offset) {
  MutexLock lock(&mutex_);
  stored_starts_[partition] = offset;
  mentioned_.insert(partition);
  OffsetMap log_starts = log_starts_;
  log_starts[partition] = offset;
  TM_RETURN_IF_ERROR(WriteFile(kLogStartOffsetCheckpointName, log_starts));
  log_starts_ = std::move(log_starts);
  return absl::OkStatus();
}

absl::Status Checkpoints::WriteRecoveryPoints(OffsetMap recovery_points) {
  recovery_points_uncertain_ = true;
  TM_RETURN_IF_ERROR(WriteFile(kRecoveryPointCheckpointName, recovery_points));
  recovery_points_ = std::move(recovery_points);
  recovery_points_uncertain_ = false;
  return absl::OkStatus();
}

absl::Status Checkpoints::WriteFile(absl::string_view name, const OffsetMap& offsets) {
  std::vector<OffsetCheckpointEntry> entries;
  entries.reserve(offsets.size());
  for (const auto& [partition, offset] : offsets) entries.push_back({partition, offset});
  return ReplaceWholeFile(file_system_, root_, name, FormatOffsetCheckpoint(entries));
}

absl::StatusOr<bool> TakeCleanShutdownMarker(FileSystem* file_system, const std::string& root) {
  TM_ASSIGN_OR_RETURN(
      const bool was_there,
      RemoveIfPresent(file_system, absl::StrCat(root, "/", kCleanShutdownFileName)));
  TM_RETURN_IF_ERROR(file_system->SyncDirectory(root));
  return was_there;
}

absl::Status WriteCleanShutdownMarker(FileSystem* file_system, const std::string& root) {
  return ReplaceWholeFile(file_system, root, kCleanShutdownFileName, kCleanShutdownText);
}

}  // namespace tidemark
