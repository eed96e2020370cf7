#ifndef TIDEMARK_STORAGE_LOG_SEGMENT_REMOVER_H_
#define TIDEMARK_STORAGE_LOG_SEGMENT_REMOVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/env/open_file_cache.h"
#include "storage/format/file_names.h"
#include "storage/log/log_directory.h"
#include "storage/types.h"

namespace tidemark {

// Takes the files of segments that a log no longer has out of its way, and off the disk later, so
// that whoever reads them may finish (views do not need it). What it has not come to, the next
// opening removes. Remove and Finish are for one thread at a time; the rest is thread-safe.
class SegmentRemover {
 public:
  // `owner` is kept for as long as a removal is to come.
  SegmentRemover(LogDirectory* directory, OpenFileCache* open_files, Executor* executor,
                 std::shared_ptr<const void> owner);
  ~SegmentRemover() { Stop(); }

  // Puts ".deleted" behind the names of the segments that begin at `base_offsets`, and of the
  // snapshots there; that is on stable storage on return. Removes them after `delay`, or at once
  // where the disk is too full for the longer names. First goes what an earlier call has failed to
  // take away, which is below. After an error the files of some may be in the way still.
  absl::Status Remove(absl::Span<const Offset> base_offsets, absl::Duration delay);

  // Does what calls of Remove have failed to do. Before it has succeeded, no segment may be made
  // below where the log starts.
  absl::Status Finish(absl::Duration delay) { return Remove({}, delay); }

  // Removes what has ".deleted" behind its name after `delay`.
  void RemoveLater(absl::Span<const Offset> base_offsets, absl::Duration delay);

  // On return, nothing is being removed, and nothing will be.
  void Stop();

 private:
  absl::Status MarkDeleted(absl::Span<const Offset> base_offsets);
  absl::Status MarkDeleted(Offset offset, SegmentFileKind kind);

  // Shared with the timers.
  struct State;

  LogDirectory* const directory_;
  OpenFileCache* const open_files_;
  Executor* const executor_;
  const std::shared_ptr<State> state_;
  // In order. Whatever of them a failure leaves goes first: else it would stand before a hole.
  std::vector<Offset> unmarked_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_SEGMENT_REMOVER_H_
