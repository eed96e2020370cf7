#ifndef TIDEMARK_STORAGE_FORMAT_PRODUCER_SNAPSHOT_H_
#define TIDEMARK_STORAGE_FORMAT_PRODUCER_SNAPSHOT_H_

// `.snapshot` files: what a log knows of its producers up to an offset.
// docs/format/producer_snapshot.md.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/types.h"

namespace tidemark {

// One producer and its last batch.
struct ProducerSnapshotEntry {
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  Sequence last_sequence = kNoSequence;
  Offset last_offset{-1};         // Of the last batch; -1 if only a marker is known.
  int32_t last_offset_delta = 0;  // Last minus first offset of that batch.
  Timestamp last_timestamp = kNoTimestamp;
  int32_t coordinator_epoch = -1;  // Of the last transaction marker; -1 for none.
  absl::optional<Offset> open_transaction_first_offset;

  friend bool operator==(const ProducerSnapshotEntry&, const ProducerSnapshotEntry&) = default;
};

std::string FormatProducerSnapshot(absl::Span<const ProducerSnapshotEntry> entries);

// DATA_LOSS, naming what was expected and found, if `bytes` is not a snapshot of version 1, if its
// CRC does not match, or if its size is not that of its entries.
absl::StatusOr<std::vector<ProducerSnapshotEntry>> ParseProducerSnapshot(absl::string_view bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_PRODUCER_SNAPSHOT_H_
