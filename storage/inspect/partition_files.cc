#include "storage/inspect/partition_files.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/base/status_macros.h"
#include "storage/engine/producer_ids_file.h"
#include "storage/engine/topic_file.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/file_names.h"
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
  const std::string data_directory(DirectoryOf(directory));
  return PartitionPlace{std::move(name.partition), std::string(directory), data_directory,
                        data_directory};
}

absl::StatusOr<std::vector<Offset>> ListSegments(FileSystem* file_system,
                                                 absl::string_view directory) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system->List(directory));
  std::vector<Offset> base_offsets;
  for (const DirectoryEntry& entry : entries) {
    if (entry.type != FileType::kFile) continue;
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (name.has_value() && name->kind == SegmentFileKind::kLog &&
        (name->state == SegmentFileState::kLive || name->state == SegmentFileState::kSwap)) {
      base_offsets.push_back(name->offset);
    }
  }
  std::sort(base_offsets.begin(), base_offsets.end());
  base_offsets.erase(std::unique(base_offsets.begin(), base_offsets.end()), base_offsets.end());
  return base_offsets;
}

std::string SwapPath(absl::string_view directory, Offset base_offset, SegmentFileKind kind) {
  return JoinPath(directory, FormatSegmentFileName({base_offset, kind, SegmentFileState::kSwap}));
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
  const absl::StatusOr<std::string> text =
      ReadWholeFile(file_system, JoinPath(place.home, TopicFileName(place.topic_partition.topic)),
                    kTopicFileBytesMax);
  if (!text.ok()) return true;
  const absl::StatusOr<TopicFile> file = ParseTopicFile(*text);
  return !file.ok() || file->offset_gaps_allowed;
}

namespace {

bool IsTidemarksOwn(absl::string_view name) {
  return ParseTopicFileName(name) || name == kEnginePropertiesFileName ||
         name == kProducerIdsFileName;
}

// Whether the entry is only found in data directories. The name of a live partition is too common
// to tell.
bool IsTelling(const DirectoryEntry& entry) {
  const absl::string_view name = entry.name;
  if (entry.type == FileType::kDirectory) {
    const auto parsed = ParsePartitionDirectoryName(name);
    return parsed.ok() && parsed->state != PartitionDirectoryState::kLive;
  }
  return IsTidemarksOwn(name) || name == kLockFileName || name == kCleanShutdownFileName ||
         name == kMetaPropertiesFileName || name == kRecoveryPointCheckpointName ||
         name == kLogStartOffsetCheckpointName || name == kHighWatermarkCheckpointName ||
         name == kCleanerCheckpointName;
}

// Whether the directory is more than one with the name of a partition's.
bool HoldsPartition(FileSystem* file_system, const std::string& path) {
  const absl::StatusOr<std::vector<DirectoryEntry>> entries = file_system->List(path);
  if (!entries.ok()) return true;
  return std::any_of(entries->begin(), entries->end(), [](const DirectoryEntry& entry) {
    return entry.name == kPartitionMetadataFileName || ParseSegmentFileName(entry.name);
  });
}

// Adds those in one data directory.
absl::Status AddPartitions(FileSystem* file_system, const std::string& data_directory,
                           const std::string& home, std::vector<PartitionDirectory>* partitions) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system->List(data_directory));
  std::vector<PartitionDirectory> found;
  for (const DirectoryEntry& entry : entries) {
    const std::string path = JoinPath(data_directory, entry.name);
    if (entry.type == FileType::kFile && data_directory != home && IsTidemarksOwn(entry.name)) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, ": belongs into the first data directory, which is ", home,
                       "; give the one that has these files first"));
    }
    if (entry.type != FileType::kDirectory) continue;
    absl::StatusOr<PartitionDirectoryName> name = ParsePartitionDirectoryName(entry.name);
    if (!name.ok() || name->state != PartitionDirectoryState::kLive) continue;
    found.push_back({std::move(name->partition), path, home});
  }
  const bool is_foreign =
      !entries.empty() && std::none_of(entries.begin(), entries.end(), IsTelling) &&
      std::none_of(found.begin(), found.end(), [&](const PartitionDirectory& partition) {
        return HoldsPartition(file_system, partition.path);
      });
  if (is_foreign) {
    return absl::FailedPreconditionError(absl::StrCat(
        data_directory,
        ": not a data directory: it holds other files, no partition and no checkpoint"));
  }
  std::move(found.begin(), found.end(), std::back_inserter(*partitions));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PartitionDirectory>> ListPartitions(
    FileSystem* file_system, absl::Span<const std::string> data_directories) {
  std::vector<PartitionDirectory> partitions;
  for (const std::string& data_directory : data_directories) {
    TM_RETURN_IF_ERROR(
        AddPartitions(file_system, data_directory, data_directories.front(), &partitions));
  }
  std::stable_sort(partitions.begin(), partitions.end(),
                   [](const PartitionDirectory& a, const PartitionDirectory& b) {
                     return a.topic_partition < b.topic_partition;
                   });
  const auto twice =
      std::adjacent_find(partitions.begin(), partitions.end(),
                         [](const PartitionDirectory& a, const PartitionDirectory& b) {
                           return a.topic_partition == b.topic_partition;
                         });
  if (twice == partitions.end()) return partitions;
  return absl::FailedPreconditionError(
      absl::StrCat(twice->path, " and ", std::next(twice)->path,
                   ": one partition in two data directories; move away the one that is older"));
}

}  // namespace tidemark
