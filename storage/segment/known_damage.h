#ifndef TIDEMARK_STORAGE_SEGMENT_KNOWN_DAMAGE_H_
#define TIDEMARK_STORAGE_SEGMENT_KNOWN_DAMAGE_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/types/optional.h"
#include "storage/base/mutex.h"
#include "storage/damaged_range.h"
#include "storage/types.h"

namespace tidemark {

// Sound bytes between two damaged ranges, or an end of the segment.
struct SoundStretch {
  int64_t begin = 0;
  Offset first_offset;  // What its first batch holds, or is above where there are gaps.
  int64_t end = 0;
  absl::optional<Offset> end_offset;  // Where the next damaged range begins, if there is one.
};

// The damage that was met in one segment, so that each reader is told the same. Thread-safe; cheap
// as long as there is none.
class KnownDamage {
 public:
  // False, without effect, if one of its offsets is known to be damaged.
  bool Add(const DamagedRange& range);

  // The range that `offset` is in.
  absl::optional<DamagedRange> At(Offset offset) const;

  // The bytes that `offset`, which is in no range, is among. The segment begins at `base_offset`
  // and has `size_bytes`.
  SoundStretch StretchOf(Offset offset, Offset base_offset, int64_t size_bytes) const;

 private:
  std::atomic<bool> has_any_{false};
  mutable Mutex mutex_;
  std::vector<DamagedRange> ranges_ ABSL_GUARDED_BY(mutex_);  // Rising.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_KNOWN_DAMAGE_H_
