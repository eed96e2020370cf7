#ifndef TIDEMARK_STORAGE_LOG_SEGMENT_LIST_H_
#define TIDEMARK_STORAGE_LOG_SEGMENT_LIST_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// A segment and the right to read it: while the pin is held its bytes stay as they are.
struct PinnedSegment {
  std::shared_ptr<Segment> segment;
  std::shared_ptr<const void> pin;
};

// The segments of one log by base offset. Thread-safe: readers hold its lock just to look one up.
class SegmentList {
 public:
  explicit SegmentList(const std::vector<std::shared_ptr<Segment>>& segments);

  // The segment that `offset` would be in: the last one that begins at or below it. Null below all.
  PinnedSegment Floor(Offset offset) const;
  // The first one that begins above `offset`. Null if there is none.
  PinnedSegment Higher(Offset offset) const;

  std::shared_ptr<Segment> First() const;
  std::shared_ptr<Segment> Last() const;

  // All that begin at or above Floor(offset).
  std::vector<std::shared_ptr<Segment>> From(Offset offset) const;

  // Takes out those that end at or below `offset`, but never the last one.
  std::vector<std::shared_ptr<Segment>> TakeBelow(Offset offset);

  // Above the last one.
  void Add(std::shared_ptr<Segment> segment);
  // Takes the last one out.
  std::shared_ptr<Segment> RemoveLast();
  // Puts another in the place of the last one.
  void ReplaceLast(std::shared_ptr<Segment> segment);

  // Puts another in the place of the neighbours that begin at `base_offsets`, at the first one's.
  void Replace(const std::vector<Offset>& base_offsets, std::shared_ptr<Segment> segment);

  // If nobody has the last segment pinned, runs `work` while nobody can pin it, and puts the
  // returned segment in its place. Readers wait meanwhile, so `work` is to be one short file
  // operation. Returns whether it ran.
  absl::StatusOr<bool> ReplaceLastIfUnpinned(
      const std::function<absl::StatusOr<std::shared_ptr<Segment>>()>& work);

  int64_t count() const;
  int64_t TotalBytes() const;

 private:
  mutable Mutex mutex_;
  std::map<Offset, std::shared_ptr<Segment>> segments_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_SEGMENT_LIST_H_
