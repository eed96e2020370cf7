#ifndef TIDEMARK_STORAGE_LOG_APPEND_VALIDATOR_H_
#define TIDEMARK_STORAGE_LOG_APPEND_VALIDATOR_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/options.h"
#include "storage/record_batch.h"
#include "storage/segment/segment_recovery.h"

namespace tidemark {

// Whether a leader may append a batch of this size: max.message.bytes and segment.bytes.
// INVALID_ARGUMENT otherwise.
absl::Status CheckBatchSize(const RecordBatchView& batch, const LogConfig& config);

// Whether `bytes` are exactly one batch that a leader may append: the header holds together, the
// size is within max.message.bytes and segment.bytes, and, unless `is_trusted`, the CRC and every
// record hold, with offsets that count up by one; every record has a key where that is required.
// INVALID_ARGUMENT otherwise, for a key that is missing with kInvalidRecord.
absl::StatusOr<RecordBatchView> ValidateLeaderBatch(absl::string_view bytes,
                                                    const LogConfig& config, bool is_trusted);

// Whether `bytes` are whole batches that a follower may append one after another: headers, CRCs,
// sizes within segment.bytes, and each continues what is before it. INVALID_ARGUMENT otherwise.
// (The leader has applied its own size limit.)
absl::StatusOr<std::vector<RecordBatchView>> ValidateFollowerBatches(absl::string_view bytes,
                                                                     const LogConfig& config,
                                                                     Continuity continuity);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_APPEND_VALIDATOR_H_
