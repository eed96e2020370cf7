#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "storage/engine/producer_ids_file.h"
#include "storage/engine/topic_file.h"
#include "storage/format/file_names.h"
#include "storage/inspect.h"
#include "storage/inspect/partition_files.h"

namespace tidemark {

DataFileKind DataFileKindOf(absl::string_view path) {
  absl::string_view name = NameOf(path);
  for (absl::string_view suffix : {".deleted", ".cleaned", ".swap"}) {
    if (absl::ConsumeSuffix(&name, suffix)) break;
  }
  if (name == kLeaderEpochCheckpointName) return DataFileKind::kLeaderEpochCheckpoint;
  if (name == kRecoveryPointCheckpointName || name == kLogStartOffsetCheckpointName ||
      name == kHighWatermarkCheckpointName || name == kCleanerCheckpointName) {
    return DataFileKind::kOffsetCheckpoint;
  }
  if (name == kPartitionMetadataFileName) return DataFileKind::kPartitionMetadata;
  if (name == kMetaPropertiesFileName) return DataFileKind::kProperties;
  if (name == kCleanShutdownFileName) return DataFileKind::kCleanShutdown;
  if (name == kEnginePropertiesFileName || ParseTopicFileName(name).has_value()) {
    return DataFileKind::kTopicSettings;
  }
  if (name == kProducerIdsFileName) return DataFileKind::kProducerIds;
  if (absl::EndsWith(name, ".log")) return DataFileKind::kLog;
  if (absl::EndsWith(name, ".index")) return DataFileKind::kOffsetIndex;
  if (absl::EndsWith(name, ".timeindex")) return DataFileKind::kTimeIndex;
  if (absl::EndsWith(name, ".txnindex")) return DataFileKind::kTransactionIndex;
  if (absl::EndsWith(name, ".snapshot")) return DataFileKind::kProducerSnapshot;
  return DataFileKind::kUnknown;
}

}  // namespace tidemark
