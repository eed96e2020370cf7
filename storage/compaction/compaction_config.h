#ifndef TIDEMARK_STORAGE_COMPACTION_COMPACTION_CONFIG_H_
#define TIDEMARK_STORAGE_COMPACTION_COMPACTION_CONFIG_H_

#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// How one log is compacted. Each field names the Kafka topic setting it stands for; defaults are
// Kafka's.
struct CompactionConfig {
  // min.cleanable.dirty.ratio: a log is cleaned once more than this part of it is dirty.
  double dirty_ratio_min = 0.5;
  // min.compaction.lag.ms: a segment with a record younger than this is left alone.
  absl::Duration lag_min = absl::ZeroDuration();
  // max.compaction.lag.ms: a log with an older dirty segment is cleaned whatever its ratio.
  absl::Duration lag_max = absl::InfiniteDuration();
  // delete.retention.ms: how long tombstones and transaction markers stay after the first cleaning.
  absl::Duration delete_retention = absl::Hours(24);
  // tidemark.compaction.bytes.per.second: how fast the logs of the topic together may be read and
  // written. IoThrottle::kUnlimited: as fast as all logs together may be.
  double bytes_per_second_max = std::numeric_limits<double>::max();
  // compression.type: what data batches are compressed with. Absent, for `producer`: as they came.
  absl::optional<Codec> codec;
  // compression.gzip.level, compression.lz4.level or compression.zstd.level, whichever is that
  // codec's. Absent: the codec's default, as for batches whose codec stays.
  absl::optional<int> compression_level;
  // segment.bytes, segment.index.bytes, index.interval.bytes.
  int64_t segment_bytes_max = int64_t{1} << 30;
  int64_t segment_index_bytes_max = int64_t{10} << 20;
  int64_t index_interval_bytes = 4096;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_COMPACTION_CONFIG_H_
