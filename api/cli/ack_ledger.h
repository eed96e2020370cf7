#ifndef TIDEMARK_API_CLI_ACK_LEDGER_H_
#define TIDEMARK_API_CLI_ACK_LEDGER_H_

#include <cstdint>
#include <deque>

#include "absl/functional/function_ref.h"
#include "api/topic.h"
#include "storage/types.h"

namespace tidemark {

// Puts acknowledgements, which come batch by batch in any order, back into the order in which the
// records were read. Batches are numbered from 0 in the order in which they are opened.
class AckLedger {
 public:
  // The next batch, to which records can be added.
  int64_t OpenBatch();

  // The next record that was read is the next one of `batch`.
  void AddRecord(int64_t batch);

  // `batch` was acknowledged, or never will be: its records are then left out.
  void Acknowledge(int64_t batch, const AppendAck& ack);
  void Fail(int64_t batch);

  // Calls `visit` for each record, in the order in which they were read, until one whose batch is
  // neither acknowledged nor failed; each record once.
  void TakeInOrder(absl::FunctionRef<void(PartitionId, Offset)> visit);

  // Records that were added and not taken.
  int64_t pending_records() const { return pending_records_; }

 private:
  enum class State { kOpen, kAcknowledged, kFailed };
  struct Batch {
    State state = State::kOpen;
    PartitionId partition;
    Offset next_offset;  // Of the first record that was not taken.
    int64_t pending_records = 0;
  };
  // Records that were read one after another and are in one batch.
  struct Run {
    int64_t batch = 0;
    int64_t record_count = 0;
  };

  Batch& At(int64_t batch) { return batches_[static_cast<size_t>(batch - first_batch_)]; }
  void DropTakenBatches();

  int64_t first_batch_ = 0;  // The number of batches_[0].
  std::deque<Batch> batches_;
  std::deque<Run> runs_;
  int64_t pending_records_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_ACK_LEDGER_H_
