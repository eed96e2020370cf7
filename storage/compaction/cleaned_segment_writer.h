#ifndef TIDEMARK_STORAGE_COMPACTION_CLEANED_SEGMENT_WRITER_H_
#define TIDEMARK_STORAGE_COMPACTION_CLEANED_SEGMENT_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/compaction/cleanable_log.h"
#include "storage/env.h"
#include "storage/format/file_names.h"
#include "storage/format/index_entry.h"
#include "storage/index/segment_index.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// Writes one segment to files that end in ".cleaned". What is not finished is removed with it, as
// far as the disk lets. Not thread-safe.
class CleanedSegmentWriter {
 public:
  // Begins with empty files, whatever an interrupted cleaning has left there. The file system must
  // outlive the writer.
  static absl::StatusOr<std::unique_ptr<CleanedSegmentWriter>> Create(FileSystem* file_system,
                                                                      absl::string_view directory,
                                                                      Offset base_offset,
                                                                      int64_t index_interval_bytes);
  ~CleanedSegmentWriter();

  // Adds a batch, whose offsets are above all before. OUT_OF_RANGE if the segment could no longer
  // be indexed with it.
  absl::Status Append(const RecordBatchView& batch);

  // Adds aborted transactions, in the order of their markers.
  void AddAborted(absl::Span<const TransactionIndexEntry> aborted);

  int64_t size_bytes() const { return position_ + static_cast<int64_t>(buffer_.size()); }

  // Completes the files and syncs them. Nothing else may be called then.
  absl::StatusOr<CleanedSegment> Finish();

  // After Finish: whether nobody has begun to take the files, which goes by the .log file.
  bool IsUntouched() const;

  // After Finish: the files are somebody else's from here on.
  void Release() { is_released_ = true; }

 private:
  CleanedSegmentWriter(FileSystem* file_system, absl::string_view directory, Offset base_offset,
                       int64_t index_interval_bytes);

  std::string PathOf(SegmentFileKind kind) const;
  absl::Status RemoveFiles();
  absl::Status WriteOut();
  absl::Status WriteTransactionIndex();

  FileSystem* const file_system_;
  const std::string directory_;
  const Offset base_offset_;
  SegmentIndex index_;
  std::unique_ptr<File> file_;
  std::vector<TransactionIndexEntry> aborted_;
  std::string buffer_;  // Behind position_.
  int64_t position_ = 0;
  bool is_released_ = false;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_CLEANED_SEGMENT_WRITER_H_
