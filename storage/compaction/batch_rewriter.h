#ifndef TIDEMARK_STORAGE_COMPACTION_BATCH_REWRITER_H_
#define TIDEMARK_STORAGE_COMPACTION_BATCH_REWRITER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/compaction/retain_decision.h"
#include "storage/record.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"
#include "storage/types.h"

namespace tidemark {

// RecordReader::Open, which tells a batch beyond its limit as DATA_LOSS here: no disk is full.
absl::StatusOr<RecordReader> OpenRecords(const RecordBatchView& batch);

// What is left of a batch.
struct RewrittenBatch {
  absl::string_view bytes;  // Empty: nothing. Valid until the next call, and as the original is.
  int64_t record_count = 0;
};

// Makes of a batch the one that compaction leaves: base and last offset, leader epoch, producer,
// sequence and timestamp type stay; what has been removed leaves gaps. A batch of which everything
// stays is copied as it is. Not thread-safe.
class BatchRewriter {
 public:
  // `delete_horizon` is what batches get that need one now. Data batches that are not compressed
  // with `codec` are compressed with it, at `level`, unless that makes them larger; without, codecs
  // stay.
  BatchRewriter(Timestamp delete_horizon, absl::optional<Codec> codec,
                absl::optional<int> level = absl::nullopt)
      : delete_horizon_(delete_horizon), codec_(codec), level_(level) {}

  // Sets `kept`, as long as `records` and all false, to which of these stay.
  using Keeps =
      absl::FunctionRef<void(absl::Span<const RecordView> records, absl::Span<bool> kept)>;
  static constexpr int64_t kRecordsAtOnceMax = 64;

  // Asks `keeps` of all records in order, at most kRecordsAtOnceMax at once, unless the decision is
  // that none is kept. The batch's CRC has been checked. DATA_LOSS if its records cannot be read,
  // or are larger than a reader allows; INVALID_ARGUMENT if one cannot be written again.
  absl::StatusOr<RewrittenBatch> Rewrite(const RecordBatchView& batch,
                                         const BatchDecision& decision, Keeps keeps);

 private:
  struct Survey {
    std::vector<bool> kept;  // By number in the batch.
    int64_t kept_count = 0;
    bool has_tombstones = false;  // Among those kept.
  };

  absl::Status Look(const RecordBatchView& batch, Keeps keeps, Survey* survey);
  absl::StatusOr<absl::string_view> Build(const RecordBatchView& batch, const Survey& survey,
                                          absl::optional<Timestamp> horizon, Codec codec);
  absl::Status AddRecord(const RecordBatchView& batch, const RecordView& record);

  const Timestamp delete_horizon_;
  const absl::optional<Codec> codec_;
  const absl::optional<int> level_;  // Of codec_.
  RecordBatchBuilder builder_;
  std::vector<RecordView> records_;  // Which are asked of at once.
  std::vector<RecordHeader> headers_;
  std::string empty_batch_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_BATCH_REWRITER_H_
