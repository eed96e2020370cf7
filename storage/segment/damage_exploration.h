#ifndef TIDEMARK_STORAGE_SEGMENT_DAMAGE_EXPLORATION_H_
#define TIDEMARK_STORAGE_SEGMENT_DAMAGE_EXPLORATION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// What a reader who met damage on his way to `offset` knows.
struct DamageToExplore {
  Offset offset;
  absl::optional<Offset> segment_end;  // Where the next segment begins; absent for the last one.
  Offset log_end;
  bool gaps_allowed = false;
};

// Walks the first `size_bytes` of the segment up to the offset, checks each batch with its CRC, and
// adds what is damaged to what the segment knows. Of the last segment only if good batches follow:
// it still grows. Errors are the disk's.
absl::Status ExploreDamage(Segment* segment, int64_t size_bytes, const DamageToExplore& damage);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_DAMAGE_EXPLORATION_H_
