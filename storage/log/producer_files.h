#ifndef TIDEMARK_STORAGE_LOG_PRODUCER_FILES_H_
#define TIDEMARK_STORAGE_LOG_PRODUCER_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/log/producer_table.h"
#include "storage/record_batch.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// What a log's directory says of its producers: snapshots, and the log itself behind them.
class ProducerFiles {
 public:
  ProducerFiles(FileSystem* file_system, std::string directory)
      : file_system_(file_system), directory_(std::move(directory)) {}

  // Writes the snapshot at `offset`; `bytes` are a formatted one. It may be torn or absent after a
  // power loss unless it has producers.
  absl::Status Store(Offset offset, absl::string_view bytes) const;

  // The offsets of all snapshots, rising.
  absl::StatusOr<std::vector<Offset>> List() const;
  absl::Status Remove(absl::Span<const Offset> snapshots) const;

  // What is known of producers at `offset`: from the newest sound snapshot in (`log_start`,
  // `offset`], or else from the log start, and the batches from there on. `segments` rise and reach
  // up to `offset`. Snapshots that are not sound are removed.
  absl::StatusOr<ProducerTable> Load(absl::Span<const std::shared_ptr<Segment>> segments,
                                     Offset log_start, Offset offset) const;

 private:
  std::string PathOf(Offset snapshot) const;
  // DATA_LOSS if the snapshot is not sound.
  absl::Status Restore(Offset snapshot, ProducerTable* producers) const;
  absl::StatusOr<absl::optional<Offset>> RestoreNewest(Offset log_start, Offset offset,
                                                       ProducerTable* producers) const;

  FileSystem* const file_system_;
  const std::string directory_;
};

// Notes a batch that is in the log already; one that cannot be read concerns nobody. An aborted
// transaction is added to `segment`, unless that is null.
void ReplayProducerBatch(const RecordBatchView& batch, ProducerTable* producers, Segment* segment);

// Notes the batches of `segment` that begin in [from, to). Damage ends it early.
absl::Status ReplayProducers(FileSystem* file_system, const Segment& segment, Offset from,
                             Offset to, ProducerTable* producers, Segment* add_aborted_to);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_PRODUCER_FILES_H_
