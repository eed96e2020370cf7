#ifndef TIDEMARK_STORAGE_LOG_SEGMENT_REPLACER_H_
#define TIDEMARK_STORAGE_LOG_SEGMENT_REPLACER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/log/group_commit.h"
#include "storage/log/log_directory.h"
#include "storage/log/log_journal.h"
#include "storage/log/log_syncer.h"
#include "storage/log/log_writer.h"
#include "storage/log/segment_info.h"
#include "storage/log/segment_list.h"
#include "storage/log/segment_remover.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// Puts a compacted segment in the place of those that it was made from, while others read and
// append. Thread-safe.
class SegmentReplacer {
 public:
  struct Parts {
    SegmentEnvironment environment;
    LogDirectory* directory = nullptr;
    SegmentList* segments = nullptr;
    LogSyncer* syncer = nullptr;
    LogWriter* writer = nullptr;
    GroupCommit* commit = nullptr;
    LogJournal* journal = nullptr;
    SegmentRemover* remover = nullptr;
    std::function<Offset()> high_watermark;
  };

  explicit SegmentReplacer(Parts parts) : parts_(std::move(parts)) {}

  // See PartitionLog::ReplaceSegments.
  absl::Status Replace(absl::Span<const SegmentInfo> covered, int64_t cleaned_bytes);

 private:
  using Segments = std::vector<std::shared_ptr<Segment>>;

  // The journal must not put back what is replaced.
  absl::Status ForgetJournaled() const;
  // The segments of the log that `covered` says. ABORTED if they are not there, or not to be
  // replaced.
  absl::StatusOr<Segments> FindCovered(absl::Span<const SegmentInfo> covered) const;
  // The cleaned segment, which serves from its open files, whatever they are called.
  absl::StatusOr<std::shared_ptr<Segment>> OpenCleaned(Offset base_offset,
                                                       int64_t cleaned_bytes) const;
  absl::Status MarkForSwap(Offset base_offset) const;
  absl::Status Swap(const Segments& covered, const std::shared_ptr<Segment>& cleaned) const;

  const Parts parts_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_SEGMENT_REPLACER_H_
