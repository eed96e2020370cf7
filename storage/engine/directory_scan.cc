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
#include "storage/engine/producer_ids_file.h"
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

class Scanner {
 public:
  Scanner(FileSystem* file_system, absl::Span<const std::string> roots)
      : file_system_(file_system), roots_(roots) {
    scan_.deleted.resize(roots.size());
  }

  // Lists the data directory of that number.
  absl::Status List(size_t number);
  // Looks into the partitions of that one.
  absl::Status ReadPartitions(size_t number);

  DirectoryScan Take() { return std::move(scan_); }

 private:
  absl::Status TakeDirectory(size_t number, const std::string& name);
  absl::Status TakePartition(size_t number, const TopicPartition& partition);
  absl::Status TakeFile(size_t number, const std::string& name);
  absl::Status TakeOther(size_t number, const std::string& name);
  std::string PathOf(size_t number, const std::string& name) const {
    return absl::StrCat(roots_[number], "/", absl::CHexEscape(name));
  }

  FileSystem* const file_system_;
  const absl::Span<const std::string> roots_;
  DirectoryScan scan_;
};

absl::Status Scanner::TakePartition(size_t number, const TopicPartition& partition) {
  const auto [place, is_new] = scan_.places.emplace(partition, number);
  if (!is_new) {
    return absl::FailedPreconditionError(
        absl::StrCat(PartitionDirectoryPath(roots_[place->second], partition), " and ",
                     PartitionDirectoryPath(roots_[number], partition),
                     ": one partition in two data directories; move away the one that is older"));
  }
  scan_.topics[partition.topic].partitions[partition.partition.value()];
  return absl::OkStatus();
}

absl::Status Scanner::TakeDirectory(size_t number, const std::string& name) {
  if (IsLeftAlone(name)) return absl::OkStatus();
  const absl::StatusOr<PartitionDirectoryName> parsed = ParsePartitionDirectoryName(name);
  if (!parsed.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(PathOf(number, name), ": not a directory of a data directory (",
                     parsed.status().message(), "); move it away"));
  }
  switch (parsed->state) {
    case PartitionDirectoryState::kLive:
      return TakePartition(number, parsed->partition);
    case PartitionDirectoryState::kDelete:
      scan_.deleted[number].push_back(name);
      break;
    case PartitionDirectoryState::kFuture:
    case PartitionDirectoryState::kStray:
      break;
  }
  return absl::OkStatus();
}

absl::Status Scanner::TakeFile(size_t number, const std::string& name) {
  if (name == kPartitionMetadataFileName || ParseSegmentFileName(name)) {
    return absl::FailedPreconditionError(
        absl::StrCat(PathOf(number, name),
                     ": a file of a partition, so its directory is no data directory; give the "
                     "one that holds the partition's"));
  }
  const absl::optional<absl::string_view> topic = ParseTopicFileName(name);
  if (number > 0 && (topic || name == kEnginePropertiesFileName || name == kProducerIdsFileName)) {
    return absl::FailedPreconditionError(
        absl::StrCat(PathOf(number, name), ": belongs into the first data directory, which is ",
                     roots_[0], "; give the one that has these files first"));
  }
  if (!topic) return absl::OkStatus();
  if (!ValidateTopicName(*topic).ok()) {
    return absl::DataLossError(
        absl::StrCat(PathOf(number, name), ": not the name of a topic file; move it away"));
  }
  TM_ASSIGN_OR_RETURN(scan_.topics[std::string(*topic)].file,
                      ReadTopicFile(file_system_, roots_[number], *topic));
  return absl::OkStatus();
}

// Symbolic links, pipes and the like are harmless unless something would follow them.
absl::Status Scanner::TakeOther(size_t number, const std::string& name) {
  if (!ParseTopicFileName(name) && !ParsePartitionDirectoryName(name).ok()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat(PathOf(number, name), ": neither a file nor a directory; move it away"));
}

absl::Status Scanner::List(size_t number) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries,
                      file_system_->List(roots_[number]));
  for (const DirectoryEntry& entry : entries) {
    switch (entry.type) {
      case FileType::kDirectory:
        TM_RETURN_IF_ERROR(TakeDirectory(number, entry.name));
        break;
      case FileType::kFile:
        TM_RETURN_IF_ERROR(TakeFile(number, entry.name));
        break;
      case FileType::kOther:
        TM_RETURN_IF_ERROR(TakeOther(number, entry.name));
        break;
    }
  }
  return absl::OkStatus();
}

absl::Status Scanner::ReadPartitions(size_t number) {
  for (const auto& [name, place] : scan_.places) {
    if (place != number) continue;
    FoundTopic& topic = scan_.topics[name.topic];
    FoundPartition& partition = topic.partitions[name.partition.value()];
    const std::string path = PartitionDirectoryPath(roots_[number], name);
    TM_ASSIGN_OR_RETURN(partition, ReadPartitionMetadata(file_system_, path));
    if (!PlanAsksWhetherEmpty(topic, name.partition.value())) continue;
    TM_ASSIGN_OR_RETURN(partition.log_is_empty, PartitionLogIsEmpty(file_system_, path));
  }
  return absl::OkStatus();
}

// Forgets a data directory that turned out to be unreadable half way.
void Forget(size_t number, DirectoryScan* scan) {
  scan->deleted[number].clear();
  for (auto place = scan->places.begin(); place != scan->places.end();) {
    if (place->second != number) {
      ++place;
      continue;
    }
    const auto topic = scan->topics.find(place->first.topic);
    topic->second.partitions.erase(place->first.partition.value());
    if (topic->second.partitions.empty() && !topic->second.file) scan->topics.erase(topic);
    place = scan->places.erase(place);
  }
}

}  // namespace

bool IsDiskFailure(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsPermissionDenied(status) ||
         absl::IsNotFound(status) || absl::IsResourceExhausted(status);
}

absl::StatusOr<DirectoryScan> ScanDataDirectories(FileSystem* file_system,
                                                  absl::Span<const std::string> roots,
                                                  std::vector<absl::Status>* failures) {
  Scanner scanner(file_system, roots);
  for (const bool only_list : {true, false}) {
    for (size_t number = 0; number < roots.size(); ++number) {
      absl::Status& failure = (*failures)[number];
      if (!failure.ok()) continue;
      const absl::Status status = only_list ? scanner.List(number) : scanner.ReadPartitions(number);
      if (status.ok()) continue;
      if (number == 0 || !IsDiskFailure(status)) return status;
      failure = status;
    }
  }
  DirectoryScan scan = scanner.Take();
  for (size_t number = 0; number < roots.size(); ++number) {
    if (!(*failures)[number].ok()) Forget(number, &scan);
  }
  return scan;
}

}  // namespace tidemark
