#ifndef TIDEMARK_STORAGE_LOG_SEGMENT_INFO_H_
#define TIDEMARK_STORAGE_LOG_SEGMENT_INFO_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/env.h"
#include "storage/format/index_entry.h"
#include "storage/log/log_syncer.h"
#include "storage/log/log_writer.h"
#include "storage/log/segment_list.h"
#include "storage/types.h"

namespace tidemark {

// A segment as retention and compaction see it.
struct SegmentInfo {
  uint64_t id = 0;  // Of no other segment, not even of what a truncation leaves of this one.
  Offset base_offset;
  Offset end_offset;  // Where the next one begins; of the active one, the log end.
  int64_t size_bytes = 0;
  Timestamp largest_timestamp = kNoTimestamp;  // Of its records; kNoTimestamp if none has one.
  // When the .log file was changed last; asked for only without a largest timestamp.
  // InfiniteFuture: not known.
  absl::Time modified = absl::InfiniteFuture();
  bool is_active = false;
  bool is_finished = false;  // Synced, its side files too: it can be replaced or removed.
};

// All segments, rising. The last one is active, unless the log is rolled meanwhile.
absl::StatusOr<std::vector<SegmentInfo>> DescribeSegments(FileSystem* file_system,
                                                          const SegmentList& segments,
                                                          const LogSyncer& syncer,
                                                          const LogWriter& writer);

// The aborted transactions with records in [from, end), by the indexes of all segments.
std::vector<TransactionIndexEntry> FindAborted(const SegmentList& segments, Offset from,
                                               Offset end);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_SEGMENT_INFO_H_
