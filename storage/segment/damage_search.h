#ifndef TIDEMARK_STORAGE_SEGMENT_DAMAGE_SEARCH_H_
#define TIDEMARK_STORAGE_SEGMENT_DAMAGE_SEARCH_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/damaged_range.h"
#include "storage/env.h"
#include "storage/segment/segment_recovery.h"
#include "storage/types.h"

namespace tidemark {

// Where a .log file ceases to be a row of good batches, and what may follow.
struct DamagePlace {
  int64_t position = 0;
  int64_t file_bytes = 0;
  Continuity continuity;   // What the batch that should stand there must fit.
  Offset base_offset_max;  // Of the batches behind the damage.
  // Where the batches of the file end, or those do that are sure to be there; and where the log
  // goes on if none of them is good.
  Offset end_otherwise;
};

// Finds out how far the damage goes. Good batches go on where the damaged one ends by its header,
// if the one there continues it; otherwise at the first place from which an unbroken row of them
// leads to the end: a record may hold bytes that look like a batch, but not such a row. Each is
// checked by its CRC. Work is bounded by a few times the bytes behind `position`; past that bound
// all of them count as damaged. Errors are the disk's.
absl::StatusOr<DamagedRange> MeasureDamage(File* file, absl::string_view path,
                                           const DamagePlace& place, absl::string_view reason);

// DATA_LOSS, as whoever comes to the range is told.
absl::Status DamageError(const DamagedRange& range);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_DAMAGE_SEARCH_H_
