#include "storage/compaction/cleaner_checkpoint.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/file_names.h"

namespace tidemark {
namespace {

constexpr int64_t kFileBytesMax = int64_t{256} << 20;

}  // namespace

absl::Status CleanerCheckpoint::Load() {
  MutexLock lock(&mutex_);
  offsets_.clear();
  const std::string path = absl::StrCat(data_directory_, "/", kCleanerCheckpointName);
  const absl::StatusOr<std::string> text = ReadWholeFile(file_system_, path, kFileBytesMax);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  if (!text.ok()) return text.status();
  const absl::StatusOr<std::vector<OffsetCheckpointEntry>> entries = ParseOffsetCheckpoint(*text);
  if (!entries.ok()) return Annotate(entries.status(), path);
  for (const OffsetCheckpointEntry& entry : *entries) {
    offsets_.emplace(entry.partition, entry.offset);
  }
  return absl::OkStatus();
}

absl::optional<Offset> CleanerCheckpoint::Find(const TopicPartition& topic_partition) const {
  MutexLock lock(&mutex_);
  const auto found = offsets_.find(topic_partition);
  if (found == offsets_.end()) return absl::nullopt;
  return found->second;
}

int64_t CleanerCheckpoint::lowered_count() const {
  MutexLock lock(&mutex_);
  return lowered_count_;
}

absl::Status CleanerCheckpoint::Set(const TopicPartition& topic_partition, Offset offset,
                                    int64_t lowered_count) {
  MutexLock lock(&mutex_);
  if (lowered_count != lowered_count_) {
    return absl::AbortedError("compaction: a log was truncated while this one was cleaned");
  }
  const auto found = offsets_.find(topic_partition);
  if (found != offsets_.end() && found->second == offset) return absl::OkStatus();
  Offsets offsets = offsets_;
  offsets.insert_or_assign(topic_partition, offset);
  return Store(std::move(offsets));
}

absl::Status CleanerCheckpoint::Lower(const TopicPartition& topic_partition, Offset offset) {
  MutexLock lock(&mutex_);
  ++lowered_count_;
  const auto found = offsets_.find(topic_partition);
  if (found == offsets_.end() || found->second <= offset) return absl::OkStatus();
  Offsets offsets = offsets_;
  offsets.insert_or_assign(topic_partition, offset);
  return Store(std::move(offsets));
}

absl::Status CleanerCheckpoint::Remove(const TopicPartition& topic_partition) {
  MutexLock lock(&mutex_);
  if (!offsets_.contains(topic_partition)) return absl::OkStatus();
  Offsets offsets = offsets_;
  offsets.erase(topic_partition);
  return Store(std::move(offsets));
}

absl::Status CleanerCheckpoint::Store(Offsets offsets) {
  std::vector<OffsetCheckpointEntry> entries;
  entries.reserve(offsets.size());
  for (const auto& [topic_partition, offset] : offsets) {
    entries.push_back({topic_partition, offset});
  }
  TM_RETURN_IF_ERROR(ReplaceWholeFile(file_system_, data_directory_, kCleanerCheckpointName,
                                      FormatOffsetCheckpoint(entries)));
  offsets_ = std::move(offsets);
  return absl::OkStatus();
}

}  // namespace tidemark
