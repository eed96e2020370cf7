#ifndef TIDEMARK_STORAGE_SEGMENT_EPOCH_CHECK_H_
#define TIDEMARK_STORAGE_SEGMENT_EPOCH_CHECK_H_

#include <string>
#include <utility>
#include <vector>

#include "storage/format/checkpoint_file.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// The leader-epoch-checkpoint against the batches, which are shown to the check in order: each must
// lie in the range of offsets that belongs to its epoch. What lies below the log start is passed
// over: the file forgets it.
class EpochCheck {
 public:
  EpochCheck(std::vector<LeaderEpochEntry> entries, Offset log_start)
      : entries_(std::move(entries)), log_start_(log_start) {}

  // What is wrong; empty if nothing is.
  std::string Check(const RecordBatchView& batch);

 private:
  const std::vector<LeaderEpochEntry> entries_;
  const Offset log_start_;
  size_t next_ = 0;  // The first entry that starts above the last batch seen.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_EPOCH_CHECK_H_
