#ifndef TIDEMARK_STORAGE_FORMAT_CHECKPOINT_FILE_H_
#define TIDEMARK_STORAGE_FORMAT_CHECKPOINT_FILE_H_

// The text files that hold a version, a count and one entry a line: docs/format/checkpoints.md and
// docs/format/leader_epoch_checkpoint.md.
//
// The parsers accept LF and CRLF line ends and a missing last one. They return DATA_LOSS, naming
// the line (from 1), what stands there and what was expected, for a text that is not such a file of
// version 0, that is cut short, or that goes on behind its last entry.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/types.h"

namespace tidemark {

struct OffsetCheckpointEntry {
  TopicPartition partition;
  Offset offset;

  friend bool operator==(const OffsetCheckpointEntry&, const OffsetCheckpointEntry&) = default;
};

std::string FormatOffsetCheckpoint(absl::Span<const OffsetCheckpointEntry> entries);

// In the file's order; none for an empty text, which Kafka leaves where it has had nothing to
// write. Any 64-bit offset is accepted: what it may be is for its user to judge. DATA_LOSS also for
// a topic name or partition that cannot be, or a partition that is there twice.
absl::StatusOr<std::vector<OffsetCheckpointEntry>> ParseOffsetCheckpoint(absl::string_view text);

// The first offset that was written under a leader epoch.
struct LeaderEpochEntry {
  LeaderEpoch epoch;
  Offset start_offset;

  friend bool operator==(const LeaderEpochEntry&, const LeaderEpochEntry&) = default;
};

std::string FormatLeaderEpochCheckpoint(absl::Span<const LeaderEpochEntry> entries);

// DATA_LOSS also for a negative epoch or offset, and unless both rise from line to line.
absl::StatusOr<std::vector<LeaderEpochEntry>> ParseLeaderEpochCheckpoint(absl::string_view text);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_CHECKPOINT_FILE_H_
