#include "storage/inspect/partition_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "storage/base/status_macros.h"
#include "storage/engine/topic_file.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/inspect.h"

namespace tidemark {

std::string JoinPath(absl::string_view directory, absl::string_view name) {
  return absl::StrCat(directory, absl::EndsWith(directory, "/") ? "" : "/", name);
}

absl::string_view DirectoryOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return ".";
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

absl::string_view NameOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

absl::StatusOr<PartitionPlace> LocatePartition(absl::string_view directory) {
  while (directory.size() > 1 && absl::ConsumeSuffix(&directory, "/")) {
  }
  TM_ASSIGN_OR_RETURN(PartitionDirectoryName name, ParsePartitionDirectoryName(NameOf(directory)));
  if (name.state != PartitionDirectoryState::kLive) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, ": a partition that is being moved or deleted"));
  }
  return PartitionPlace{std::move(name.partition), std::string(directory),
                        std::string(DirectoryOf(directory))};
}

absl::StatusOr<std::vector<Offset>> ListSegments(FileSystem* file_system,
                                                 absl::string_view directory) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system->List(directory));
  std::vector<Offset> base_offsets;
  for (const DirectoryEntry& entry : entries) {
    if (entry.type != FileType::kFile) continue;
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (name.has_value() && name->kind == SegmentFileKind::kLog &&
        name->state == SegmentFileState::kLive) {
      base_offsets.push_back(name->offset);
    }
  }
  std::sort(base_offsets.begin(), base_offsets.end());
  return base_offsets;
}

std::string SegmentPath(absl::string_view directory, Offset base_offset, SegmentFileKind kind) {
  return JoinPath(directory, FormatSegmentFileName({base_offset, kind, SegmentFileState::kLive}));
}

Offset CheckpointedOffset(FileSystem* file_system, const PartitionPlace& place,
                          absl::string_view checkpoint_name) {
  const absl::StatusOr<std::string> text = ReadWholeFile(
      file_system, JoinPath(place.data_directory, checkpoint_name), kSideFileBytesMax);
  if (!text.ok()) return Offset(0);
  const absl::StatusOr<std::vector<OffsetCheckpointEntry>> entries = ParseOffsetCheckpoint(*text);
  if (!entries.ok()) return Offset(0);
  for (const OffsetCheckpointEntry& entry : *entries) {
    if (entry.partition == place.topic_partition) return std::max(entry.offset, Offset(0));
  }
  return Offset(0);
}

bool AreOffsetGapsAllowed(FileSystem* file_system, const PartitionPlace& place) {
  const absl::StatusOr<std::string> text = ReadWholeFile(
      file_system, JoinPath(place.data_directory, TopicFileName(place.topic_partition.topic)),
      kTopicFileBytesMax);
  if (!text.ok()) return true;
  const absl::StatusOr<TopicFile> file = ParseTopicFile(*text);
  return !file.ok() || file->offset_gaps_allowed;
}

absl::StatusOr<std::vector<PartitionDirectory>> ListPartitions(FileSystem* file_system,
                                                               absl::string_view data_directory) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system->List(data_directory));
  std::vector<PartitionDirectory> partitions;
  for (const DirectoryEntry& entry : entries) {
    if (entry.type != FileType::kDirectory) continue;
    absl::StatusOr<PartitionDirectoryName> name = ParsePartitionDirectoryName(entry.name);
    if (!name.ok() || name->state != PartitionDirectoryState::kLive) continue;
    partitions.push_back({std::move(name->partition), JoinPath(data_directory, entry.name)});
  }
  std::sort(partitions.begin(), partitions.end(),
            [](const PartitionDirectory& a, const PartitionDirectory& b) {
              return a.topic_partition < b.topic_partition;
            });
  return partitions;
}

}  // namespace tidemark
