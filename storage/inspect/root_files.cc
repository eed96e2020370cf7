#include "storage/inspect/root_files.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "storage/base/status_macros.h"
#include "storage/engine/producer_ids_file.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/file_names.h"
#include "storage/inspect.h"
#include "storage/inspect/partition_files.h"

namespace tidemark {

namespace {

class RootReader {
 public:
  RootReader(FileSystem* file_system, absl::string_view data_directory, FindingList* findings)
      : file_system_(file_system), findings_(findings) {
    files_.data_directory = std::string(data_directory);
  }

  absl::StatusOr<RootFiles> Run() {
    TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries,
                        file_system_->List(files_.data_directory));
    for (const DirectoryEntry& entry : entries) {
      if (entry.type == FileType::kDirectory) {
        PassDirectory(entry.name);
      } else {
        PassFile(entry.name);
      }
    }
    return std::move(files_);
  }

 private:
  void PassDirectory(const std::string& name) {
    const absl::StatusOr<PartitionDirectoryName> parsed = ParsePartitionDirectoryName(name);
    if (!parsed.ok()) {
      Note(name,
           "a directory that is not a partition's: Kafka refuses to start with it; move it "
           "elsewhere");
      return;
    }
    if (parsed->state == PartitionDirectoryState::kDelete) {
      Note(name, "a deleted partition that is awaiting its removal; not checked");
    } else if (parsed->state != PartitionDirectoryState::kLive) {
      Note(name, "a partition that Kafka has set aside; not checked");
    }
  }

  void PassFile(const std::string& name) {
    if (PassKnownFile(name)) return;
    Note(name, absl::EndsWith(name, kTemporaryFileSuffix)
                   ? "a file that was being written, or left by a crash; it means nothing"
                   : "an unknown file; it is left alone");
  }

  bool PassKnownFile(const std::string& name) {
    OffsetCheckpoint unused;
    const absl::optional<absl::string_view> topic = ParseTopicFileName(name);
    if (name == kRecoveryPointCheckpointName) {
      PassCheckpoint(name, &files_.recovery_points);
    } else if (name == kLogStartOffsetCheckpointName) {
      PassCheckpoint(name, &files_.log_starts);
    } else if (name == kHighWatermarkCheckpointName || name == kCleanerCheckpointName) {
      PassCheckpoint(name, &unused);
    } else if (topic.has_value()) {
      PassTopicFile(name, std::string(*topic));
    } else if (name == kEnginePropertiesFileName) {
      PassEngineProperties(name);
    } else if (name == kProducerIdsFileName) {
      PassProducerIds(name);
    } else {
      return name == kLockFileName || name == kCleanShutdownFileName ||
             name == kMetaPropertiesFileName || name == kReserveFileName ||
             name == kJournalFileName;
    }
    return true;
  }

  void PassCheckpoint(const std::string& name, OffsetCheckpoint* checkpoint) {
    const absl::optional<std::string> text = Read(name);
    if (!text.has_value()) return;
    const absl::StatusOr<std::vector<OffsetCheckpointEntry>> entries = ParseOffsetCheckpoint(*text);
    if (!entries.ok()) {
      Damage(name, absl::StrCat(entries.status().message(),
                                "; delete it: logs are then checked from their beginning when the "
                                "directory is opened"));
      return;
    }
    for (const OffsetCheckpointEntry& entry : *entries) {
      (*checkpoint)[entry.partition] = std::max(entry.offset, Offset(0));
    }
  }

  void PassTopicFile(const std::string& name, const std::string& topic) {
    const absl::optional<std::string> text = Read(name);
    if (!text.has_value()) return;
    absl::StatusOr<TopicFile> file = ParseTopicFile(*text);
    if (file.ok()) {
      files_.topics.emplace(topic, *std::move(file));
    } else if (absl::IsDataLoss(file.status())) {
      Damage(name, absl::StrCat(file.status().message(),
                                "; restore it from a copy, or create it anew: it holds the topic's "
                                "id, number of partitions and settings"));
    } else {
      Note(name, absl::StrCat(file.status().message(), "; its settings are not used"));
    }
  }

  void PassEngineProperties(const std::string& name) {
    const absl::optional<std::string> text = Read(name);
    if (!text.has_value()) return;
    const absl::Status status = ParseEngineProperties(*text).status();
    if (absl::IsDataLoss(status)) {
      Damage(name, absl::StrCat(status.message(),
                                "; restore it from a copy, or delete it and set the engine's "
                                "settings again"));
    } else if (!status.ok()) {
      Note(name, std::string(status.message()));
    }
  }

  void PassProducerIds(const std::string& name) {
    const absl::optional<std::string> text = Read(name);
    if (!text.has_value()) return;
    const absl::Status status = ParseProducerIdsFile(*text).status();
    if (absl::IsDataLoss(status)) {
      Damage(name, std::string(status.message()));
    } else if (!status.ok()) {
      Note(name, std::string(status.message()));
    }
  }

  // Nothing if it cannot be read, which has been said then, or if it has gone.
  absl::optional<std::string> Read(const std::string& name) {
    absl::StatusOr<std::string> text =
        ReadWholeFile(file_system_, JoinPath(files_.data_directory, name), kSideFileBytesMax);
    if (text.ok()) return *std::move(text);
    if (!absl::IsNotFound(text.status())) {
      Damage(name, absl::StrCat("cannot be read: ", text.status().message()));
    }
    return absl::nullopt;
  }

  void Damage(const std::string& name, std::string message) {
    findings_->AddDamage({JoinPath(files_.data_directory, name), {}, {}}, std::move(message));
  }
  void Note(const std::string& name, std::string message) {
    findings_->AddNote({JoinPath(files_.data_directory, name), {}, {}}, std::move(message));
  }

  FileSystem* const file_system_;
  FindingList* const findings_;
  RootFiles files_;
};

}  // namespace

absl::StatusOr<RootFiles> ReadRootFiles(FileSystem* file_system, absl::string_view data_directory,
                                        FindingList* findings) {
  return RootReader(file_system, data_directory, findings).Run();
}

Offset LookUp(const OffsetCheckpoint& checkpoint, const TopicPartition& partition) {
  const auto entry = checkpoint.find(partition);
  return entry == checkpoint.end() ? Offset(0) : entry->second;
}

}  // namespace tidemark
