#ifndef TIDEMARK_STORAGE_INSPECT_SEGMENT_SURVEY_H_
#define TIDEMARK_STORAGE_INSPECT_SEGMENT_SURVEY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/inspect/partition_files.h"
#include "storage/inspect/segment_scanner.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// A part of a .log file.
struct SegmentPart {
  enum class Kind {
    kBatch,        // Its CRC holds.
    kBadBatch,     // Its CRC does not, but its length leads to where the file may go on.
    kUnreadable,   // No batch.
    kUnsupported,  // Message sets of magic 0 or 1, up to the end of the file.
    kZeroTail,     // Nothing but zeros up to the end of the file.
  };
  Kind kind = Kind::kUnreadable;
  FilePosition position;
  int64_t size_bytes = 0;
  absl::optional<RecordBatchView> batch;  // Of a kBatch or kBadBatch. Valid until the next call.
  // For all others:
  std::string reason;        // Why it is not a batch.
  bool is_followed = false;  // A batch whose CRC holds comes somewhere behind.
  // It may be a batch that is being written, or was when a crash came.
  bool may_be_unfinished = false;
};

// Goes through all of a .log file, whatever it holds: where a batch is damaged it goes on with the
// next valid one. What a writer changes meanwhile is looked at again before it is taken for damage.
//
// Not thread-safe.
class SegmentSurvey {
 public:
  // `file` is not owned.
  static absl::StatusOr<SegmentSurvey> Create(File* file, Offset segment_base_offset);

  // The next part; nothing at the end of the file.
  absl::StatusOr<absl::optional<SegmentPart>> Next();

  int64_t file_size_bytes() const { return scanner_.file_size_bytes(); }

 private:
  SegmentSurvey(SegmentScanner scanner, Offset segment_base_offset)
      : scanner_(std::move(scanner)), next_offset_(segment_base_offset) {}

  SegmentPart PassBatch(const ScannedBatch& batch);
  absl::StatusOr<absl::optional<SegmentPart>> PassDamage(FilePosition position,
                                                         FilePosition search_position);

  SegmentScanner scanner_;
  Offset next_offset_;  // Behind the last valid batch.
  bool at_end_ = false;
};

// Whether the data directory has been closed properly and not been opened since.
bool IsClosedCleanly(FileSystem* file_system, absl::string_view data_directory);

// Whether a live or killed writer may have left an unfinished batch at the segment's end: it is the
// last one, of a directory that is not cleanly closed.
bool MayHaveUnfinishedTail(FileSystem* file_system, const PartitionPlace& place,
                           Offset segment_base_offset);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_SEGMENT_SURVEY_H_
