#ifndef TIDEMARK_STORAGE_INSPECT_LOG_WALKER_H_
#define TIDEMARK_STORAGE_INSPECT_LOG_WALKER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/inspect/partition_files.h"
#include "storage/inspect/segment_scanner.h"
#include "storage/types.h"

namespace tidemark {

// A place in one partition's log that moves forward batch by batch and over segments, while a
// writer may be appending, rolling, truncating and deleting.
//
// Any call returns ABORTED when the log was cut or deleted where the walker stands: it has to be
// started anew. Not thread-safe.
class LogWalker {
 public:
  // Neither is owned.
  LogWalker(FileSystem* file_system, const PartitionPlace* place, bool are_gaps_allowed)
      : file_system_(file_system), place_(place), are_gaps_allowed_(are_gaps_allowed) {}

  // Goes to the beginning of the segment, or to some batch of it that is not behind `near`.
  absl::Status StartAt(Offset segment_base_offset, absl::optional<Offset> near);

  // The next batch, whole and with a CRC that holds; nothing at the end of the log. DATA_LOSS, with
  // file, position and offset, where there should be another batch; the walker stays there. Valid
  // until the next call.
  absl::StatusOr<absl::optional<ScannedBatch>> Next();

  // The same, but nothing also where finding out what stands there takes a look at the directory.
  absl::StatusOr<absl::optional<ScannedBatch>> NextInSegment();

  // After DATA_LOSS: moves to the next valid batch of the segment, if there is one that begins at
  // or below `offset`, and returns true.
  absl::StatusOr<bool> SkipDamage(Offset offset);

  // Makes the batch that was returned last the next one again.
  void PutBack(const ScannedBatch& batch);

  // The lowest offset that the next batch may begin with.
  Offset next_offset() const { return next_offset_; }
  Offset segment_base_offset() const { return segment_base_offset_; }

 private:
  absl::Status Open(FilePosition position);
  // Opens the file that has the segment's name now, if it goes on from the last batch.
  absl::Status Reopen();
  absl::Status MoveToSegment(Offset base_offset);
  // Empty if the log may go on with `base_offset` here.
  std::string FindDiscontinuity(Offset base_offset) const;
  // In the last segment, where no valid batch stands: OK if the log ends here.
  absl::Status JudgeTail();
  absl::Status Damage(absl::string_view reason) const;

  FileSystem* const file_system_;
  const PartitionPlace* const place_;
  const bool are_gaps_allowed_;
  Offset segment_base_offset_;
  bool is_swapping_ = false;  // The segment is about to take the place of those that it covers.
  std::unique_ptr<File> file_;
  absl::optional<SegmentScanner> scanner_;
  Offset next_offset_;
  std::string problem_;  // Why NextInSegment returned nothing, if it is not an end or zeros.
  std::string last_batch_header_;
  FilePosition last_batch_position_;
  std::string judged_tail_;  // The bytes that JudgeTail last took for the end.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_LOG_WALKER_H_
