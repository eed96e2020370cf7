#ifndef TIDEMARK_STORAGE_LOG_LOG_LOADER_H_
#define TIDEMARK_STORAGE_LOG_LOG_LOADER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/index/segment_index.h"
#include "storage/log/leader_epoch_cache.h"
#include "storage/log/producer_table.h"
#include "storage/options.h"
#include "storage/recovery_report.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// Where and how a log was left.
struct LoadParameters {
  TopicPartition topic_partition;
  std::string directory;
  LogConfig config;
  Offset log_start_offset{0};
  Offset recovery_point{0};
  bool was_clean = false;
  Timestamp now = kNoTimestamp;  // What the age of producers is counted to.
};

// A sealed segment whose index files could not be completed, on a full disk, say. They may be
// absent, old or cut short, so it counts as one that was just rolled.
struct UnfinishedSegment {
  std::shared_ptr<Segment> segment;
  std::shared_ptr<SegmentIndex> index;
  Offset end_offset;
  std::string snapshot;  // Of the producers there.
};

// A partition directory, made sense of.
struct LoadedLog {
  std::vector<std::shared_ptr<Segment>>
      segments;                               // Rising; at least one; the last is the active one.
  std::vector<UnfinishedSegment> unfinished;  // Rising.
  std::shared_ptr<SegmentIndex> active_index;
  bool active_index_is_stored = false;  // Complete, and so are its files.
  bool names_changed = true;            // The names in the directory may not be durable.
  Timestamp active_first_timestamp = kNoTimestamp;
  LeaderEpochCache epochs;
  bool epochs_changed = false;             // The file does not hold them.
  ProducerTable producers;                 // As of the log end.
  absl::optional<Offset> newest_snapshot;  // Of those that are left.
  Offset log_start;
  Offset log_end;
  Offset flushed;  // Every batch below is on stable storage.
  // At most that: the segments from here on were written again or cut, and are to be synced.
  Offset recovered_from;
};

// Loads the log; docs/GUARANTEES.md says what recovery keeps. After a clean stop only the end of
// the last segment is looked at. Otherwise everything from the recovery point's segment on is
// checked, batch by batch, and the log is cut at the first one that does not hold. Below the
// recovery point nothing is cut: bytes that were on stable storage have changed. The report names
// the range, and the log goes on behind it, in a new segment at the recovery point if nothing good
// follows. DATA_LOSS if a segment there does not continue the one before it.
absl::StatusOr<LoadedLog> LoadLog(const SegmentEnvironment& environment,
                                  const LoadParameters& parameters, LogRecoveryReport* report);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_LOADER_H_
