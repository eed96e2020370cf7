#ifndef TIDEMARK_STORAGE_SCRUB_REPORT_H_
#define TIDEMARK_STORAGE_SCRUB_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/damaged_range.h"
#include "storage/types.h"

namespace tidemark {

// What a scrub of one log found: of its sealed segments, with every CRC, offset and leader epoch.
struct ScrubOutcome {
  TopicPartition topic_partition;
  // The first error of the disk, which left a segment unchecked, or why the log could not be asked.
  absl::Status status;
  absl::Time finished = absl::InfinitePast();
  int64_t checked_segments = 0;
  int64_t checked_bytes = 0;
  // Rising. Of both lists the first hundred.
  std::vector<DamagedRange> damaged;
  // What is wrong and takes no record away, a sentence each: leader epochs that are not those of
  // leader-epoch-checkpoint.
  std::vector<std::string> doubts;

  bool is_sound() const { return status.ok() && damaged.empty() && doubts.empty(); }
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SCRUB_REPORT_H_
