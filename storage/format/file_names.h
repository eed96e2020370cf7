#ifndef TIDEMARK_STORAGE_FORMAT_FILE_NAMES_H_
#define TIDEMARK_STORAGE_FORMAT_FILE_NAMES_H_

// The names in a data directory: docs/format/data_directory.md.

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// In a data directory.
inline constexpr absl::string_view kLockFileName = ".lock";
inline constexpr absl::string_view kCleanShutdownFileName = ".kafka_cleanshutdown";
inline constexpr absl::string_view kMetaPropertiesFileName = "meta.properties";
inline constexpr absl::string_view kReserveFileName = "tidemark.reserve";  // Tidemark's own.
inline constexpr absl::string_view kJournalFileName = "tidemark.journal";  // Tidemark's own.
inline constexpr absl::string_view kRecoveryPointCheckpointName =
    "recovery-point-offset-checkpoint";
inline constexpr absl::string_view kLogStartOffsetCheckpointName = "log-start-offset-checkpoint";
inline constexpr absl::string_view kHighWatermarkCheckpointName = "replication-offset-checkpoint";
inline constexpr absl::string_view kCleanerCheckpointName = "cleaner-offset-checkpoint";

// In a partition's directory.
inline constexpr absl::string_view kLeaderEpochCheckpointName = "leader-epoch-checkpoint";
inline constexpr absl::string_view kPartitionMetadataFileName = "partition.metadata";

// Ends the name of a file that is being written and will be renamed.
inline constexpr absl::string_view kTemporaryFileSuffix = ".tmp";

// A file that belongs to a segment or, for a snapshot, to an offset.
enum class SegmentFileKind { kLog, kOffsetIndex, kTimeIndex, kTransactionIndex, kProducerSnapshot };

// What a second suffix says of it.
enum class SegmentFileState {
  kLive,     // No second suffix.
  kDeleted,  // ".deleted": to be removed.
  kCleaned,  // ".cleaned": being written by compaction.
  kSwap,     // ".swap": written by compaction, about to take its place.
};

struct SegmentFileName {
  Offset offset;  // The base offset; for a snapshot the offset behind the last that it covers.
  SegmentFileKind kind = SegmentFileKind::kLog;
  SegmentFileState state = SegmentFileState::kLive;

  friend bool operator==(const SegmentFileName&, const SegmentFileName&) = default;
};

// "<20 digits>.log" and so on. The offset is not negative.
std::string FormatSegmentFileName(const SegmentFileName& name);

// Nothing if `name` is not exactly what FormatSegmentFileName writes for some value.
absl::optional<SegmentFileName> ParseSegmentFileName(absl::string_view name);

// What the end of a partition directory's name says of it.
enum class PartitionDirectoryState {
  kLive,    // "<topic>-<partition>".
  kDelete,  // "<topic>-<partition>.<32 hex digits>-delete": to be removed.
  kFuture,  // "...-future": a copy that is to take the place of one in another data directory.
  kStray,   // "...-stray": not known to the cluster.
};

struct PartitionDirectoryName {
  TopicPartition partition;  // The topic's name may be cut short unless the state is kLive.
  PartitionDirectoryState state = PartitionDirectoryState::kLive;
};

// "<topic>-<partition>". The topic's name is valid and the partition not negative.
std::string FormatPartitionDirectoryName(const TopicPartition& partition);

// The name of a partition's directory in a state other than kLive. `unique` is 128 random bits,
// which keep a name from being met twice. The topic's name is cut so that the whole has at most 255
// bytes.
std::string FormatPartitionDirectoryName(const TopicPartition& partition,
                                         PartitionDirectoryState state,
                                         const std::array<uint8_t, 16>& unique);

// INVALID_ARGUMENT, saying why, for any other name: one without a hyphen, with an invalid topic
// name, with a partition that is not a canonical decimal number in int32, or with an ending that
// is not quite one of the above.
absl::StatusOr<PartitionDirectoryName> ParsePartitionDirectoryName(absl::string_view name);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_FILE_NAMES_H_
