#ifndef TIDEMARK_STORAGE_OPTIONS_H_
#define TIDEMARK_STORAGE_OPTIONS_H_

#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// How one partition's log behaves. Each field names the Kafka topic setting it stands for; defaults
// are Kafka's.
struct LogConfig {
  // segment.bytes: a segment is rolled before it would grow beyond this. At least 14.
  int64_t segment_bytes_max = int64_t{1} << 30;
  // segment.ms, or max.compaction.lag.ms where that is less and cleanup.policy includes compact: a
  // segment is rolled once the next batch's largest timestamp, or the clock, is this much after the
  // segment's first.
  absl::Duration segment_age_max = absl::Hours(168);
  // segment.jitter.ms, at most the age above: each segment rolls up to this much earlier, chosen at
  // random.
  absl::Duration segment_jitter_max = absl::ZeroDuration();
  // segment.index.bytes: a segment is rolled when an index would grow beyond this.
  int64_t segment_index_bytes_max = int64_t{10} << 20;
  // index.interval.bytes: one index entry at most per this many bytes of log.
  int64_t index_interval_bytes = 4096;
  // max.message.bytes: the largest record batch taken, as it stands on disk.
  int64_t batch_bytes_max = 1048588;
  // compression.type: what a leader's batches are compressed with when they are stored; absent for
  // `producer`, as they come.
  absl::optional<Codec> codec;
  // compression.gzip.level, compression.lz4.level or compression.zstd.level, whichever is that
  // codec's. Absent: the codec's default.
  absl::optional<int> compression_level;
  // message.timestamp.type.
  TimestampType timestamp_type = TimestampType::kCreateTime;
  // message.timestamp.before.max.ms and message.timestamp.after.max.ms: how far before and after
  // the clock a record's timestamp may be, where appenders set it.
  absl::Duration timestamp_before_max = absl::InfiniteDuration();
  absl::Duration timestamp_after_max = absl::Hours(1);
  // flush.messages: an append that leaves this many records unsynced is durable when it returns.
  int64_t flush_interval_records = std::numeric_limits<int64_t>::max();
  // flush.ms: nothing stays unsynced longer than this.
  absl::Duration flush_interval = absl::InfiniteDuration();
  // file.delete.delay.ms: how long the files of segments that a log no longer has stay, as
  // ".deleted".
  absl::Duration file_delete_delay = absl::Minutes(1);
  // producer.id.expiration.ms: how long a producer may be silent before the log forgets it, unless
  // it is in a transaction.
  absl::Duration producer_expiration = absl::Hours(24);
  // True where cleanup.policy includes compact: every record must have a key.
  bool keys_required = false;
  // True where cleanup.policy includes compact, and for logs of unknown policy: offsets may be
  // missing between batches.
  bool offset_gaps_allowed = false;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_OPTIONS_H_
