#ifndef TIDEMARK_STORAGE_INSPECT_SEGMENT_VERIFIER_H_
#define TIDEMARK_STORAGE_INSPECT_SEGMENT_VERIFIER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "storage/inspect/index_check.h"
#include "storage/inspect/segment_survey.h"
#include "storage/inspect/verify_context.h"
#include "storage/segment/epoch_check.h"
#include "storage/types.h"

namespace tidemark {

// Where the batches seen so far have led; carried from segment to segment.
struct LogProgress {
  absl::optional<Offset> next_offset;  // Absent where it cannot be known.
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
};

// Checks one segment: its .log, and its .index and .timeindex against it.
class SegmentVerifier {
 public:
  // `next_base_offset` is that of the next segment, absent for the last. `epochs` may be null.
  // Nothing is owned.
  SegmentVerifier(const VerifyContext* context, Offset base_offset,
                  absl::optional<Offset> next_base_offset, EpochCheck* epochs,
                  LogProgress* progress);

  // Errors are the disk's that are no damage: permissions, too many open files.
  absl::Status Run();

 private:
  void CheckStart();
  absl::Status CheckParts(File* file);
  void CheckBatch(const SegmentPart& part);
  void CheckPlaceInLog(const SegmentPart& part);
  void CheckBadPart(const SegmentPart& part);
  void CheckZeroTail(const SegmentPart& part);
  void OpenOffsetIndex();
  void OpenTimeIndex();
  // The whole file; nothing, after a finding, if that cannot be.
  absl::optional<std::string> ReadIndex(const std::string& path);
  void FinishIndexes();
  // Of the segment, which ends at `end`: whether they are not a writer's or a recovery's to change.
  bool AreIndexesComplete(Offset end) const;
  void AddIndexFinding(Offset end, const std::string& path, std::string message);
  void ReportMissingIndexes(Offset end);

  bool is_last() const { return !next_base_offset_.has_value(); }
  void AddLogDamage(FilePosition position, absl::optional<Offset> offset, std::string message);

  const VerifyContext& context_;
  const Offset base_offset_;
  const absl::optional<Offset> next_base_offset_;
  EpochCheck* const epochs_;
  LogProgress* const progress_;
  const std::string log_path_;
  const std::string offset_index_path_;
  const std::string time_index_path_;
  absl::optional<OffsetIndexCheck> offset_index_;
  absl::optional<TimeIndexCheck> time_index_;
  bool has_time_index_problems_ = false;
  bool has_batches_ = false;
  // Nothing can be said of the indexes against a damaged log.
  bool is_damaged_ = false;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_SEGMENT_VERIFIER_H_
