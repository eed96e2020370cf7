#include "storage/engine/partition_directory.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/file_names.h"
#include "storage/format/partition_metadata.h"

namespace tidemark {
namespace {

// Of a record batch: the base offset, then the length of what follows.
constexpr int64_t kBatchOverheadBytes = 61;
constexpr size_t kBatchLengthEnd = 12;

constexpr int64_t kPartitionMetadataBytesMax = 4096;

std::string MetadataPath(const std::string& path) {
  return absl::StrCat(path, "/", kPartitionMetadataFileName);
}

// A file that is shorter than a batch, or that was allocated and never written, holds none.
absl::StatusOr<bool> HoldsBatch(FileSystem* file_system, const std::string& path) {
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, file_system->Open(path, OpenMode::kRead));
  TM_ASSIGN_OR_RETURN(const int64_t size_bytes, file->Size());
  if (size_bytes < kBatchOverheadBytes) return false;
  std::array<char, kBatchLengthEnd> head{};
  TM_RETURN_IF_ERROR(file->Read(0, absl::MakeSpan(head)).status());
  return std::any_of(head.begin(), head.end(), [](char byte) { return byte != 0; });
}

}  // namespace

std::string PartitionDirectoryPath(absl::string_view root, const TopicPartition& partition) {
  return absl::StrCat(root, "/", FormatPartitionDirectoryName(partition));
}

absl::Status MakePartitionDirectory(FileSystem* file_system, const std::string& path,
                                    const TopicId& topic_id) {
  TM_RETURN_IF_ERROR(file_system->CreateDirectory(path));
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                      file_system->Open(MetadataPath(path), OpenMode::kCreate));
  TM_RETURN_IF_ERROR(file->Write(0, FormatPartitionMetadata(topic_id)));
  TM_RETURN_IF_ERROR(file->Sync());
  return file_system->SyncDirectory(path);
}

absl::StatusOr<FoundPartition> ReadPartitionMetadata(FileSystem* file_system,
                                                     const std::string& path) {
  FoundPartition found;
  const absl::StatusOr<std::string> text =
      ReadWholeFile(file_system, MetadataPath(path), kPartitionMetadataBytesMax);
  if (absl::IsNotFound(text.status())) return found;
  if (absl::IsDataLoss(text.status())) {
    found.metadata_damage = std::string(text.status().message());
    return found;
  }
  TM_RETURN_IF_ERROR(text.status());
  const absl::StatusOr<TopicId> topic_id = ParsePartitionMetadata(*text);
  if (topic_id.ok()) {
    found.topic_id = *topic_id;
  } else {
    found.metadata_damage = std::string(topic_id.status().message());
  }
  return found;
}

absl::StatusOr<bool> PartitionLogIsEmpty(FileSystem* file_system, const std::string& path) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system->List(path));
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (!name || name->kind != SegmentFileKind::kLog) continue;
    if (name->offset != Offset(0)) return false;
    TM_ASSIGN_OR_RETURN(const bool holds_batch,
                        HoldsBatch(file_system, absl::StrCat(path, "/", entry.name)));
    if (holds_batch) return false;
  }
  return true;
}

absl::StatusOr<bool> IsLeftover(FileSystem* file_system, const std::string& path,
                                const TopicId& topic_id) {
  TM_ASSIGN_OR_RETURN(const FoundPartition found, ReadPartitionMetadata(file_system, path));
  if (found.topic_id.has_value() && !(*found.topic_id == topic_id)) return false;
  const absl::StatusOr<bool> is_empty = PartitionLogIsEmpty(file_system, path);
  return absl::IsNotFound(is_empty.status()) ? false : is_empty;
}

absl::Status RemoveTree(FileSystem* file_system, const std::string& path) {
  absl::StatusOr<std::vector<DirectoryEntry>> entries = file_system->List(path);
  if (absl::IsNotFound(entries.status())) return absl::OkStatus();
  TM_RETURN_IF_ERROR(entries.status());
  for (const DirectoryEntry& entry : *entries) {
    const std::string inner = absl::StrCat(path, "/", entry.name);
    if (entry.type == FileType::kDirectory) {
      TM_RETURN_IF_ERROR(RemoveTree(file_system, inner));
    } else {
      TM_RETURN_IF_ERROR(file_system->Remove(inner));
    }
  }
  return file_system->RemoveDirectory(path);
}

}  // namespace tidemark
