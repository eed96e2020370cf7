#include "storage/engine/directory_scan.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/base/status_macros.h"
#include "storage/engine/partition_directory.h"
#include "storage/engine/topic_files.h"
#include "storage/format/file_names.h"
#include "storage/format/topic_name.h"

namespace tidemark {
namespace {

// Directories of Kafka or the file system that are none of this engine's business.
constexpr absl::string_view kLeftAlone[] = {"__cluster_metadata-0", "lost+found",
                                            "remote-log-index-cache"};

bool IsLeftAlone(absl::string_view name) {
  return std::find(std::begin(kLeftAlone), std::end(kLeftAlone), name) != std::end(kLeftAlone);
}

absl::Status TakeDirectory(const std::string& path, const std::string& name, DirectoryScan* scan) {
  if (IsLeftAlone(name)) return absl::OkStatus();
  const absl::StatusOr<PartitionDirectoryName> parsed = ParsePartitionDirectoryName(name);
  if (!parsed.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(absl::CHexEscape(path), ": not a directory of a data directory (",
                     parsed.status().message(), "); move it away"));
  }
  switch (parsed->state) {
    case PartitionDirectoryState::kLive:
      scan->topics[parsed->partition.topic].partitions[parsed->partition.partition.value()];
      break;
    case PartitionDirectoryState::kDelete:
      scan->deleted.push_back(name);
      break;
    case PartitionDirectoryState::kFuture:
    case PartitionDirectoryState::kStray:
      break;
  }
  return absl::OkStatus();
}

absl::Status TakeFile(FileSystem* file_system, const std::string& root, const std::string& name,
                      DirectoryScan* scan) {
  const absl::optional<absl::string_view> topic = ParseTopicFileName(name);
  if (!topic) return absl::OkStatus();
  if (!ValidateTopicName(*topic).ok()) {
    return absl::DataLossError(absl::StrCat(root, "/", absl::CHexEscape(name),
                                            ": not the name of a topic file; move it away"));
  }
  TM_ASSIGN_OR_RETURN(scan->topics[std::string(*topic)].file,
                      ReadTopicFile(file_system, root, *topic));
  return absl::OkStatus();
}

// Symbolic links, pipes and the like are harmless unless something would follow them.
absl::Status TakeOther(const std::string& path, const std::string& name) {
  if (!ParseTopicFileName(name) && !ParsePartitionDirectoryName(name).ok()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat(absl::CHexEscape(path), ": neither a file nor a directory; move it away"));
}

absl::Status ReadPartitions(FileSystem* file_system, const std::string& root,
                            const std::string& name, FoundTopic* topic) {
  for (auto& [number, partition] : topic->partitions) {
    const std::string path = PartitionDirectoryPath(root, {name, PartitionId(number)});
    TM_ASSIGN_OR_RETURN(partition, ReadPartitionMetadata(file_system, path));
    if (!PlanAsksWhetherEmpty(*topic, number)) continue;
    TM_ASSIGN_OR_RETURN(partition.log_is_empty, PartitionLogIsEmpty(file_system, path));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DirectoryScan> ScanDataDirectory(FileSystem* file_system, const std::string& root) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, file_system->List(root));
  DirectoryScan scan;
  for (const DirectoryEntry& entry : entries) {
    const std::string path = absl::StrCat(root, "/", entry.name);
    switch (entry.type) {
      case FileType::kDirectory:
        TM_RETURN_IF_ERROR(TakeDirectory(path, entry.name, &scan));
        break;
      case FileType::kFile:
        TM_RETURN_IF_ERROR(TakeFile(file_system, root, entry.name, &scan));
        break;
      case FileType::kOther:
        TM_RETURN_IF_ERROR(TakeOther(path, entry.name));
        break;
    }
  }
  for (auto& [name, topic] : scan.topics) {
    TM_RETURN_IF_ERROR(ReadPartitions(file_system, root, name, &topic));
  }
  return scan;
}

}  // namespace tidemark
